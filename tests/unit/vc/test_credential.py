from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.errors import MalformedValueError, ParsingError
from portfolio.vc.contexts import CONTEXT_DI2, CONTEXT_OB3, CONTEXT_VC1, CONTEXT_VC2
from portfolio.vc.credential import (
    check_credential,
    format_datetime,
    identifier_of,
    is_url,
    objects,
    parse_credential,
    parse_datetime,
    types_of,
    validity,
)
from tests.unit.vc import samples
from tests.unit.vc.signers import badge, moment


def paths(document: Any) -> list[str | None]:
    return [problem.path for problem in check_credential(document)]


class TestParse:
    def test_an_object(self) -> None:
        assert parse_credential(b'{"a": 16.0}') == {"a": 16}

    @pytest.mark.parametrize("text", ["", "null", "[]", "5", '"text"', "{", '{"a":1,"a":2}', b"\xff", "\ufeff{}"])
    def test_anything_else(self, text: Any) -> None:
        with pytest.raises(ParsingError):
            parse_credential(text)


class TestDates:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-03-18T09:00:00Z", "2026-03-18T09:00:00"),
            ("2026-03-18T09:00:00", "2026-03-18T09:00:00"),
            ("2026-03-18T09:00:00+07:00", "2026-03-18T02:00:00"),
            ("2026-03-18T09:00:00-03:30", "2026-03-18T12:30:00"),
            ("2026-03-18T09:00:00+14:00", "2026-03-17T19:00:00"),
            ("2026-03-18T09:00:00-14:00", "2026-03-18T23:00:00"),
            ("2026-03-18T24:00:00Z", "2026-03-19T00:00:00"),
            ("2026-12-31T24:00:00.000Z", "2027-01-01T00:00:00"),
            ("2026-03-18T09:00:00.5Z", "2026-03-18T09:00:00.500000"),
            ("2026-03-18T09:00:00.123456789Z", "2026-03-18T09:00:00.123456"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
            ("1970-01-01T00:00:00-00:00", "1970-01-01T00:00:00"),
        ],
    )
    def test_moments(self, text: str, expected: str) -> None:
        assert parse_datetime(text) == moment(expected)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2026-03-18",
            "2026-03-18T09:00Z",
            "2026-03-18T09:00:00z",
            "2026-03-18t09:00:00Z",
            "2026-03-18 09:00:00Z",
            "2026-03-18T09:00:00 Z",
            " 2026-03-18T09:00:00Z",
            "2026-03-18T09:00:00Z\n",
            "2026-03-18T09:00:60Z",
            "2026-03-18T09:60:00Z",
            "2026-03-18T25:00:00Z",
            "2026-03-18T24:00:01Z",
            "2026-03-18T24:00:00.1Z",
            "2026-02-30T09:00:00Z",
            "2025-02-29T09:00:00Z",
            "2026-13-01T09:00:00Z",
            "2026-00-01T09:00:00Z",
            "0000-01-01T09:00:00Z",
            "12026-03-18T09:00:00Z",
            "-2026-03-18T09:00:00Z",
            "+2026-03-18T09:00:00Z",
            "26-03-18T09:00:00Z",
            "2026-03-18T09:00:00+14:01",
            "2026-03-18T09:00:00+15:00",
            "2026-03-18T09:00:00+07:60",
            "2026-03-18T09:00:00+0700",
            "2026-03-18T09:00:00+07",
            "2026-03-18T09:00:00.Z",
            "2026-03-18T09:00:00,5Z",
            "20260318T090000Z",
            "2026-W12-3T09:00:00Z",
            "2026-077T09:00:00Z",
            "Wed, 18 Mar 2026 09:00:00 GMT",
            "9999-12-31T23:59:59-01:00",
            "9999-12-31T24:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "٢٠٢٦-03-18T09:00:00Z",
            "2026-03-18T09:00:00." + "1" * 100 + "Z",
            "now",
        ],
    )
    def test_not_moments(self, text: str) -> None:
        with pytest.raises(MalformedValueError):
            parse_datetime(text)

    @pytest.mark.parametrize("value", [None, 5, 1.5, True, [], {}, b"2026-03-18T09:00:00Z"])
    def test_not_text(self, value: Any) -> None:
        with pytest.raises(MalformedValueError):
            parse_datetime(value)

    @settings(deadline=None)
    @given(
        st.datetimes(
            min_value=datetime(1, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
            max_value=datetime(9999, 12, 30),  # noqa: DTZ001
            timezones=st.sampled_from([UTC, timezone(timedelta(hours=7))]),
        )
    )
    def test_written_and_read(self, written: datetime) -> None:
        assert parse_datetime(format_datetime(written)) == written.replace(microsecond=0)

    def test_written_in_utc(self) -> None:
        local = datetime(2026, 3, 18, 16, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=7)))
        assert format_datetime(local) == "2026-03-18T09:00:00Z"
        with pytest.raises(ValueError, match="time zone"):
            format_datetime(datetime(2026, 3, 18))  # noqa: DTZ001 - the fault under test


class TestCheck:
    @pytest.mark.parametrize("name", list(samples.credentials()))
    def test_what_we_issue_conforms(self, name: str) -> None:
        assert paths(samples.credentials()[name]) == []

    def test_an_endorsement_conforms(self) -> None:
        assert paths(samples.endorsement()) == []

    def test_version_1(self) -> None:
        old = badge(
            **{"@context": [CONTEXT_VC1, CONTEXT_OB3, CONTEXT_DI2]},
            validFrom=None,
            issuanceDate="2026-03-18T09:00:00Z",
            expirationDate="2027-03-18T09:00:00Z",
        )
        assert paths(old) == []
        assert validity(old) == (moment("2026-03-18T09:00:00"), moment("2027-03-18T09:00:00"))
        del old["issuanceDate"]
        assert paths(old) == ["$.issuanceDate"]
        assert validity(old) == (None, moment("2027-03-18T09:00:00"))

    def test_version_1_with_the_members_of_both(self) -> None:
        """The narrower bound counts, and each is looked at; version 2.0 knows its own members alone."""
        old = badge(
            **{"@context": [CONTEXT_VC1, CONTEXT_OB3, CONTEXT_DI2]},
            issuanceDate="2026-03-18T09:00:00Z",
            validFrom="2026-03-19T09:00:00Z",
            expirationDate="2027-03-18T09:00:00Z",
            validUntil="2026-03-20T09:00:00Z",
        )
        assert validity(old) == (moment("2026-03-19T09:00:00"), moment("2026-03-20T09:00:00"))
        assert paths({**old, "validUntil": "soon"}) == ["$.validUntil"]
        assert paths({**old, "expirationDate": "2026-03-18T10:00:00Z"}) == ["$.expirationDate"]
        assert validity({**old, "@context": [CONTEXT_VC2]}) == validity(old)
        assert validity({**old, "@context": [CONTEXT_VC2], "validFrom": "x", "validUntil": None}) == (None, None)

    @pytest.mark.parametrize("space", ["\u00a0", "\u0085", "\u2028", "\u3000", "\u2003", "\x7f", "\t"])
    def test_a_url_has_no_white_space(self, space: str) -> None:
        assert is_url("urn:a:b")
        assert not is_url(f"urn:a{space}b")
        assert paths(badge(id=f"urn:a:{space}")) == ["$.id"]

    @pytest.mark.parametrize(
        ("name", "value", "path"),
        [
            ("@context", None, "$['@context']"),
            ("@context", "https://www.w3.org/ns/credentials/v2", "$['@context']"),
            ("@context", [], "$['@context']"),
            ("@context", [CONTEXT_OB3, "https://www.w3.org/ns/credentials/v2"], "$['@context'][0]"),
            ("@context", [5], "$['@context'][0]"),
            ("id", "not a url", "$.id"),
            ("id", ["urn:uuid:1"], "$.id"),
            ("id", 5, "$.id"),
            ("id", "relative", "$.id"),
            ("type", None, "$.type"),
            ("type", [], "$.type"),
            ("type", ["OpenBadgeCredential"], "$.type"),
            ("type", ["VerifiableCredential", 5], "$.type"),
            ("type", {"@id": "VerifiableCredential"}, "$.type"),
            ("name", 5, "$.name"),
            ("name", [], "$.name"),
            ("name", {"@value": "Имя", "lang": "ru"}, "$.name"),
            ("name", {"@language": "ru"}, "$.name"),
            ("name", {"@value": 5}, "$.name"),
            ("description", ["text", 5], "$.description"),
            ("issuer", None, "$.issuer"),
            ("issuer", "not a url", "$.issuer"),
            ("issuer", {"name": "Школа"}, "$.issuer"),
            ("issuer", ["did:web:chayka.example"], "$.issuer"),
            ("issuer", {"id": "did:web:chayka.example", "name": 5}, "$.issuer.name"),
            ("credentialSubject", None, "$.credentialSubject"),
            ("credentialSubject", [], "$.credentialSubject"),
            ("credentialSubject", {}, "$.credentialSubject"),
            ("credentialSubject", "did:example:1", "$.credentialSubject"),
            ("credentialSubject", [{"id": "urn:a:1"}, {}], "$.credentialSubject[1]"),
            ("credentialSubject", {"id": "relative"}, "$.credentialSubject.id"),
            ("validFrom", "yesterday", "$.validFrom"),
            ("validFrom", 20260318, "$.validFrom"),
            ("validUntil", "2026-03-18", "$.validUntil"),
            ("validUntil", "2026-03-18T08:59:59Z", "$.validUntil"),
            ("credentialStatus", {"id": "urn:a:1"}, "$.credentialStatus.type"),
            ("credentialStatus", {"id": "x", "type": "T"}, "$.credentialStatus.id"),
            ("credentialStatus", "https://chayka.example/status/1", "$.credentialStatus"),
            ("credentialStatus", [{"type": "T"}, {"type": 5}], "$.credentialStatus[1].type"),
            ("credentialSchema", {"type": "JsonSchema"}, "$.credentialSchema.id"),
            ("credentialSchema", {"id": "urn:a:1"}, "$.credentialSchema.type"),
            ("refreshService", {"id": "urn:a:1"}, "$.refreshService.type"),
            ("termsOfUse", {"id": "urn:a:1", "type": ""}, "$.termsOfUse.type"),
            ("evidence", [{"id": "urn:a:1"}], "$.evidence[0].type"),
            ("relatedResource", {"id": "urn:a:1"}, "$.relatedResource"),
            ("relatedResource", {"digestSRI": "sha256-x"}, "$.relatedResource"),
            ("relatedResource", {"id": "urn:a:1", "digestSRI": 5}, "$.relatedResource.digestSRI"),
            ("relatedResource", {"id": "urn:a:1", "digestMultibase": ""}, "$.relatedResource.digestMultibase"),
            ("proof", [], "$.proof"),
            ("proof", "text", "$.proof"),
            ("proof", {"id": "urn:a:1"}, "$.proof.type"),
            ("proof", [{"type": "DataIntegrityProof", "id": "x y"}], "$.proof[0].id"),
        ],
    )
    def test_each_rule(self, name: str, value: Any, path: str) -> None:
        document = {**samples.credential(), name: value}
        if value is None:
            del document[name]
        assert path in paths(document)

    @pytest.mark.parametrize(
        "name", ["credentialStatus", "credentialSchema", "evidence", "proof", "validUntil", "name"]
    )
    def test_null_is_not_absence(self, name: str) -> None:
        assert f"$.{name}" in paths({**samples.credential(), name: None})

    def test_a_resource_stands_once(self) -> None:
        resource = {"id": "https://chayka.example/a", "digestSRI": "sha256-x"}
        assert paths(badge(relatedResource=[resource])) == []
        assert paths(badge(relatedResource=[resource, resource])) == ["$.relatedResource[1].id"]

    def test_what_is_allowed(self) -> None:
        assert (
            paths(
                badge(
                    issuer="did:web:chayka.example",
                    name=[{"@value": "Имя", "@language": "ru"}, {"@value": "Name", "@language": "en"}],
                    description="text",
                    validFrom="2026-03-18T09:00:00.5+07:00",
                    validUntil="2026-03-18T09:00:00.5+07:00",
                    credentialSubject=[{"id": "urn:a:1"}, {"name": "x"}],
                    credentialStatus=None,
                    termsOfUse=[{"type": "Policy"}],
                )
            )
            == []
        )

    def test_no_value_is_repeated(self) -> None:
        secret = "Ветрова Алёна"
        for problem in check_credential(dict.fromkeys(samples.credential(), secret)):
            assert secret not in problem.detail

    @settings(deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(list(samples.credential())),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                max_leaves=6,
            ),
        )
    )
    def test_any_json_is_answered(self, members: dict[str, Any]) -> None:
        assert all(problem.path for problem in check_credential(members))


class TestReading:
    def test_objects(self) -> None:
        assert objects({"a": 1}) == [{"a": 1}]
        assert objects([{"a": 1}, "x", None, {"b": 2}]) == [{"a": 1}, {"b": 2}]
        assert objects(None) == objects("x") == objects(5) == []

    def test_types_of(self) -> None:
        assert types_of({"type": "A"}) == ["A"]
        assert types_of({"type": ["A", 5, "B"]}) == ["A", "B"]
        assert types_of({}) == types_of({"type": 5}) == []

    def test_identifier_of(self) -> None:
        assert identifier_of("did:web:a") == identifier_of({"id": "did:web:a"}) == "did:web:a"
        assert identifier_of({"id": {"id": "did:web:a"}}) is None
        assert identifier_of("plain") is identifier_of(None) is identifier_of([]) is None

    @pytest.mark.parametrize("text", ["https ://x", "x", ":x", "1a:x", "urn:", "a:b c", "a:<b>", "a:b\n", "a:\\b"])
    def test_is_url(self, text: str) -> None:
        assert not is_url(text)
