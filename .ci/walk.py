#!/usr/bin/env python3
"""Look at the served demo as a stranger would: `.ci/walk.py demo.json`, the table that the demo keeps in its home."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

ADDRESS = "http://127.0.0.1:8000"
STEPS = {"signature", "structure", "issuer", "trust", "dates", "status", "schema", "endorsements", "ledger"}

table = json.loads(Path(sys.argv[1]).read_text("utf-8"))


def answer(path: str, accept: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of one address; a JSON body is posted."""
    headers = {"Accept": accept, **({"Content-Type": "application/json"} if body else {})}
    try:
        request = urllib.request.Request(ADDRESS + path, body, headers)  # noqa: S310 - the address above
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - the same
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


for state in ("valid", "revoked", "expired", "suspended"):
    code = table["codes"][state]
    status, body = answer(f"/v/{code}", "application/json")
    found = json.loads(body)
    assert status == 200, (state, status)
    assert found["state"] == state, (state, found["state"])
    assert found["verified"] is (state == "valid"), state
    assert {step["step"] for step in found["steps"]} >= STEPS, found["steps"]
    status, page = answer(f"/v/{code}", "text/html")
    assert status == 200, (state, status)
    assert len(page) <= 40_000, (state, len(page))
    assert state != "valid" or "Подтверждено" in page.decode(), "the valid page does not say so"
for link in table["shares"]:
    status, page = answer("/p/" + link.rsplit("/", 1)[1], "text/html")
    assert status == 200, status
    assert len(page) <= 120_000, len(page)
for name, path in table["files"].items():
    question = json.dumps({"verifiableCredential": json.loads(Path(path).read_bytes())})
    status, body = answer("/credentials/verify", "application/json", question.encode())
    assert status == 400, (name, status)
    assert json.loads(body)["verified"] is False, name
for path in (
    "/",
    "/verify",
    "/login",
    "/privacy",
    "/healthz",
    "/.well-known/did.json",
    "/status/1",
    "/api/openapi.yaml",
):
    assert answer(path, "*/*")[0] == 200, path
assert answer("/v/0000000000000000", "text/html")[0] == 404
print("the demo answers as it should")
