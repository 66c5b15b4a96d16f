"""The OpenAPI document is true: 300 requests made from it for each operation, no answer that is a crash or not as stated."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portfolio.services import issue
from portfolio.vc.contexts import CONTEXT_VC2
from tests.api.conftest import Programs

pytestmark = pytest.mark.slow

CASES = 300
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
ACCEPTED = ["*/*", "application/json", "application/vc", "text/html", "application/ld+json, application/json", "text/x"]
AUTHORIZED = st.sampled_from([True, True, True, False])
# Nothing is kept and nothing is made smaller: a failure names its request, and every run makes the same ones.
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


def test_every_operation_keeps_its_word(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issue, "QUOTAS", ())
    schema = schemathesis.openapi.from_wsgi("/api/openapi.yaml", programs.app)
    answers: dict[str, Counter[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        known: Counter[int] = Counter()
        _exercise(operation, GenerationMode.NEGATIVE, CASES // 2, programs, known)
        _exercise(operation, GenerationMode.POSITIVE, CASES - known.total(), programs, known)
        answers[f"{operation.method.upper()} {operation.path}"] = known
    print()
    for name, known in answers.items():
        print(f"{known.total():5} {name}  {dict(sorted(known.items()))}")
    assert len(answers) >= 14
    assert min(known.total() for known in answers.values()) >= CASES
    for name, reached in REACHED.items():
        assert reached <= set(answers[name]), name


# What a run must have seen at least, so that it is not all about refusals.
REACHED = {
    "POST /credentials/issue": {201, 400, 401},
    "POST /credentials/status": {200, 400, 401, 404, 409},
    "POST /credentials/verify": {200, 400},
    "GET /v/{code}": {200, 404},
    "GET /p/{token}/{code}.json": {200, 404},
    "GET /status/{number}": {200, 404},
    "GET /o/{ogrn}": {200, 404},
    "GET /a/{programme}/v{version}": {200, 404},
    "GET /skills/{code}": {200, 404},
}


def _exercise(operation: Any, mode: GenerationMode, cases: int, programs: Programs, known: Counter[int]) -> None:
    """Send so many cases; none where the operation takes nothing that could be wrong."""

    @seed(2026)
    @settings(max_examples=cases, **SETTINGS)
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data(), _=st.integers())
    def exercise(case: Any, data: st.DataObject, _: int) -> None:
        _make_plausible(case, data.draw, programs)
        headers = {"Accept": data.draw(st.sampled_from(ACCEPTED)), "Host": "localhost:8000"}
        if operation.path in ("/credentials/issue", "/credentials/status") and data.draw(AUTHORIZED):
            headers["Authorization"] = f"Bearer {programs.token}"
        response = case.call(headers=headers)
        known[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    try:
        exercise()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE


def _make_plausible(case: Any, draw: Any, programs: Programs) -> None:
    """Chance signs no document and guesses no code: put in what is there, in every other case."""
    real = {
        "code": "H-PPT" if case.operation.path.startswith("/skills") else programs.code,
        "token": programs.share,
        "number": 1,
        "ogrn": programs.ogrn,
        "programme": programs.programme.lower(),
        "version": 1,
    }
    if case.path_parameters and draw(st.booleans()):
        case.path_parameters.update({name: real[name] for name in case.path_parameters})
    body = case.body
    if not isinstance(body, dict) or not draw(st.booleans()):
        return
    path = case.operation.path
    if path == "/credentials/issue" and isinstance(body.get("credential"), dict):
        body["credential"] |= {
            "@context": [CONTEXT_VC2],
            "type": ["VerifiableCredential"],
            "issuer": programs.issuer,
            "credentialSubject": {"id": "urn:uuid:1", "description": draw(st.text(max_size=20))},
        }
        for name in [name for name in body["credential"] if name not in WORDS]:
            del body["credential"][name]
    elif path == "/credentials/verify":
        body["verifiableCredential"] = programs.signed
    elif path == "/credentials/status":
        body["credentialId"] = draw(st.sampled_from(programs.issued))


WORDS = ("@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject")
