"""Where a value stands in a JSON document.

A walk that writes the JSON path of every value it passes copies each member name once for every value below it, which a document
with one long name and many values makes expensive. Places share what is common, and are written only when there is something
to say.
"""

from __future__ import annotations

from typing import TypeAlias

# (the place around it, its member name or index); None is the document itself.
Place: TypeAlias = "tuple[Place | None, str | int] | None"


def json_path(place: Place) -> str:
    """The JSON path of a place: ``$.evidence[1].name``, and ``$['@context']`` for a keyword."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        if isinstance(step, int):
            steps.append(f"[{step}]")
        else:
            steps.append(f"['{step}']" if step.startswith("@") else f".{step}")
    return f"${''.join(reversed(steps))}"
