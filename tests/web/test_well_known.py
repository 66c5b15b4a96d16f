"""What browsers and programs of others read: DID documents and the trust list."""

from __future__ import annotations

from contextlib import suppress

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portfolio.errors import Conflict
from portfolio.vc import jsontext
from portfolio.vc.trust_list import read_trust_list
from tests.web.conftest import Site

OGRN = "1025499900990"
DID = "did:web:localhost%3A8000"


@pytest.fixture
def organisation(site: Site) -> str:
    """An organisation with a key under this school's address."""
    with suppress(Conflict):  # made by another test of this school
        site.ports.keys.create("key-2026-01", now=site.ports.now(), owner=OGRN)
    return OGRN


def is_published(response: TestResponse) -> bool:
    headers = response.headers
    return (
        response.status_code == 200
        and headers["Access-Control-Allow-Origin"] == "*"
        and headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        and headers["Cache-Control"] == "public, max-age=300"
        and "Set-Cookie" not in headers
        and bool(headers["ETag"])
    )


@pytest.mark.parametrize("path", ["/.well-known/did.json", f"/o/{OGRN}/did.json", "/.well-known/trust-list.json"])
def test_everybody_may_read_and_keep_it_for_a_while(client: FlaskClient, organisation: str, path: str) -> None:
    response = client.get(path)
    assert is_published(response)
    again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path).data == response.data
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/did+json"),
        ("", "application/did+json"),
        ("application/json", "application/json"),
        ("application/did+ld+json", "application/did+ld+json"),
        ("application/did", "application/did"),
        ("application/did+ld+json, application/json;q=0.5", "application/did+ld+json"),
        ("text/html", "application/did+json"),
    ],
)
def test_a_did_document_has_the_media_type_that_was_asked_for(client: FlaskClient, accept: str, kind: str) -> None:
    response = client.get("/.well-known/did.json", headers={"Accept": accept})
    assert response.content_type == kind
    assert "Accept" in response.headers["Vary"]


def test_each_key_is_published_in_both_forms(client: FlaskClient, organisation: str) -> None:
    for path, did in (("/.well-known/did.json", DID), (f"/o/{OGRN}/did.json", f"{DID}:o:{OGRN}")):
        document = client.get(path).get_json(force=True)
        assert document["id"] == did
        methods = {method["id"]: method for method in document["verificationMethod"]}
        plain = [name for name in methods if not name.endswith("-jwk")]
        assert plain
        for name in plain:
            assert name.startswith(f"{did}#key-")
            assert methods[name]["type"] == "Multikey"
            assert methods[f"{name}-jwk"]["publicKeyJwk"].keys() == {"kty", "crv", "x"}
            assert {name, f"{name}-jwk"} <= set(document["assertionMethod"])


@pytest.mark.parametrize("ogrn", ["1025499900991", "own", "..", "%2e%2e", "x" * 300, "1025499900990%00"])
def test_whoever_has_no_key_has_no_document(client: FlaskClient, ogrn: str) -> None:
    assert client.get(f"/o/{ogrn}/did.json").status_code == 404


def test_the_trust_list_verifies_with_the_published_document(
    client: FlaskClient, site: Site, organisation: str
) -> None:
    document = client.get("/.well-known/did.json").get_json(force=True)
    response = client.get("/.well-known/trust-list.json")
    assert response.content_type == "application/json"
    found = read_trust_list(
        response.data,
        resolve={DID: document}.get,
        now=site.ports.now(),
        issuer=DID,
        address="http://localhost:8000/.well-known/trust-list.json",
    )
    assert found.own.did == DID
    assert f"{DID}:o:{OGRN}" in {entry.did for entry in found.issuers}
    assert jsontext.dumps(jsontext.loads(response.data)) == response.data


@pytest.mark.parametrize(
    ("language", "title", "school"),
    [
        ("ru", "Кому мы верим и почему", "Школа-партнёр на Заречной (вымышленная)"),
        ("en", "Whom we believe, and why", "Zarechnaya Partner School (invented)"),
    ],
)
def test_everybody_may_read_whom_the_school_believes(
    client: FlaskClient, site: Site, language: str, title: str, school: str
) -> None:
    page = client.get("/issuers", headers={"Accept-Language": language}).get_data(as_text=True)
    for text in (title, school, "zarechnaya.example", "did:web:vtu.example", DID):
        assert text in page
    record = client.get(f"/v/{site.code('valid')}", headers={"Accept-Language": language}).get_data(as_text=True)
    assert f'href="/issuers">{title}</a>' in record
