"""The machine's entrance: verifying, keys, status lists, health, description."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import Site


@pytest.fixture
def signed(site: Site, client: FlaskClient) -> dict[str, Any]:
    body = client.get(f"/v/{site.code('valid')}", headers={"Accept": "application/json"}).get_json()
    credential = body["credential"]
    assert isinstance(credential, dict)
    return credential


def test_a_valid_credential(client: FlaskClient, signed: dict[str, Any]) -> None:
    answer = client.post("/credentials/verify", json={"verifiableCredential": signed})
    body = answer.get_json()
    assert answer.status_code == 200
    assert body["verified"] is True
    assert body["state"] == "valid"
    assert all(step["reason"] for step in body["steps"])
    assert "credential" not in body
    assert all(proof["verified"] for proof in body["results"]["proof"])


def test_returned_parts_follow_the_options(client: FlaskClient, signed: dict[str, Any]) -> None:
    options = {"returnCredential": True, "returnResults": False, "returnProblemDetails": False}
    body = client.post("/credentials/verify", json={"verifiableCredential": signed, "options": options}).get_json()
    assert body["credential"] == signed
    assert "results" not in body
    assert "problemDetails" not in body


def test_an_altered_one_is_400_with_the_whole_body(site: Site, client: FlaskClient) -> None:
    document = json.loads(Path(site.table["files"]["altered"]).read_bytes())
    answer = client.post("/credentials/verify", json={"verifiableCredential": document})
    body = answer.get_json()
    assert answer.status_code == 400
    assert answer.mimetype == "application/json"
    assert body["verified"] is False
    assert body["state"] == "altered"
    assert body["problemDetails"]
    for problem in body["problemDetails"]:
        assert re.match("https?://", problem["type"])


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"verifiableCredential": {"a": 1, "a": 2}}', "application/json", 400),
        (b'{"verifiableCredential": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400),
        (b'{"verifiableCredential": NaN}', "application/json", 400),
        (b"{}", "text/plain", 400),
        (b"a=1", "application/x-www-form-urlencoded", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"verifiableCredential": 7}', "application/json", 400),
        (b'{"verifiableCredential": {}, "options": []}', "application/json", 400),
        (b'{"verifiableCredential": {}, "options": {"surprise": 1}}', "application/json", 400),
        (b'{"verifiableCredential": {}, "surprise": 1}', "application/json", 400),
        (b" " * (9 * 1024 * 1024) + b"{}", "application/json", 400),
    ],
    ids=[
        "empty", "half", "bytes", "duplicate", "deep", "nan", "text", "form", "list", "nothing", "number", "options",
        "option", "member", "large",
    ],
)  # fmt: skip
def test_bad_requests_are_400_or_422_problems(client: FlaskClient, data: bytes, content_type: str, status: int) -> None:
    answer = client.post("/credentials/verify", data=data, content_type=content_type)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json()
    assert body["status"] == status
    assert re.match("https?://", body["type"])


def test_a_thousand_verifications_a_minute_are_not_throttled(client: FlaskClient) -> None:
    for _ in range(1000):
        assert client.post("/credentials/verify", data=b"{}", content_type="application/json").status_code == 400


def test_did_document(client: FlaskClient) -> None:
    answer = client.get("/.well-known/did.json", headers={"Origin": "https://example.org"})
    document = answer.get_json()
    assert answer.mimetype == "application/did+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert document["id"] == "did:web:localhost%3A8000"
    assert document["assertionMethod"]


def test_status_list_is_served_as_signed_and_remembered(client: FlaskClient) -> None:
    answer = client.get("/status/1")
    assert answer.mimetype == "application/vc"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.get_json(force=True)["credentialSubject"]["type"] == "BitstringStatusList"
    assert client.get("/status/1", headers={"Accept": "application/json"}).mimetype == "application/json"
    assert client.get("/status/1", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    checked = client.post("/credentials/verify", json={"verifiableCredential": answer.get_json(force=True)})
    steps = {step["step"]: step["result"] for step in checked.get_json()["steps"]}
    assert steps["signature"] == "holds"


@pytest.mark.parametrize("query", ["?", "?x", "?lang=en", "?credential=1"])
def test_status_list_takes_no_query_string(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/status/1{query}")
    assert answer.status_code == (200 if query == "?" else 400)  # a bare question mark asks nothing
    if answer.status_code == 400:
        assert answer.mimetype == "application/problem+json"


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ready"}


def outline(text: str) -> dict[str, Any]:
    """The nested keys of block-style YAML, as far as this description uses it; what stands behind a key is not read."""
    whole: dict[str, Any] = {}
    stack: list[tuple[int, dict[str, Any]]] = [(-1, whole)]
    for line in text.splitlines():
        found = re.match(r'( *)"?([^\s"#-][^":]*)"?:( |$)', line)
        if found is None:
            continue
        while stack[-1][0] >= len(found[1]):
            stack.pop()
        inner: dict[str, Any] = {}
        stack[-1][1][found[2]] = inner
        stack.append((len(found[1]), inner))
    return whole


def test_the_description_is_true(site: Site, client: FlaskClient) -> None:
    text = client.get("/api/openapi.yaml").get_data(as_text=True)
    assert text.startswith("openapi: 3.1")
    description = outline(text)
    served = {
        (re.sub(r"<(?:[a-z]+:)?([a-z]+)>", r"{\1}", rule.rule), method.lower())
        for rule in site.app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    described = {(path, method) for path, operations in description["paths"].items() for method in operations}
    assert described <= served
    machine = {
        path
        for path, _ in served
        if path.startswith(("/credentials", "/status", "/.well-known", "/api", "/healthz", "/readyz", "/v/"))
    }
    assert machine <= {path for path, _ in described}
    answer = client.get(f"/v/{site.code('valid')}", headers={"Accept": "application/json"}).get_json()
    assert set(answer) <= set(description["components"]["schemas"]["CodeAnswer"]["properties"])
    assert set(answer["shown"]) <= set(
        description["components"]["schemas"]["CodeAnswer"]["properties"]["shown"]["properties"]
    )
