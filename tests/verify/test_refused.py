"""Malformed files, each refused by the step, for the reason and with the problem type that its defect calls for.

The files are made by the rooms of ``defects``; those of ``tests/vectors/refused`` lie ready for other programs to be tried on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from portfolio.vc.credential import format_datetime, parse_datetime
from portfolio.vc.jsontext import dumps
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import VerificationResult, verify_credential
from tests.unit.vc import samples
from tests.unit.vc.signers import NOW, PLANT, SCHOOL, foreign, material
from tests.vectors import test_refused as files
from tests.verify.conftest import REPORT
from tests.verify.defects import (
    Case,
    changed,
    contexts,
    dates,
    documents,
    json_texts,
    keys,
    proofs,
    signatures,
    statuses,
)

ROOMS = (json_texts, documents, contexts, dates, proofs, signatures, statuses, keys)
CASES = [case for room in ROOMS for case in room.cases()]
# Of these the credential is genuine, and what does not hold is whether it is in force.
GENUINE = ("dates", "status")


@pytest.fixture(scope="module", autouse=True)
def _report(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    types = Counter(case.finding.type for case in CASES)
    lines = [f"{len(CASES)} made here, {len(FILES)} in tests/vectors/refused"]
    request.config.stash[REPORT]["malformed files"] = lines + [
        f"{count:>8} {kind}" for kind, count in types.most_common()
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_refused_by_its_defect(case: Case) -> None:
    result = verify_credential(case.text, material=case.material, now=NOW)
    step = result.step(case.finding.step)
    first = step.problems[0].type if step.problems else None
    assert (step.outcome.value, step.code, first) == (case.finding.outcome, case.finding.code, case.finding.type)
    assert validate(result).state is not State.VALID
    assert result.authentic is (case.finding.step in GENUINE)


def test_there_are_enough_and_each_is_another() -> None:
    assert len(CASES) >= 150
    assert len({str(case) for case in CASES}) == len(CASES)
    beside = [case for case in CASES if case.finding.step != "status" and not str(case).startswith("key document")]
    assert len({case.text for case in beside}) > 0.97 * len(beside)


def test_without_a_defect_all_of_them_are_valid() -> None:
    """The controls: what the cases were made from."""

    def state(text: bytes, **found: object) -> State:
        return validate(verify_credential(text, material=material(**found), now=NOW)).state

    assert state(json_texts.SOUND) is State.VALID
    assert state(dumps(changed())) is State.VALID
    assert state(dumps(SCHOOL.issue(samples.credential()))) is State.VALID
    assert state(dumps(PLANT.issue(foreign(PLANT))), resolve={PLANT.did: keys.sound()}.get) is State.VALID


@pytest.mark.parametrize(("text", "moment"), dates.ACCEPTED.items())
def test_notations_of_a_moment_that_are_right(text: str, moment: str) -> None:
    assert parse_datetime(text) == parse_datetime(moment)
    result: VerificationResult = verify_credential(dumps(changed(validFrom=text)), material=material(), now=NOW)
    assert result.authentic
    assert result.valid_from == parse_datetime(moment)
    assert "." in moment or format_datetime(parse_datetime(text)) == moment


# --- the files that lie ready


FILES = sorted(path.stem for path in files.FOLDER.iterdir())
VOCABULARY = {"type-undefined", "member-undefined"}


@pytest.mark.parametrize("name", FILES)
def test_the_files_that_lie_ready(name: str) -> None:
    text = (Path(files.FOLDER) / f"{name}.json").read_bytes()
    result = verify_credential(text, material=files.MATERIAL, now=files.NOW)
    problem = result.step("structure").problems[0]
    expected = "MALFORMED_VALUE_ERROR" if name in files.MALFORMED else "PARSING_ERROR"
    assert result.step("structure").fails
    assert problem.type.rpartition("#")[2] == ("DATA_LOSS_DETECTION_ERROR" if name in VOCABULARY else expected)
    assert not result.authentic
