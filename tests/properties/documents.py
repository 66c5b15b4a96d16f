"""Documents of many shapes for the canonicalisation tests: what credentials hold, and what JSON-LD allows beside it."""

from __future__ import annotations

import copy
import random
from typing import Any

from portfolio.vc.contexts import (
    CONTEXT_CLR2,
    CONTEXT_OB3,
    CONTEXT_OB_EXT,
    CONTEXT_VC2,
    VERIFIED_CONTEXTS,
    frozen_contexts,
)

WORKSHOP = "https://workshop.example/contexts/v1"
# Constructs that the credential contexts leave out: every container, coercion and scope that JSON-LD has.
WORKSHOP_CONTEXT: dict[str, Any] = {
    "@context": {
        "w": "https://workshop.example/vocabulary#",
        "titles": {"@id": "w:titles", "@container": "@language"},
        "steps": {"@id": "w:steps", "@container": "@list"},
        "points": {"@id": "w:points", "@container": "@list", "@type": "@id"},
        "raw": {"@id": "w:raw", "@type": "@json"},
        "rawSet": {"@id": "w:rawSet", "@type": "@json", "@container": "@set"},
        "claims": {"@id": "w:claims", "@container": "@graph"},
        "mark": {"@id": "w:mark"},
        "weight": {"@id": "w:weight", "@type": "http://www.w3.org/2001/XMLSchema#double"},
        "ratio": {"@id": "w:ratio", "@type": "http://www.w3.org/2001/XMLSchema#decimal"},
        "knows": {"@id": "w:knows", "@type": "@id"},
        "mood": {"@id": "w:mood", "@type": "@vocab"},
        "calm": "w:calm",
        "anything": {"@id": "w:anything", "@type": "@none"},
        "motto": {"@id": "w:motto", "@language": "la"},
        "scroll": {"@id": "w:scroll", "@direction": "rtl", "@language": "ar"},
        "bare": {"@id": "w:bare", "@language": None},
        "byKey": {"@id": "w:byKey", "@container": "@index", "@index": "w:key"},
        "byId": {"@id": "w:byId", "@container": ["@id", "@set"]},
        "byType": {"@id": "w:byType", "@container": "@type"},
        "partOf": {"@reverse": "w:part"},
        "tucked": "@nest",
        "Bench": {
            "@id": "w:Bench",
            "@context": {"length": "w:length", "mark": {"@id": "w:benchMark", "@type": "@id"}, "leg": "w:leg"},
        },
        "Vice": {"@id": "w:Vice", "@context": {"@propagate": True, "jaw": "w:jaw"}},
        "drawer": {"@id": "w:drawer", "@context": {"label": "w:label", "mark": "w:drawerMark"}},
        "cabinet": {
            "@id": "w:cabinet",
            "@context": {"drawer": {"@id": "w:innerDrawer"}, "label": {"@id": "w:cabinetLabel"}},
        },
    }
}

KNOWN_ARRAYS = [
    (CONTEXT_VC2, CONTEXT_OB3),
    (CONTEXT_VC2, CONTEXT_OB3, CONTEXT_OB_EXT),
    (CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3),
    (CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3, CONTEXT_OB_EXT),
]
WORKSHOP_ARRAY = (CONTEXT_VC2, CONTEXT_OB3, WORKSHOP)
CONTEXTS = {**frozen_contexts(), WORKSHOP: WORKSHOP_CONTEXT}
ARRAYS = VERIFIED_CONTEXTS | {WORKSHOP_ARRAY}

TEXTS = [
    "Основы столярного дела",
    'Набор «Ёж» и "кавычки"',
    "первая строка\nвторая\r\nтретья\tс отступом",
    "обратная \\ косая и \\u0041",
    "🪚 𝔘nicode 👩🏽‍🔧",
    "",
    " ",
    "управляющие \b\f\x01\x1f\x7f знаки",
    "line\u2028separator\u0085next",
    "<script>&amp;</script>",
    "@type",
    "_:b0",
    "е\u0308",
]
FIGURES = [
    0,
    -1,
    7,
    2.5,
    -0.125,
    1.5e-7,
    1.5e300,
    1e20,
    1e21,
    3.0,
    0.0,
    2**53 - 1,
    0.1 + 0.2,
    123456.789e3,
    True,
    False,
]


def credential(chance: random.Random, contexts: tuple[str, ...] | None = None) -> dict[str, Any]:
    """An Open Badges 3.0 credential with a varying set of members."""
    array = contexts or chance.choice(KNOWN_ARRAYS)
    achievement: dict[str, Any] = {
        "id": f"https://school.example/a/{chance.randrange(1_000)}",
        "type": ["Achievement"],
        "name": _text(chance),
        "description": _text(chance),
        "criteria": {"narrative": _text(chance)},
    }
    subject: dict[str, Any] = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{chance.randrange(10**12):012d}",
        "type": ["AchievementSubject"],
        "achievement": achievement,
    }
    document: dict[str, Any] = {
        "@context": list(array),
        "id": f"urn:uuid:00000000-0000-4000-9000-{chance.randrange(10**12):012d}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:school.example", "type": ["Profile"], "name": _text(chance)},
        "validFrom": "2026-03-18T09:00:00Z",
        "credentialSubject": subject,
    }
    for change in _CREDENTIAL_CHANGES:
        if chance.random() < 0.35:
            change(chance, document, subject, achievement)
    return _shuffled(chance, document) if chance.random() < 0.3 else document


def workshop(chance: random.Random) -> dict[str, Any]:
    """A credential that also uses the constructs of ``WORKSHOP_CONTEXT``."""
    document = credential(chance, WORKSHOP_ARRAY)
    for _ in range(chance.randrange(1, 7)):
        name, value = _member(chance, 0)
        chance.choice([document, document["credentialSubject"], document["credentialSubject"]["achievement"]])[name] = (
            value
        )
    return document


def learner_record(chance: random.Random, count: int) -> dict[str, Any]:
    """A CLR 2.0 record whose nested credentials carry proofs of their own."""
    nested = []
    for _ in range(count):
        inner = credential(chance)
        inner["proof"] = [proof(chance) for _ in range(chance.randrange(1, 3))]
        nested.append(inner)
    return {
        "@context": [CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3],
        "id": f"urn:uuid:00000000-0000-4000-a000-{chance.randrange(10**12):012d}",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": _text(chance),
        "issuer": "did:web:school.example",
        "validFrom": "2026-06-25T09:00:00Z",
        "credentialSubject": {"id": "urn:uuid:7", "type": ["ClrSubject"], "verifiableCredential": nested},
    }


def presentation(chance: random.Random, count: int) -> dict[str, Any]:
    """A presentation: each credential is a graph, and in it each proof."""
    nested = [credential(chance) | {"proof": proof(chance)} for _ in range(count)]
    return {
        "@context": [CONTEXT_VC2],
        "type": "VerifiablePresentation",
        "holder": "did:key:z6MkExampleHolder",
        "verifiableCredential": nested[0] if count == 1 else nested,
        "proof": proof(chance),
    }


def proof(chance: random.Random) -> dict[str, Any]:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": chance.choice(["eddsa-rdfc-2022", "eddsa-jcs-2022"]),
        "created": "2026-03-18T09:00:01Z",
        "verificationMethod": "did:web:school.example#key-2026-03",
        "proofPurpose": chance.choice(["assertionMethod", "authentication"]),
        "proofValue": "z" + "".join(chance.choice("123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(20)),
    }


def varied(seed: int) -> dict[str, Any]:
    """The document of this seed."""
    chance = random.Random(seed)
    shape = chance.random()
    if shape < 0.4:
        return workshop(chance)
    if shape < 0.8:
        return credential(chance)
    if shape < 0.9:
        return learner_record(chance, chance.randrange(1, 4))
    return presentation(chance, chance.randrange(1, 3))


def harmed(seed: int) -> dict[str, Any]:
    """A document of ``varied`` with one or two things in it that strict processing may have to refuse."""
    chance = random.Random(seed)
    document = varied(chance.randrange(10**9))
    for _ in range(chance.randrange(1, 3)):
        objects = [found for found in _objects(document) if found is not document.get("@context")]
        target = chance.choice(objects)
        name, value = copy.deepcopy(chance.choice(HARM))
        if name is None:
            member = chance.choice([key for key in target if key != "@context"] or ["name"])
            target[member] = value
        else:
            target[name] = value
    return document


# Member and value; without a member name the value replaces a member that is there.
HARM: list[tuple[str | None, Any]] = [
    ("undefinedTerm", "x"),
    ("undefinedTerm", None),
    ("undefinedTerm", []),
    ("https://vocabulary.example/defined", "x"),
    ("https://vocabulary.example/not an iri", "x"),
    ("https://vocabulary.example/<x>", "x"),
    ("https://vocabulary.example/<x>", None),
    ("_:predicate", "x"),
    ("relative-reference://document/x", "x"),
    ("", "x"),
    ("@bogus", "x"),
    ("@index", "x"),
    ("@language", "ru"),
    ("@direction", "ltr"),
    ("@value", "x"),
    ("@value", None),
    ("@list", ["a"]),
    ("@set", ["a"]),
    ("@graph", [{"id": "urn:x:1", "https://v.example/p": "in a graph"}]),
    ("@graph", {"id": "urn:x:1"}),
    ("@included", [{"id": "urn:x:2", "https://v.example/p": "included"}]),
    ("@reverse", {"https://v.example/back": {"id": "urn:x:3"}}),
    ("@nest", {"https://v.example/p": "nested"}),
    ("@id", "urn:x:4"),
    ("@type", "https://v.example/Type"),
    ("@context", []),
    ("@context", None),
    ("@context", {}),
    ("@context", [CONTEXT_VC2]),
    ("@context", CONTEXT_VC2),
    ("@context", [CONTEXT_VC2, "https://unknown.example/context"]),
    ("@context", {"name": "https://evil.example/name"}),
    ("@context", {"@vocab": "https://vocabulary.example/"}),
    ("@context", {"@vocab": None}),
    ("@context", {"@base": "https://base.example/"}),
    ("@context", {"extra": "https://vocabulary.example/extra"}),
    ("@context", 5),
    ("id", "relative"),
    ("id", ""),
    ("id", "#fragment"),
    ("id", "//host.example/path"),
    ("id", "https ://host.example/"),
    ("id", "urn:a><b"),
    ("id", "urn:a b"),
    ("id", None),
    ("id", 5),
    ("id", ["urn:x:5"]),
    ("id", "_:label"),
    ("id", "_:"),
    ("id", "@type"),
    ("id", "relative-reference://document/x"),
    ("type", "Undefined"),
    ("type", ["VerifiableCredential", "Undefined"]),
    ("type", None),
    ("type", []),
    ("type", 5),
    ("type", ["Achievement", None]),
    ("type", ["Achievement", ["Result"]]),
    ("type", {"id": "urn:x:6"}),
    ("type", "_:type"),
    ("type", "@json"),
    ("type", ["Achievement", "Profile"]),
    ("name", {"@value": "x", "@language": "not a tag"}),
    ("name", {"@value": "x", "@language": 'ru .\n<urn:x> <urn:y> "z'}),
    ("name", {"@value": "x", "@language": "RU"}),
    ("name", {"@value": "x", "@language": None}),
    ("name", {"@value": "x", "@language": 5}),
    ("name", {"@value": 5, "@language": "ru"}),
    ("name", {"@value": "x", "@direction": "rtl"}),
    ("name", {"@value": "x", "@direction": "up"}),
    ("name", {"@value": 5, "@direction": "rtl"}),
    ("name", {"@value": "x", "@language": "ar", "@direction": "rtl"}),
    ("name", {"@value": None}),
    ("name", {"@value": ["x"]}),
    ("name", {"@value": {"a": 1}, "@type": "@json"}),
    ("name", {"@value": "x", "@type": "relative"}),
    ("name", {"@value": "x", "@type": "https://v.example/a b"}),
    ("name", {"@value": "x", "@type": "https://v.example/<"}),
    ("name", {"@value": "x", "@type": "https://v.example/datatype"}),
    ("name", {"@value": 1.5, "@type": "http://www.w3.org/2001/XMLSchema#double"}),
    ("name", {"@value": "one", "@type": "http://www.w3.org/2001/XMLSchema#double"}),
    ("name", {"@value": "1.50", "@type": "http://www.w3.org/2001/XMLSchema#double"}),
    ("name", {"@value": "x", "@type": "Achievement"}),
    ("name", {"@value": "x", "@type": None}),
    ("name", {"@value": "x", "@type": "@id"}),
    ("name", {"@value": "x", "@index": "i"}),
    ("name", {"@value": "x", "type": "https://v.example/datatype"}),
    ("name", {"@value": "x", "id": "urn:x:7"}),
    ("name", {"@language": "ru"}),
    ("name", {"@list": ["a", "b"]}),
    ("name", {"@list": []}),
    ("name", {"@list": ["a"], "@index": "i"}),
    ("name", {"@set": ["a", {"@value": None}]}),
    ("name", {}),
    ("name", [[]]),
    ("name", [["a", ["b"]]]),
    ("name", "lone \ud800 surrogate"),
    ("name", 2**60),
    ("name", 1e-7),
    ("name", 1.5e-7),
    ("name", {"@value": 1, "@type": "urn:\u00a0x"}),
    ("name", {"@value": 1, "@type": "urn:\u0430x"}),
    ("id", "urn:x:\u3000"),
    ("id", "urn:x:\u3001"),
    ("name", float("inf")),
    ("name", float("nan")),
    ("proof", {"id": "urn:x:8"}),
    ("proof", {}),
    ("proof", "urn:x:9"),
    ("proof", {"@value": "x"}),
    ("proof", []),
    ("proof", [None]),
    ("proof", {"type": "DataIntegrityProof", "proofPurpose": "undefinedPurpose"}),
    ("proof", {"type": "DataIntegrityProof", "proofPurpose": {"id": "urn:x:10"}}),
    ("cnf", {"kid": "x"}),
    ("cnf", {"cnf": {"kid": "x"}}),
    ("verifiableCredential", {"id": "urn:x:11"}),
    ("verifiableCredential", "urn:x:12"),
    ("image", {"id": "https://v.example/i.png", "type": "Image"}),
    ("image", "relative.png"),
    (None, None),
    (None, ""),
    (None, 5),
    (None, "relative"),
    (None, {"id": "urn:x:13"}),
    (None, {"@value": "v"}),
    (None, {"@id": "urn:x:14", "@type": "https://v.example/T"}),
    (None, ["x", {"id": "urn:x:15"}, None, 5]),
]


def _member(chance: random.Random, depth: int) -> tuple[str, Any]:
    def node() -> dict[str, Any]:
        found: dict[str, Any] = {}
        if chance.random() < 0.4:
            found["id"] = chance.choice(["urn:n:1", "urn:n:2", "_:shared", "_:other", "w:compact"])
        if chance.random() < 0.4:
            found["type"] = chance.choice(["Bench", "Vice", ["Bench", "Vice"], "w:Plain", ["Profile", "Bench"]])
        if depth < 3:
            for _ in range(chance.randrange(0, 4)):
                name, value = _member(chance, depth + 1)
                found[name] = value
        return found

    def several(make: Any) -> Any:
        return make() if chance.random() < 0.4 else [make() for _ in range(chance.randrange(0, 4))]

    def language_map() -> dict[str, Any]:
        return {tag: several(lambda: _text(chance)) for tag in chance.sample(["ru", "en-GB", "@none", "tt", "DE"], 3)}

    def anything() -> Any:
        makers = [
            lambda: _text(chance),
            lambda: chance.choice(FIGURES),
            node,
            lambda: {"@value": _text(chance)},
            lambda: None,
        ]
        return chance.choice(makers)()

    name, make = chance.choice(
        [
            ("titles", lambda: language_map()),
            ("titles", lambda: _text(chance)),
            ("steps", lambda: several(anything)),
            ("steps", lambda: [chance.choice("ab") for _ in range(chance.randrange(0, 5))]),
            ("points", lambda: several(lambda: chance.choice(["urn:p:1", "urn:p:2", "_:shared"]))),
            ("raw", lambda: {"б": [1, 2.0, None, _text(chance)], "a": {"z": 1e30, "y": True, "😀": 1, "\ufb33": 2}}),
            ("raw", lambda: several(lambda: chance.choice([None, "x", 4.5, []]))),
            ("rawSet", lambda: {"x": [1]}),
            ("claims", lambda: several(lambda: {"id": "urn:c:1", "mark": _text(chance)})),
            ("claims", lambda: {"mark": [1, 2, 2], "claims": {"mark": "deeper"}}),
            ("mark", lambda: several(anything)),
            ("mark", lambda: [{"mark": {"mark": 1}}, {"mark": {"mark": 1}}, {"mark": {"mark": 2}}]),
            ("weight", lambda: several(lambda: chance.choice([*FIGURES, "1.5", "-2e3"]))),
            ("ratio", lambda: several(lambda: chance.choice([*FIGURES, "1.5"]))),
            (
                "knows",
                lambda: several(
                    lambda: (
                        chance.choice(["urn:k:1", "_:shared", "w:compact", "did:example:9"])
                        if chance.random() < 0.8
                        else node()
                    )
                ),
            ),
            (
                "mood",
                lambda: several(
                    lambda: (
                        chance.choice(["calm", "w:lively", "https://v.example/mood"])
                        if chance.random() < 0.8
                        else node()
                    )
                ),
            ),
            ("anything", lambda: several(anything)),
            ("motto", lambda: several(lambda: _text(chance))),
            ("bare", lambda: several(lambda: _text(chance))),
            ("scroll", lambda: _text(chance)),
            ("byKey", lambda: {"a": {"mark": 1}, "b": [{"mark": 2}]}),
            ("byId", lambda: {"urn:i:1": {"mark": 1}, "urn:i:2": [{"mark": 2}]}),
            ("byType", lambda: {"Bench": {"length": 1}, "w:Plain": [{"mark": 2}]}),
            ("partOf", lambda: several(lambda: {"id": "urn:whole:1", "mark": 7})),
            ("tucked", lambda: {"mark": "tucked"}),
            ("drawer", lambda: several(lambda: {"label": _text(chance), "mark": "m"})),
            ("drawer", lambda: _text(chance)),
            ("cabinet", lambda: {"drawer": {"label": "deep", "mark": 1}, "label": "l"}),
            ("cabinet", lambda: {"type": "Bench", "drawer": {"label": "deep"}, "length": 2}),
            ("w:spelled", lambda: several(anything)),
            ("https://vocabulary.example/full", lambda: several(anything)),
            ("mark", lambda: {"id": "_:one", "mark": {"id": "_:two", "mark": {"id": "_:one"}}}),
            (
                "mark",
                lambda: {"type": "Bench", "length": 3, "leg": [{"mark": "a"}, {"mark": "a"}, {"id": "urn:leg:1"}]},
            ),
            ("mark", lambda: {"type": "Bench", "mark": "urn:m:1", "leg": {"@value": "v", "@type": "w:measure"}}),
            ("mark", lambda: {"type": "Vice", "jaw": {"jaw": {"mark": "deep"}}}),
            ("mark", lambda: [{"@value": 1}, {"@value": "1"}, {"@value": True}, {"@value": 1.5, "@type": "w:measure"}]),
            ("mark", lambda: {"@context": [CONTEXT_VC2], "id": "urn:reset:1", "name": "other context"}),
            ("mark", lambda: {"@list": ["a", {"@list": ["b"]}]}),
            ("mark", lambda: {"@set": ["a", "a", "b"]}),
        ]
    )
    return name, make()


def _text(chance: random.Random) -> str:
    return chance.choice(TEXTS) if chance.random() < 0.6 else f"Задание {chance.randrange(50)}"


def _status(chance: random.Random, document: dict[str, Any], *_: Any) -> None:
    index = chance.randrange(131_072)
    document["credentialStatus"] = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": "https://school.example/status/1",
    }
    if chance.random() < 0.5:
        document["credentialStatus"]["id"] = f"https://school.example/status/1#{index}"


def _evidence(chance: random.Random, document: dict[str, Any], *_: Any) -> None:
    document["evidence"] = [
        {"type": ["Evidence"], "name": _text(chance), "narrative": _text(chance)}
        | ({"id": f"https://e.example/{n}"} if chance.random() < 0.5 else {})
        for n in range(chance.randrange(0, 4))
    ]


def _endorsement(chance: random.Random, document: dict[str, Any], *_: Any) -> None:
    document["endorsement"] = [
        {
            "id": f"urn:endorsement:{number}",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "issuer": {"id": "did:web:partner.example", "type": "Profile", "name": _text(chance)},
            "validFrom": "2026-03-19T09:00:00Z",
            "credentialSubject": {
                "id": "urn:uuid:1",
                "type": ["EndorsementSubject"],
                "endorsementComment": _text(chance),
            },
            "proof": proof(chance),
        }
        for number in range(chance.randrange(1, 3))
    ]


def _name(chance: random.Random, document: dict[str, Any], *_: Any) -> None:
    document["name"] = chance.choice(
        [
            _text(chance),
            {"@value": _text(chance), "@language": "ru"},
            {"@value": "اسم", "@language": "ar", "@direction": "rtl"},
            {"@value": "plain", "@direction": "ltr"},
            [{"@value": "Name", "@language": "en-GB"}, {"@value": "Имя", "@language": "ru"}, "Имя", "Имя"],
            [],
            None,
        ]
    )


def _results(chance: random.Random, _document: Any, subject: dict[str, Any], achievement: dict[str, Any]) -> None:
    scale = chance.choice([["с помощью", "по образцу", "самостоятельно", "учит других"], ["A", "B"], ["A", "A"], []])
    count = chance.randrange(1, 4)
    achievement["resultDescription"] = [
        {"type": ["ResultDescription"], "name": _text(chance), "resultType": "RubricScore", "allowedValue": scale}
        | ({"id": f"urn:result:{n}"} if chance.random() < 0.7 else {})
        for n in range(count)
    ]
    subject["result"] = [
        {"type": ["Result"], "resultDescription": f"urn:result:{n}", "value": chance.choice(["A", "B"])}
        for n in range(count)
    ]


def _alignments(chance: random.Random, _document: Any, _subject: Any, achievement: dict[str, Any]) -> None:
    achievement["alignment"] = [
        {
            "type": ["Alignment"],
            "targetName": _text(chance),
            "targetUrl": f"https://skills.example/{chance.randrange(3)}",
        }
        for _ in range(chance.randrange(0, 5))
    ]


def _identifiers(chance: random.Random, _document: Any, subject: dict[str, Any], _achievement: Any) -> None:
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": _text(chance), "identityType": "name"}
        for _ in range(chance.randrange(1, 3))
    ]


def _creator(chance: random.Random, _document: Any, _subject: Any, achievement: dict[str, Any]) -> None:
    achievement["creator"] = {
        "id": "https://school.example/",
        "type": ["Profile"],
        "address": {
            "type": ["Address"],
            "addressLocality": _text(chance),
            "geo": {"type": "GeoCoordinates", "latitude": chance.uniform(-90, 90), "longitude": 49},
        },
        "otherIdentifier": {"type": "IdentifierEntry", "identifier": "1", "identifierType": "nationalIdentityNumber"},
    }
    achievement["image"] = {"id": "https://school.example/i.png", "type": "Image", "caption": _text(chance)}


def _figures(chance: random.Random, _document: Any, subject: dict[str, Any], achievement: dict[str, Any]) -> None:
    subject["creditsEarned"] = chance.choice(FIGURES)
    achievement["creditsAvailable"] = chance.choice([*FIGURES, "3.0"])


def _nameless(chance: random.Random, _document: Any, subject: dict[str, Any], achievement: dict[str, Any]) -> None:
    for target in (subject, achievement):
        if chance.random() < 0.6:
            del target["id"]


def _dates(_chance: random.Random, document: dict[str, Any], subject: dict[str, Any], _achievement: Any) -> None:
    document["validUntil"] = "2036-03-18T09:00:00Z"
    subject["activityStartDate"] = "2026-03-01T17:00:00Z"
    subject["activityEndDate"] = "2026-03-18T16:59:59Z"


_CREDENTIAL_CHANGES = [
    _status,
    _evidence,
    _endorsement,
    _name,
    _results,
    _alignments,
    _identifiers,
    _creator,
    _figures,
    _nameless,
    _dates,
]


def _objects(value: Any) -> list[dict[str, Any]]:
    found = []
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            found.append(item)
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return found


def _shuffled(chance: random.Random, document: dict[str, Any]) -> dict[str, Any]:
    names = list(document)
    chance.shuffle(names)
    return {name: document[name] for name in names}
