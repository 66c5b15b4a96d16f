"""Issuing and changing a status over HTTP, with the token of an organisation."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from portfolio.services import tokens
from portfolio.services.authorize import OPERATOR
from portfolio.services.tokens import NewToken
from portfolio.storage.organizations import all_organizations
from portfolio.vc.contexts import CONTEXT_VC2
from tests.web.conftest import Site


@pytest.fixture(scope="module")
def token(site: Site) -> NewToken:
    with site.ports.sessions.read() as session:
        code = sorted(all_organizations(session))[0]
    return tokens.new_token(site.ports, OPERATOR, code)


@pytest.fixture
def bearer(token: NewToken) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.secret}"}


def wish(token: NewToken, **members: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT_VC2],
        "type": ["VerifiableCredential"],
        "issuer": token.view.issuer,
        "credentialSubject": {"description": "Прошёл инструктаж."},
        **members,
    }


def test_issue_and_look_at_it(client: FlaskClient, token: NewToken, bearer: dict[str, str]) -> None:
    answer = client.post("/credentials/issue", json={"credential": wish(token), "options": {}}, headers=bearer)
    assert answer.status_code == 201
    signed = answer.get_json()["verifiableCredential"]
    assert client.post("/credentials/verify", json={"verifiableCredential": signed}).status_code == 200
    path = answer.headers["Location"].removeprefix("http://localhost:8000")
    page = client.get(path)
    assert page.status_code == 200
    assert "Подтверждено" in page.text
    found = client.get(path, headers={"Accept": "application/json"}).get_json()
    assert found["state"] == "valid"
    assert "credential" not in found
    assert client.get(path + "/credential.json").status_code == 404


def test_status(client: FlaskClient, token: NewToken, bearer: dict[str, str]) -> None:
    issued = client.post("/credentials/issue", json={"credential": wish(token)}, headers=bearer)
    signed = issued.get_json()["verifiableCredential"]
    path = issued.headers["Location"].removeprefix("http://localhost:8000")

    def ask(purpose: str, status: object, **entry: str) -> int:
        body = {
            "credentialId": signed["id"],
            "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": purpose, **entry},
            "status": status,
        }
        return client.post("/credentials/status", json=body, headers=bearer).status_code

    def state() -> tuple[int, str]:
        answer = client.post("/credentials/verify", json={"verifiableCredential": signed})
        return answer.status_code, answer.get_json()["state"]

    assert ask("suspension", True) == 200
    assert state() == (400, "suspended")
    assert ask("suspension", False) == 200
    assert state() == (200, "valid")
    assert ask("revocation", False) == 400
    assert ask("revocation", "true") == 400
    assert ask("refresh", True) == 400
    assert ask("revocation", True, surprise="1") == 400
    assert ask("revocation", True, statusListIndex="0", statusListCredential="https://elsewhere.example/1") == 400
    assert state() == (200, "valid")
    assert ask("revocation", True) == 200
    assert ask("revocation", True) == 200
    assert ask("suspension", False) == 409
    assert state() == (400, "revoked")
    found = client.get(path, headers={"Accept": "application/json"}).get_json()
    assert found["state"] == "revoked"
    assert "revocation_reason" not in found
    assert "Отозвано" in client.get(path).text


@pytest.mark.parametrize("header", [None, "Bearer x", "Basic eA=="])
@pytest.mark.parametrize("path", ["/credentials/issue", "/credentials/status"])
def test_without_a_token(client: FlaskClient, path: str, header: str | None) -> None:
    answer = client.post(path, json={}, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["type"].endswith("/problems#bad-token")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"credential": "x"}, 400),
        ({"credential": {}, "surprise": 1}, 400),
        ({"credential": {}, "options": {"surprise": 1}}, 400),
        ({"credential": {}, "options": []}, 400),
        ({"credential": {}, "options": {"credentialId": 7}}, 400),
        ({"credential": {}}, 400),
    ],
)
def test_bad_requests(client: FlaskClient, bearer: dict[str, str], body: object, status: int) -> None:
    answer = client.post("/credentials/issue", json=body, headers=bearer)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_unknown_credentials_have_no_status(client: FlaskClient, bearer: dict[str, str]) -> None:
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    body = {"credentialId": "urn:uuid:0", "credentialStatus": entry, "status": True}
    assert client.post("/credentials/status", json=body, headers=bearer).status_code == 404


def test_nothing_is_derived(client: FlaskClient) -> None:
    answer = client.post("/credentials/derive", json={"verifiableCredential": {}, "options": {}})
    assert answer.status_code == 400
    assert "eddsa-rdfc-2022" in answer.get_json()["detail"]


def test_a_token_opens_no_page(client: FlaskClient, bearer: dict[str, str]) -> None:
    assert client.get("/admin", headers=bearer).status_code == 303
