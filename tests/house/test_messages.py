"""Everything that the product can say, it says in Russian and in English."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.house import messages


def test_the_sources_say_something() -> None:
    """The control: an extraction that finds nothing would agree with every catalogue."""
    found = messages.sentences()
    assert len(found) > 300
    assert "There is no such record." in found
    assert found["{count} confirmation"].plural == "{count} confirmations"
    assert messages.files("ru")


@pytest.mark.parametrize("find", messages.FINDINGS.values(), ids=list(messages.FINDINGS))
def test_nothing_is(find: Callable[[], list[str]]) -> None:
    assert find() == []
