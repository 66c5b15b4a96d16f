"""Files that must be refused: each has one defect, is named by it, and says which step finds it and as what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portfolio.vc.cryptosuites import EDDSA_JCS_2022, Cryptosuite
from portfolio.vc.jsontext import dumps
from portfolio.vc.verification import Material
from tests.unit.vc.signers import MATERIAL, PLANT, foreign

VCDM = "https://www.w3.org/TR/vc-data-model#"
SECURITY = "https://w3id.org/security#"
STATUS_LIST = "https://www.w3.org/ns/credentials/status-list#"


@dataclass(frozen=True)
class Finding:
    """The step that does not hold, the code of its reason, the problem type (standards §5.10), and what can be said of it."""

    step: str
    code: str
    type: str
    outcome: str = "fails"


UNREADABLE = Finding("structure", "unreadable", VCDM + "PARSING_ERROR")
MALFORMED = Finding("structure", "malformed", VCDM + "MALFORMED_VALUE_ERROR")
OTHER_WORDS = Finding("structure", "unknown_vocabulary", VCDM + "MALFORMED_VALUE_ERROR")
DATA_LOSS = Finding("structure", "malformed", SECURITY + "DATA_LOSS_DETECTION_ERROR")

AMBIGUOUS = Finding("structure", "ambiguous", VCDM + "MALFORMED_VALUE_ERROR")


@dataclass(frozen=True)
class Case:
    """One file with one defect."""

    group: str
    name: str
    text: bytes
    finding: Finding
    material: Material = field(default=MATERIAL, repr=False)

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


def signed(document: Mapping[str, Any], suite: Cryptosuite = EDDSA_JCS_2022) -> dict[str, Any]:
    """Signed by a known partner over its text, which is possible for any JSON value; so the signature is not what is wrong."""
    return PLANT.issue(document, suites=(suite,))


def changed(**members: Any) -> dict[str, Any]:
    """A partner's credential with some members changed, and rightly signed; None in place of a value takes it away."""
    document = {**foreign(PLANT), **members}
    return signed({name: value for name, value in document.items() if value is not None})


def each(group: str, finding: Finding, files: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Iterator[Case]:
    """Cases of one finding: name → JSON value, or text."""
    for name, file in files.items() if isinstance(files, Mapping) else files:
        yield Case(group, name, file if isinstance(file, bytes) else dumps(file), finding)
