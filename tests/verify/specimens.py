"""Signed documents of every kind that a verifier meets, all of them valid: what the mutations of ``test_tamper`` start from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from portfolio.errors import ParsingError
from portfolio.vc.clr import clr_credential
from portfolio.vc.contexts import (
    CONTEXT_DI2,
    CONTEXT_OB3,
    CONTEXT_OB3_1,
    CONTEXT_OB3_2,
    CONTEXT_OB_EXT,
    CONTEXT_VC1,
    CONTEXT_VC2,
)
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.data_integrity import add_proof, add_proof_set
from portfolio.vc.jsontext import dumps, loads
from portfolio.vc.open_badges import read_badge
from portfolio.vc.status_list import status_list_entry
from portfolio.vc.validation import validate, validate_presentation
from portfolio.vc.verification import (
    TrustedIssuer,
    VerificationResult,
    verify_credential,
    verify_presentation,
)
from tests.unit.vc import samples
from tests.unit.vc.signers import (
    BOTH,
    CLEAR_LIST,
    LIST_URL,
    NOW,
    PLANT,
    SCHOOL,
    SIGNED_AT,
    STRANGER,
    Signer,
    badge,
    key_signer,
    material,
    status_list,
)
from tests.unit.vc.test_proof_chains import A, B, C, link

Json = dict[str, Any]

HOLDER = key_signer(b"h")
PLANT_LIST_URL = "https://polyot.example/status/7"
SUSPENSIONS_URL = "https://polyot.example/status/8"
LISTS = {
    LIST_URL: CLEAR_LIST,
    PLANT_LIST_URL: status_list(signer=PLANT, url=PLANT_LIST_URL),
    SUSPENSIONS_URL: status_list(signer=PLANT, url=SUSPENSIONS_URL, purpose="suspension"),
}
MATERIAL = material(
    status_list=LISTS.get,
    trusted={
        SCHOOL.did: TrustedIssuer(SCHOOL.did, "Школа «Чайка»", own=True),
        PLANT.did: TrustedIssuer(PLANT.did, "Завод «Полёт»"),
        STRANGER.did: TrustedIssuer(STRANGER.did, "Музей"),
    },
)


@dataclass(frozen=True)
class Judgement:
    """What a verifier made of one text. verified: it said yes; shown: what it would show as fact, None for nothing."""

    verified: bool
    shown: frozenset[str] | None


@dataclass(frozen=True)
class Specimen:
    """One valid document. graph_only: its signature covers the statements (RDF) and not the text.

    several: its issuer is foreign and its proofs are a set, of which each alone covers the document.
    """

    name: str
    document: Json
    graph_only: bool = False
    several: bool = False
    verify: Callable[[bytes], Judgement] = lambda text: judge(text)


def judge(text: bytes) -> Judgement:
    """The product's own verdict on a credential."""
    result = verify_credential(text, material=MATERIAL, now=NOW)
    return Judgement(validate(result).verified, _shown(result) if result.authentic else None)


def judge_behind_a_credential(text: bytes) -> Judgement:
    """The verdict on a credential of the school whose status list is this text.

    What the list says is then shown as fact: that the credential is in force, or that it was revoked.
    """
    try:
        lists = {LIST_URL: loads(text)}
    except ParsingError:
        lists = {}
    found = material(status_list=lists.get)
    step = verify_credential(_PLAIN_BADGE, material=found, now=NOW).step("status")
    told = step.code in ("ok", "revoked", "suspended")
    return Judgement(step.holds, frozenset((step.code,)) if told else None)


def judge_presented(text: bytes) -> Judgement:
    """The verdict on a presentation that was asked for with a domain and a challenge."""
    result = verify_presentation(text, material=MATERIAL, now=NOW, domain="shop.example", challenge="6e0b2e3a")
    shown = [f"presented {sorted(_shown(inner))}" for inner in result.credentials if inner.authentic]
    facts = {f"holder {result.holder}", *shown}
    return Judgement(validate_presentation(result).verified, frozenset(facts) if result.authentic else None)


def _shown(result: VerificationResult) -> frozenset[str]:
    """Everything that pages and programs are told of an authentic document and of those inside it, fact by fact."""
    facts = {
        f"issuer {result.issuer}",
        f"id {result.credential_id}",
        f"from {result.valid_from}",
        f"to {result.valid_until}",
    }
    for name, value in dataclasses.asdict(read_badge(result.document)).items():
        if value not in (None, ()):  # the document does not say
            facts |= {f"{name} {item}" for item in value} if isinstance(value, tuple) else {f"{name} {value}"}
    for inner in result.nested:
        if inner.authentic:
            facts.add(f"inside {sorted(_shown(inner))}")
    for said in result.endorsements:
        if said.comment is not None:
            told = (said.about, said.endorsed, said.outcome.value, said.endorser_name, said.comment)
            facts.add(f"endorsed {told} {sorted(_shown(said.result))}")
    # Whether it fits the schema of its kind is said of its text, and is no fact of the document.
    return frozenset(facts | {f"status {found.purpose} {found.value} {found.step.code}" for found in result.statuses})


def _without_context(document: Json) -> Json:
    return {name: value for name, value in document.items() if name != "@context"}


def _minimal(signer: Signer, **changes: Any) -> Json:
    return {
        "@context": [CONTEXT_VC2],
        "id": "urn:uuid:0b8e0000-0000-4000-c000-000000000001",
        "type": ["VerifiableCredential"],
        "issuer": signer.did,
        "validFrom": "2026-03-18T09:00:00Z",
        "credentialSubject": {"id": "urn:uuid:0b8e0000-0000-4000-9000-000000000001"},
        **changes,
    }


def _foreign(**changes: Any) -> Json:
    """A badge of the plant's with all that a badge can hold, and its profile at two places."""
    sample = samples.credential(valid_until=SIGNED_AT.replace(year=2027), evidence=[samples.PHOTO])
    profile = {"id": PLANT.did, "type": ["Profile"], "name": "Завод «Полёт»", "url": "https://polyot.example"}
    subject = sample["credentialSubject"]
    subject = {**subject, "achievement": {**subject["achievement"], "creator": profile}}
    entry = status_list_entry(PLANT_LIST_URL, 5)
    return {**sample, "issuer": profile, "credentialStatus": entry, "credentialSubject": subject, **changes}


def _small_foreign(context: list[str], **changes: Any) -> Json:
    """A badge of few members, for the variants that differ elsewhere."""
    return {
        "@context": context,
        "id": "https://polyot.example/badges/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Сборщик",
        "issuer": {"id": PLANT.did, "type": "Profile", "name": "Завод «Полёт»"},
        "validFrom": "2026-03-18T09:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:0b8e0000-0000-4000-9000-000000000001",
            "type": ["AchievementSubject"],
            "creditsEarned": 7.5,
            "achievement": {
                "id": "https://polyot.example/achievements/1",
                "type": ["Achievement"],
                "name": "Сборщик",
                "description": "Собирает узлы по чертежу.",
                "criteria": {"narrative": "Собрать узел."},
            },
        },
        **changes,
    }


def _version_1(open_badges: str) -> Json:
    document = _small_foreign([CONTEXT_VC1, open_badges, CONTEXT_DI2], issuanceDate="2026-03-18T09:00:00Z")
    del document["validFrom"]
    return {**document, "expirationDate": "2029-03-18T09:00:00Z"}


def _in_languages() -> Json:
    """Texts in two languages and two directions, an emoji, a letter beyond the Basic Multilingual Plane."""
    names = [
        {"@value": "Сборщик 🛠️", "@language": "ru"},
        {"@value": "Assembler 𝔘", "@language": "en"},
        {"@value": "مجمّع", "@language": "ar", "@direction": "rtl"},
    ]
    document = _small_foreign([CONTEXT_VC2, CONTEXT_OB3], name=names, description="Йод, ёж и é")
    achievement = document["credentialSubject"]["achievement"]
    achievement.update(inLanguage="ru", name=names[:2], tag=["сборка", "🛠️", "assembly"])
    return document


def _in_order() -> Json:
    """A list whose order is signed (``allowedValue``) beside sets whose order is not, and figures of every kind."""
    document = _small_foreign([CONTEXT_VC2, CONTEXT_OB3])
    subject = document["credentialSubject"]
    described = "https://polyot.example/achievements/1#mark"
    subject["achievement"]["resultDescription"] = [
        {
            "id": described,
            "type": ["ResultDescription"],
            "name": "Отметка",
            "resultType": "LetterGrade",
            "allowedValue": ["отлично", "хорошо", "зачтено"],
        }
    ]
    subject["result"] = [{"type": ["Result"], "resultDescription": described, "value": "хорошо"}]
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": "Ветрова Алёна"}
    ]
    return document


def _with_much_around() -> Json:
    """Two subjects, two pieces of evidence, two status entries, terms of use, a refresh service, a related resource."""
    document = _small_foreign([CONTEXT_VC2, CONTEXT_OB3])
    document["credentialSubject"] = [
        document["credentialSubject"],
        {"id": "urn:uuid:0b8e0000-0000-4000-9000-000000000002", "type": ["Profile"], "name": "Наставник"},
    ]
    document["evidence"] = [
        {"id": "https://polyot.example/e/1", "type": ["Evidence"], "name": "Фото", "genre": "photo"},
        {"id": "https://polyot.example/e/2", "type": ["Evidence"], "name": "Видео", "genre": "video"},
    ]
    document["credentialStatus"] = [
        status_list_entry(PLANT_LIST_URL, 5),
        status_list_entry(SUSPENSIONS_URL, 6, "suspension"),
    ]
    document["termsOfUse"] = {"id": "https://polyot.example/terms", "type": "https://polyot.example/Terms"}
    document["refreshService"] = {"id": "https://polyot.example/refresh", "type": "https://polyot.example/Refresh"}
    document["relatedResource"] = {"id": "https://polyot.example/drawing.pdf", "digestMultibase": "uEiA" + "b" * 43}
    return document


def _with_schema() -> Json:
    schema = {
        "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
        "type": "1EdTechJsonSchemaValidator2019",
    }
    return _small_foreign([CONTEXT_VC2, CONTEXT_OB3, CONTEXT_OB_EXT], credentialSchema=[schema])


def _with_messages() -> Json:
    messages = [{"status": f"0x{value}", "message": message} for value, message in enumerate(("нет", "в пути"))]
    entry = status_list_entry(PLANT_LIST_URL, 3)
    return _minimal(PLANT, credentialStatus={**entry, "statusSize": 1, "statusMessage": messages})


def _endorsed() -> Json:
    """By the plant, inside a credential of the school."""
    document = badge(evidence=None)
    subject = document["credentialSubject"]
    document["credentialSubject"] = {name: subject[name] for name in ("id", "type", "identifier", "achievement")}
    achievement = document["credentialSubject"]["achievement"]
    for name in ("resultDescription", "tag", "fieldOfStudy"):
        achievement.pop(name, None)
    return {**document, "endorsement": [_without_context(PLANT.issue({**samples.endorsement(), "issuer": PLANT.did}))]}


def _foreign_record() -> Json:
    """The plant's learner record: a badge of its own, and an endorsement of it as a second credential."""
    first = PLANT.issue(_small_foreign([CONTEXT_VC2, CONTEXT_OB3]), suites=(EDDSA_RDFC_2022,))
    second = PLANT.issue(_minimal(PLANT, name="Допуск"), suites=(EDDSA_JCS_2022,))
    return _record([first, second], PLANT.did)


def _own_record() -> Json:
    first = SCHOOL.issue(_minimal(SCHOOL, name="Смена"))
    second = PLANT.issue(_small_foreign([CONTEXT_VC2, CONTEXT_OB3]), suites=(EDDSA_RDFC_2022,))
    return _record([first, second], SCHOOL.did)


def _record(credentials: list[Json], issuer: str) -> Json:
    record = clr_credential(
        id="urn:uuid:0b8e0000-0000-4000-b000-000000000001",
        issuer=samples.SCHOOL,
        subject_id="urn:uuid:0b8e0000-0000-4000-9000-000000000001",
        subject_name="Ветрова Алёна",
        name="Портфолио практики",
        valid_from=SIGNED_AT,
        credentials=credentials,
    )
    return {**record, "issuer": issuer}


def _answering(suite: Cryptosuite) -> Json:
    """With every option that a proof can have."""
    return add_proof(
        _minimal(PLANT),
        suite=suite,
        sign=PLANT.key.sign,
        verification_method=PLANT.method,
        created=SIGNED_AT,
        expires=SIGNED_AT + timedelta(days=400),
        domain=["shop.example", "https://орг.example"],
        challenge="6e0b2e3a",
    )


def _twice_signed() -> Json:
    """A set of two proofs of one suite, made on two days."""
    document = _minimal(PLANT)
    for day in (SIGNED_AT, SIGNED_AT - timedelta(days=1)):
        document = add_proof_set(
            document,
            sign=PLANT.key.sign,
            verification_method=PLANT.method,
            created=day,
            suites=(EDDSA_RDFC_2022,),
        )
    return document


def _chain(suite: Cryptosuite) -> Json:
    """Three proofs, of which each covers the one before it."""
    document: Json = _minimal(PLANT)
    for name, previous in ((A, None), (B, A), (C, [B])):
        document = link(document, name, previous, suite=suite)
    return document


def _endorsed_everywhere() -> Json:
    """By the museum: the credential, the achievement and the issuer; signed over their graph alone."""
    document = _small_foreign([CONTEXT_VC2, CONTEXT_OB3])
    achievement = document["credentialSubject"]["achievement"]
    for number, holder in enumerate((document, achievement, document["issuer"])):
        endorsement = {
            **samples.endorsement(),
            "id": f"urn:uuid:0b8e0000-0000-4000-a000-00000000001{number}",
            "issuer": STRANGER.did,
            "credentialSubject": {
                "id": holder["id"],
                "type": ["EndorsementSubject"],
                "endorsementComment": f"{number}",
            },
        }
        holder["endorsement"] = [_without_context(STRANGER.issue(endorsement, suites=(EDDSA_RDFC_2022,)))]
    return document


def _presented(suite: Cryptosuite) -> Json:
    """Two credentials shown by their holder, of whom one is known by nobody."""
    credentials = [
        SCHOOL.issue(_minimal(SCHOOL)),
        PLANT.issue(_small_foreign([CONTEXT_VC2, CONTEXT_OB3]), suites=_RDFC),
    ]
    return add_proof(
        {
            "@context": [CONTEXT_VC2],
            "id": "urn:uuid:0b8e0000-0000-4000-c000-000000000009",
            "type": ["VerifiablePresentation"],
            "holder": HOLDER.did,
            "verifiableCredential": credentials,
        },
        suite=suite,
        sign=HOLDER.key.sign,
        verification_method=HOLDER.method,
        created=SIGNED_AT,
        proof_purpose="authentication",
        domain="shop.example",
        challenge="6e0b2e3a",
    )


def _list_alone() -> Json:
    """A status list as the document that is judged."""
    return _shorter(CLEAR_LIST)


def _shorter(document: Json) -> Json:
    assert len(document["credentialSubject"]["encodedList"]) < 200
    return document


_PLAIN_BADGE = dumps(SCHOOL.issue(badge()))
_RDFC, _JCS = (EDDSA_RDFC_2022,), (EDDSA_JCS_2022,)


def specimens() -> list[Specimen]:
    """All of them; each verifies, which ``test_tamper`` asserts before it begins."""
    until = datetime(2031, 3, 18, tzinfo=UTC)
    halves = samples.credential(5, practice=samples.practice(hours=Decimal("1.50"), results=()), valid_until=until)
    graph = [
        Specimen("minimal, graph", PLANT.issue(_minimal(PLANT), suites=_RDFC), True),
        Specimen("minimal by a did:key, graph", STRANGER.issue(_minimal(STRANGER), suites=_RDFC), True),
        Specimen("rich badge, graph", PLANT.issue(_foreign(), suites=_RDFC), True),
        Specimen("version 1.1 badge of OB 3.0.1, graph", PLANT.issue(_version_1(CONTEXT_OB3_1), suites=_RDFC), True),
        Specimen("languages, graph", PLANT.issue(_in_languages(), suites=_RDFC), True),
        Specimen("ordered list, graph", PLANT.issue(_in_order(), suites=_RDFC), True),
        Specimen("much around, graph", PLANT.issue(_with_much_around(), suites=_RDFC), True),
        Specimen("schema, graph", PLANT.issue(_with_schema(), suites=_RDFC), True),
        Specimen("status messages, graph", PLANT.issue(_with_messages(), suites=_RDFC), True),
        Specimen("learner record, graph", PLANT.issue(_foreign_record(), suites=_RDFC), True),
        Specimen("endorsed everywhere, graph", PLANT.issue(_endorsed_everywhere(), suites=_RDFC), True),
        Specimen("presentation, graph", _presented(EDDSA_RDFC_2022), True, verify=judge_presented),
        Specimen("answering proof, graph", _answering(EDDSA_RDFC_2022), True),
        Specimen("two proofs, graph", _twice_signed(), True, True),
        Specimen("chain of proofs, graph", _chain(EDDSA_RDFC_2022), True, True),
    ]
    text = [
        Specimen("own badge", SCHOOL.issue(samples.credential(evidence=[samples.PHOTO]))),
        Specimen("own badge, half hours", SCHOOL.issue(halves)),
        Specimen("own minimal", SCHOOL.issue(_minimal(SCHOOL))),
        Specimen("own endorsed badge", SCHOOL.issue(_endorsed())),
        Specimen("own learner record", SCHOOL.issue(_own_record())),
        Specimen("own status list", _list_alone()),
        Specimen("own status list behind a credential", _list_alone(), verify=judge_behind_a_credential),
        Specimen("endorsement alone", PLANT.issue({**samples.endorsement(), "issuer": PLANT.did}), several=True),
        Specimen("minimal, text", PLANT.issue(_minimal(PLANT), suites=_JCS)),
        Specimen("badge of OB 3.0.2, text", PLANT.issue(_small_foreign([CONTEXT_VC2, CONTEXT_OB3_2]), suites=_JCS)),
        Specimen("version 1.1 badge, text", PLANT.issue(_version_1(CONTEXT_OB3), suites=_JCS)),
        Specimen("languages, text", PLANT.issue(_in_languages(), suites=_JCS)),
        Specimen("much around, text", PLANT.issue(_with_much_around(), suites=_JCS)),
        Specimen("learner record, text", PLANT.issue(_foreign_record(), suites=_JCS)),
        Specimen("answering proof, text", _answering(EDDSA_JCS_2022)),
        Specimen("chain of proofs, text", _chain(EDDSA_JCS_2022), several=True),
        Specimen("presentation, text", _presented(EDDSA_JCS_2022), verify=judge_presented),
        Specimen("set of both", PLANT.issue(_in_order(), suites=BOTH), several=True),
    ]
    return graph + text
