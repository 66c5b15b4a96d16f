"""What stands inside a credential: endorsements, schemas, status entries, nested credentials, and badges of version 1.1."""

from __future__ import annotations

from typing import Any

import pytest

from portfolio.errors import DataLossDetectionError
from portfolio.vc.clr import clr_credential
from portfolio.vc.contexts import CONTEXT_DI2, CONTEXT_OB3, CONTEXT_OB_EXT, CONTEXT_VC1, CONTEXT_VC2
from portfolio.vc.envelopes import envelope
from portfolio.vc.jose import sign_token
from portfolio.vc.schema import PUBLISHED
from portfolio.vc.status_list import status_list_entry
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import Outcome, VerificationResult, verify_credential
from tests.unit.vc import samples
from tests.unit.vc.signers import (
    BOTH,
    LIST_URL,
    MATERIAL,
    NOW,
    PLANT,
    SCHOOL,
    SIGNED_AT,
    STRANGER,
    Signer,
    badge,
    foreign,
    material,
    status_list,
)

ACHIEVEMENT = samples.credential()["credentialSubject"]["achievement"]


def verify(document: Any, **changes: Any) -> VerificationResult:
    return verify_credential(document, material=material(**changes), now=NOW)


def endorsement(about: str, signer: Signer = PLANT, **changes: Any) -> dict[str, Any]:
    unsigned = samples.endorsement()
    return {
        **unsigned,
        "issuer": {"id": signer.did, "type": ["Profile"], "name": "Завод «Полёт»"},
        "credentialSubject": {**unsigned["credentialSubject"], "id": about},
        **changes,
    }


def inside(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "@context"}


def jwt(document: dict[str, Any], signer: Signer = PLANT) -> str:
    return sign_token(document, sign=signer.key.sign, verification_method=f"{signer.method}-jwk")


def with_achievement(**members: Any) -> dict[str, Any]:
    subject = samples.credential()["credentialSubject"]
    return {"credentialSubject": {**subject, "achievement": {**ACHIEVEMENT, **members}}}


class TestEndorsements:
    @pytest.mark.parametrize(
        ("about", "endorsed", "members"),
        [
            ("credential", badge()["id"], lambda item: item),
            ("achievement", ACHIEVEMENT["id"], lambda item: with_achievement(**item)),
            ("issuer", SCHOOL.did, lambda item: {"issuer": {**badge()["issuer"], **item}}),
        ],
    )
    @pytest.mark.parametrize("form", ["object", "token"])
    def test_who_confirms_what(self, about: str, endorsed: str, members: Any, form: str) -> None:
        document = endorsement(endorsed)
        item = (
            {"endorsement": [inside(PLANT.issue(document))]}
            if form == "object"
            else {"endorsementJwt": [jwt(document)]}
        )
        result = verify(SCHOOL.issue(badge(**members(item))))
        assert validate(result).state is State.VALID
        assert result.step("endorsements").holds
        (fact,) = result.endorsements
        assert (fact.about, fact.endorsed, fact.outcome) == (about, endorsed, Outcome.HOLDS)
        assert (fact.endorser, fact.endorser_name) == (PLANT.did, "Завод «Полёт»")
        assert fact.comment == "Подтверждаем уровень 3 по H-ALG."
        assert fact.result.step("trust").holds

    @pytest.mark.parametrize(
        ("item", "outcome"),
        [
            (endorsement("urn:uuid:9"), Outcome.FAILS),
            (endorsement(badge()["id"], type=["VerifiableCredential"]), Outcome.FAILS),
            (endorsement(badge()["id"], validUntil="2026-03-18T09:30:00Z"), Outcome.FAILS),
            (endorsement(badge()["id"], STRANGER), Outcome.UNKNOWN),
        ],
    )
    def test_what_does_not_hold(self, item: dict[str, Any], outcome: Outcome) -> None:
        signer = STRANGER if outcome is Outcome.UNKNOWN else PLANT
        kid = signer.method if signer is STRANGER else f"{signer.method}-jwk"
        token = sign_token(item, sign=signer.key.sign, verification_method=kid)
        for member in ({"endorsement": [inside(signer.issue(item))]}, {"endorsementJwt": [token]}):
            result = verify(SCHOOL.issue(badge(**member)))
            (fact,) = result.endorsements
            assert fact.outcome is outcome
            assert result.step("endorsements").outcome is outcome
            assert validate(result).state is State.VALID  # it informs
            assert (fact.comment is None) is (outcome is Outcome.FAILS)

    def test_what_is_no_endorsement(self) -> None:
        signed = PLANT.issue(endorsement(badge()["id"]))
        unsigned = endorsement(badge()["id"])
        for member in (
            {"endorsementJwt": ["not a token"]},
            {"endorsementJwt": jwt(unsigned)[:-2]},
            {"endorsement": [inside(unsigned)]},
            {"endorsement": [inside({**signed, "name": "Another"})]},
        ):
            result = verify(SCHOOL.issue(badge(**member)))
            (fact,) = result.endorsements
            assert fact.outcome is Outcome.FAILS
            assert fact.endorser_name is fact.comment is None

    def test_several(self) -> None:
        good = inside(PLANT.issue(endorsement(badge()["id"])))
        bad = {**good, "id": "urn:uuid:0b8e0000-0000-4000-a000-000000000002"}
        result = verify(SCHOOL.issue(badge(endorsement=[good, bad])))
        assert [fact.outcome for fact in result.endorsements] == [Outcome.HOLDS, Outcome.FAILS]
        assert result.step("endorsements").fails

    def test_a_key_that_is_not_to_be_had(self) -> None:
        document = SCHOOL.issue(badge(endorsement=[inside(PLANT.issue(endorsement(badge()["id"])))]))
        result = verify(document, resolve={SCHOOL.did: SCHOOL.document}.get)
        assert result.endorsements[0].outcome is Outcome.UNKNOWN


class TestSchemas:
    def named(self, *entries: Any, **changes: Any) -> VerificationResult:
        context = [CONTEXT_VC2, CONTEXT_OB3, CONTEXT_OB_EXT]
        return verify(
            PLANT.issue(foreign(PLANT, **{"@context": context, "credentialSchema": list(entries), **changes}))
        )

    def entry(self, address: str) -> dict[str, str]:
        return {"id": address, "type": "1EdTechJsonSchemaValidator2019"}

    def test_those_of_1edtech(self) -> None:
        address = next(url for url, name in PUBLISHED.items() if name == "achievement-credential")
        result = self.named(self.entry(address))
        assert result.step("schema").holds
        assert [fact.step.code for fact in result.schemas] == ["ok"]
        other = next(url for url, name in PUBLISHED.items() if name == "endorsement-credential")
        result = self.named(self.entry(address), self.entry(other))
        assert result.step("schema").fails
        assert [fact.step.outcome for fact in result.schemas] == [Outcome.HOLDS, Outcome.FAILS]
        assert validate(result).state is State.VALID

    def test_one_that_is_not_known(self) -> None:
        for entry in (self.entry("https://schema.example/1"), {"id": next(iter(PUBLISHED)), "type": "JsonSchema"}):
            result = self.named(entry)
            assert (result.step("schema").outcome, result.step("schema").code) == (Outcome.UNKNOWN, "unknown_schema")
            assert [fact.entry for fact in result.schemas] == [entry]

    def test_it_needs_its_context(self) -> None:
        with pytest.raises(DataLossDetectionError):
            PLANT.issue(foreign(PLANT, credentialSchema=[self.entry(next(iter(PUBLISHED)))]))


class TestStatusEntries:
    def test_each_is_told(self) -> None:
        entries = [
            status_list_entry(LIST_URL, 5),
            status_list_entry(LIST_URL, 6, "suspension"),
            {"id": "https://polyot.example/revoked", "type": "1EdTechRevocationList"},
            {**status_list_entry(LIST_URL, 7), "id": "urn:uuid:77"},
        ]
        context = [CONTEXT_VC2, CONTEXT_OB3, CONTEXT_OB_EXT]
        document = PLANT.issue(foreign(PLANT) | {"@context": context, "credentialStatus": entries})
        lists = {LIST_URL: status_list(5, signer=PLANT)}
        result = verify(document, status_list=lists.get)
        codes = [fact.step.code for fact in result.statuses]
        assert codes == ["revoked", "status_verification_error", "unknown_status_type", "ok"]
        assert [fact.value for fact in result.statuses] == [1, None, None, 0]
        assert [fact.purpose for fact in result.statuses] == ["revocation", "suspension", None, "revocation"]
        assert [fact.entry for fact in result.statuses] == entries
        assert result.step("status").code == "revoked"
        result = verify(document, status_list={LIST_URL: status_list(signer=PLANT)}.get)
        assert validate(result).state is State.STATUS_UNKNOWN

    def test_none_are_told_of_what_is_not_authentic(self) -> None:
        assert verify({**SCHOOL.issue(badge()), "name": "Another"}).statuses == ()


def record(*credentials: Any, signer: Signer = SCHOOL) -> dict[str, Any]:
    return clr_credential(
        id="urn:uuid:0b8e0000-0000-4000-d000-000000000001",
        issuer=samples.SCHOOL,
        subject_id="urn:uuid:0b8e0000-0000-4000-9000-000000000001",
        subject_name="Ветрова Алёна",
        name="Портфолио",
        valid_from=SIGNED_AT,
        credentials=list(credentials),
    )


class TestNested:
    def test_an_envelope_in_a_record(self) -> None:
        """CLR 2.0 lets a record carry credentials in tokens; each is verified as it came."""
        token = envelope(jwt(foreign(PLANT, id="urn:uuid:0b8e0000-0000-4000-8000-0000000000aa")))
        unsigned = record(SCHOOL.issue(badge()))
        unsigned["credentialSubject"]["verifiableCredential"].append(token)
        result = verify_credential(SCHOOL.issue(unsigned), material=MATERIAL, now=NOW)
        assert validate(result).state is State.VALID
        assert [inner.envelope for inner in result.nested] == [None, "vc+jwt"]
        broken = {**token, "id": token["id"][:-2]}
        unsigned["credentialSubject"]["verifiableCredential"][1] = broken
        result = verify_credential(SCHOOL.issue(unsigned), material=MATERIAL, now=NOW)
        assert validate(result).state is State.ALTERED


class TestVersion1:
    @pytest.fixture(params=BOTH, ids=lambda suite: suite.name)
    def document(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        old = foreign(PLANT, validFrom=None, issuanceDate="2026-03-18T09:00:00Z")
        return PLANT.issue({**old, "@context": [CONTEXT_VC1, CONTEXT_OB3, CONTEXT_DI2]}, suites=(request.param,))

    def test_a_badge(self, document: dict[str, Any]) -> None:
        result = verify(document)
        assert validate(result).state is State.VALID
        assert result.step("schema").holds
        assert result.valid_from == SIGNED_AT

    def test_every_member_is_covered(self, document: dict[str, Any]) -> None:
        for name in document:
            without = {key: value for key, value in document.items() if key != name}
            assert not validate(verify(without)).verified, name
        for changes in (
            {"name": "Another"},
            {"issuanceDate": "2026-03-18T09:00:01Z"},
            {"expirationDate": "2030-01-01T00:00:00Z"},
            {"issuer": STRANGER.did},
            {"madeUp": 1},
            {"@context": [CONTEXT_VC1, CONTEXT_OB3]},
            {"@context": [CONTEXT_VC1, CONTEXT_DI2, CONTEXT_OB3]},
        ):
            assert not validate(verify({**document, **changes})).verified, changes

    def test_with_a_status(self) -> None:
        old = foreign(PLANT, validFrom=None, issuanceDate="2026-03-18T09:00:00Z")
        entry = {"id": f"{LIST_URL}#5", "type": "StatusList2021Entry"}
        context = [CONTEXT_VC1, CONTEXT_OB3, CONTEXT_DI2]
        with pytest.raises(DataLossDetectionError):
            PLANT.issue({**old, "@context": context, "credentialStatus": entry})
