"""Documents that depart from the data model (VCDM 2.0 §4 and §5), each rightly signed over its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.unit.vc import samples
from tests.unit.vc.signers import PLANT, foreign
from tests.verify.defects import AMBIGUOUS, DATA_LOSS, MALFORMED, OTHER_WORDS, Case, changed, each, signed

_NOT_URLS: dict[str, Any] = {
    "null": [None],  # None alone would take the member away
    "a figure": 7,
    "an object": {"id": "urn:x:1"},
    "a list": ["urn:x:1"],
    "empty": "",
    "relative": "badges/1",
    "without a scheme": "//polyot.example/1",
    "a space": "https://polyot.example/ 1",
    "a line feed": "urn:x:1\n",
    "a bracket": "urn:x:<1>",
    "a scheme alone": "urn:",
}


def _without(member: str) -> dict[str, Any]:
    document = foreign(PLANT)
    del document[member]
    return signed(document)


def _with_null(member: str) -> dict[str, Any]:
    return signed({**foreign(PLANT), member: None})


def _subject(**members: Any) -> dict[str, Any]:
    return {**samples.credential()["credentialSubject"], **members}


def cases() -> Iterator[Case]:
    yield from each("VCDM id", MALFORMED, {what: changed(id=value) for what, value in _NOT_URLS.items()})
    yield from each(
        "VCDM subject's id",
        MALFORMED,
        {what: changed(credentialSubject=_subject(id=value)) for what, value in _NOT_URLS.items()},
    )
    yield from each(
        "VCDM type",
        MALFORMED,
        {
            "missing": _without("type"),
            "null": _with_null("type"),
            "empty": changed(type=[]),
            "a figure": changed(type=1),
            "a list of figures": changed(type=["VerifiableCredential", 1]),
            "an empty text": changed(type=["VerifiableCredential", ""]),
            "no credential": changed(type=["OpenBadgeCredential"]),
            "capitals": changed(type=["VERIFIABLECREDENTIAL"]),
        },
    )
    yield from each(
        "VCDM type",
        DATA_LOSS,
        {
            "undefined": changed(type=["VerifiableCredential", "MadeUpType"]),
            "undefined in the subject": changed(credentialSubject=_subject(type=["AchievementSubject", "Gold"])),
            "undefined without the extension": changed(
                credentialSchema=[{"id": "https://polyot.example/s", "type": "1EdTechJsonSchemaValidator2019"}]
            ),
        },
    )
    yield from each(
        "VCDM type",
        OTHER_WORDS,
        {
            "written out": changed(
                type=["VerifiableCredential", "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"]
            ),
            "compact": changed(type=["VerifiableCredential", "obi:OpenBadgeCredential"]),
            "a property": changed(type=["VerifiableCredential", "image"]),
        },
    )
    yield from each(
        "VCDM issuer",
        MALFORMED,
        {
            "missing": _without("issuer"),
            "null": _with_null("issuer"),
            "a list": changed(issuer=[PLANT.did]),
            "a figure": changed(issuer=1),
            "relative": changed(issuer="school"),
            "without id": changed(issuer={"type": ["Profile"], "name": "Завод"}),
            "id of null": changed(issuer={"id": None, "type": ["Profile"]}),
            "id of a list": changed(issuer={"id": [PLANT.did], "type": ["Profile"]}),
            "name of a figure": changed(issuer={"id": PLANT.did, "type": ["Profile"], "name": 7}),
        },
    )
    yield from each(
        "VCDM subject",
        MALFORMED,
        {
            "missing": _without("credentialSubject"),
            "null": _with_null("credentialSubject"),
            "no claim": changed(credentialSubject={}),
            "no subject": changed(credentialSubject=[]),
            "one without a claim": changed(credentialSubject=[_subject(), {}]),
            "a text": changed(credentialSubject="urn:x:1"),
            "a list of texts": changed(credentialSubject=["urn:x:1"]),
            "a list in a list": changed(credentialSubject=[1, 2]),
        },
    )
    for name in ("name", "description"):
        yield from each(
            f"VCDM {name}",
            MALFORMED,
            {
                "a figure": changed(**{name: 7}),
                "true": changed(**{name: True}),
                "no text": changed(**{name: []}),
                "an object": changed(**{name: {"ru": "x"}}),
                "a figure as its value": changed(**{name: {"@value": 7}}),
                "a language of a figure": changed(**{name: {"@value": "x", "@language": 7}}),
            },
        )
    yield from _typed()
    yield from _related()
    yield from _undefined()
    yield from each(
        "VCDM dates",
        MALFORMED,
        {
            "ends before it begins": changed(validUntil="2026-03-18T08:59:59Z"),
            "ends a moment before it begins": changed(validUntil="2026-03-18T08:59:59.999999Z"),
            "ends before it begins, by offset": changed(validUntil="2026-03-18T10:00:00+02:00"),
            "from of null": _with_null("validFrom"),
            "until of a figure": changed(validUntil=1_800_000_000),
            "until of a list": changed(validUntil=["2027-03-18T09:00:00Z"]),
        },
    )


def _typed() -> Iterator[Case]:
    for name in ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence"):
        yield from each(
            f"VCDM {name}",
            MALFORMED,
            {
                "a text": changed(**{name: "https://polyot.example/x"}),
                "without type": changed(**{name: {"id": "https://polyot.example/x"}}),
                "no type": changed(**{name: {"id": "https://polyot.example/x", "type": []}}),
                "type of a figure": changed(**{name: [{"id": "https://polyot.example/x", "type": 1}]}),
                "relative id": changed(**{name: {"id": "x", "type": "https://polyot.example/T"}}),
            },
        )
    yield from each(
        "VCDM credentialSchema", MALFORMED, {"without id": changed(credentialSchema={"type": "JsonSchema"})}
    )


def _related() -> Iterator[Case]:
    resource = {"id": "https://polyot.example/x.pdf", "digestMultibase": "uEiA" + "b" * 43}
    yield from each(
        "VCDM relatedResource",
        MALFORMED,
        {
            "a text": changed(relatedResource="https://polyot.example/x.pdf"),
            "without id": changed(relatedResource={"digestMultibase": resource["digestMultibase"]}),
            "without a digest": changed(relatedResource={"id": resource["id"]}),
            "an empty digest": changed(relatedResource={**resource, "digestMultibase": ""}),
            "a digest of a figure": changed(relatedResource={**resource, "digestSRI": 1}),
            "twice": changed(relatedResource=[resource, resource]),
        },
    )


def _undefined() -> Iterator[Case]:
    evidence = {"id": "https://polyot.example/e", "type": ["Evidence"], "name": "Фото"}
    yield from each(
        "undefined members",
        DATA_LOSS,
        {
            "of the credential": changed(favouriteColour="red"),
            "of the subject": changed(credentialSubject=_subject(favouriteColour="red")),
            "of an item": changed(evidence=[evidence, {**evidence, "id": "urn:x:2", "favouriteColour": "red"}]),
            "with nothing in it": changed(favouriteColour=[]),
            "of another class": changed(achievedLevel="urn:x:1"),
            "in another case": changed(validuntil="2027-03-18T09:00:00Z"),
        },
    )
    yield from each(
        "other words",
        OTHER_WORDS,
        {
            "a full address": changed(**{"https://www.w3.org/2018/credentials#validUntil": "2027-03-18T09:00:00Z"}),
            "a compact address": changed(**{"obi:narrative": "x"}),
            "@id": changed(**{"@id": "urn:x:1"}),
            "@type": changed(**{"@type": ["VerifiableCredential"]}),
            "@graph": changed(**{"@graph": []}),
            "@nest": changed(**{"@nest": {"name": "x"}}),
            "@included": changed(**{"@included": [evidence]}),
            "@reverse": changed(**{"@reverse": {}}),
            "@index": changed(credentialSubject=_subject(**{"@index": "1"})),
            "@set": changed(evidence={"@set": [evidence]}),
            "@list": changed(evidence={"@list": [evidence]}),
            "a class": changed(Image="https://polyot.example/x.png"),
            "a list in a list": changed(evidence=[[evidence]]),
            "a blank node": changed(id="_:b0"),
            "a blank node inside": changed(evidence={**evidence, "id": "_:b0"}),
            "a value object of more": changed(name={"@value": "x", "name": "y"}),
            "hashed as a text": changed(
                credentialSubject=_subject(
                    identifier=[
                        {"type": "IdentityObject", "hashed": "false", "identityType": "name", "identityHash": "x"}
                    ]
                )
            ),
        },
    )
    yield from each(
        "one thing twice",
        AMBIGUOUS,
        {
            "evidence twice": changed(evidence=[evidence, evidence]),
            "evidence of two names": changed(evidence=[evidence, {**evidence, "name": "Диплом"}]),
            "the subject is the credential": changed(id="urn:x:1", credentialSubject=_subject(id="urn:x:1")),
            "the issuer's name elsewhere": changed(
                issuer={"id": PLANT.did, "type": ["Profile"], "name": "Завод"},
                evidence=[{"id": PLANT.did, "type": ["Evidence"], "name": "Другой завод"}],
            ),
        },
    )
