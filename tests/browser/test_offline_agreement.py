"""The offline page against the program: whatever the program does not call valid, the page does not call valid either."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from portfolio.errors import ParsingError
from portfolio.services import verifier_file
from portfolio.services.shown import shown
from portfolio.services.verify import limits_of
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS, canonicalize_jcs
from portfolio.vc.jsontext import dumps
from portfolio.vc.multikey import base58btc_encode
from portfolio.vc.open_badges import read_badge
from portfolio.vc.rosette import digest, rosette_path
from portfolio.vc.validation import validate
from portfolio.vc.verification import verify_credential
from portfolio.web import states
from portfolio.web.states import ADVICE, LEVELS, STEPS
from tests.interop.alterations import ALTERATIONS as AS_A_PERSON_MIGHT
from tests.interop.alterations import altered
from tests.unit.vc import samples, test_tamper
from tests.unit.vc.signers import NOW, SCHOOL, STRANGER, foreign
from tests.vectors import test_refused as refused
from tests.verify.mutations import mutants
from tests.verify.specimens import LISTS, MATERIAL, specimens

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Its script is one, so that the page's modules are there by name.
_JUDGE = """async ([texts, now]) => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const vocabulary = new module_contexts.Vocabulary(data.vocabulary);
  const knowledge = { ...data, made: module_dates.parseMoment(data.made), vocabulary };
  const states = [];
  for (const text of texts) {
    const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
    states.push((await module_verify.verifyFile(bytes, knowledge, now)).state);
  }
  return states;
}"""
KNOWN = replace(MATERIAL, trusted={**MATERIAL.trusted, **refused.MATERIAL.trusted})
KNOWN = replace(KNOWN, trusted={did: issuer for did, issuer in KNOWN.trusted.items() if did != STRANGER.did})


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that knows what the verifier of the mutations knows, but for the stranger."""
    known = verifier_file.knowledge(
        KNOWN, made=NOW, school="Школа «Чайка»", zone="Asia/Novosibirsk", lists=LISTS, register={}
    )
    path = tmp_path_factory.mktemp("page") / "verifier.html"
    path.write_text(verifier_file.page(known), "utf-8")
    context = chromium.new_context(offline=True)
    found = context.new_page()
    found.goto(path.as_uri())
    yield found
    context.close()


def in_the_browser(page: Page, texts: list[bytes], now: datetime = NOW) -> list[str]:
    encoded = [base64.b64encode(text).decode("ascii") for text in texts]
    found: list[str] = page.evaluate(_JUDGE, [encoded, now.timestamp() * 1000])
    return found


def in_the_program(text: bytes, now: datetime = NOW) -> str:
    try:
        parsed = jsontext.loads(text, COLLECTION_LIMITS)
    except ParsingError:
        parsed = None
    return validate(verify_credential(text, material=KNOWN, now=now, limits=limits_of(parsed))).state.value


def compared(page: Page, texts: Mapping[str, bytes], now: datetime = NOW) -> dict[str, tuple[str, str]]:
    """Name → (what the program says, what the page says)."""
    said = in_the_browser(page, list(texts.values()), now)
    return {name: (in_the_program(text, now), state) for (name, text), state in zip(texts.items(), said, strict=True)}


def test_tampered_files_are_altered_in_both(page: Page) -> None:
    texts = {}
    for name, alter in test_tamper.ALTERATIONS.items():
        document = json.loads(dumps(test_tamper.SIGNED))
        alter(document)
        texts[name] = dumps(document)
    for name in AS_A_PERSON_MIGHT:
        texts[f"again: {name}"] = dumps(altered(SCHOOL.issue(samples.credential()), name))
    verdicts = compared(page, texts)
    assert len(verdicts) >= 40
    assert {name: said for name, said in verdicts.items() if said != ("altered", "altered")} == {}


def test_files_that_hold_are_valid_in_both(page: Page) -> None:
    sound = {name: dumps(SCHOOL.issue(document)) for name, document in samples.credentials().items()}
    assert set(compared(page, sound).values()) == {("valid", "valid")}


def test_a_stranger_is_not_known_in_either(page: Page) -> None:
    document = STRANGER.issue(foreign())
    changed = {**document, "validFrom": "2026-03-18T09:00:01Z"}
    verdicts = compared(page, {"stranger": dumps(document), "changed": dumps(changed)})
    assert verdicts == {"stranger": ("issuer_unknown", "issuer_unknown"), "changed": ("altered", "altered")}


def test_malformed_files_are_unreadable_in_both(page: Page) -> None:
    """Signed rightly by an issuer who is known, so that the form alone can refuse them."""
    texts = {path.stem: path.read_bytes() for path in sorted(refused.FOLDER.glob("*.json"))}
    verdicts = compared(page, texts, refused.NOW)
    assert len(verdicts) >= 40
    assert {name: said for name, said in verdicts.items() if said != ("unreadable", "unreadable")} == {}
    control = compared(page, {"sound": refused.SOUND.read_bytes()}, refused.NOW)
    assert control == {"sound": ("valid", "valid")}


def test_what_the_browser_calls_valid_the_program_calls_valid(page: Page) -> None:
    """Every kind of document, altered in eight ways at every value."""
    counted: Counter[str] = Counter()
    found = []
    for specimen in specimens():
        altered_ones = list(mutants(specimen.document))
        said = in_the_browser(page, [one.text for one in altered_ones])
        counted.update(said)
        found += [
            f"{specimen.name}: {one.operation} ({one.what}) at {one.path}"
            for one, state in zip(altered_ones, said, strict=True)
            if state == "valid"
            and in_the_program(one.text) != "valid"
            and not _is_other_signature(one.text, specimen.document)
        ]
    assert found == []
    assert counted.total() >= 5_000
    assert counted["altered"] > 0.5 * counted.total(), counted
    assert counted["valid"] > 0, "an order of members that means nothing"


def _is_other_signature(text: bytes, original: Mapping[str, Any]) -> bool:
    """Whether nothing was altered but the signature over the graph, which the page says that it does not check."""
    changed = json.loads(text)
    proofs = [found["proof"] for found in (changed, original)]
    if not all(isinstance(one, list) for one in proofs) or len(proofs[0]) != len(proofs[1]):
        return False

    def rest(document: Mapping[str, Any]) -> Mapping[str, Any]:
        proof = [
            {**one, "proofValue": ""} if one.get("cryptosuite") == "eddsa-rdfc-2022" else one
            for one in document["proof"]
        ]
        return {**document, "proof": proof}

    return rest(changed) == rest(original)


# --- the parts that everything stands on


@pytest.mark.shared
def test_canonical_json_is_that_of_the_published_vectors(page: Page, shared: Path) -> None:
    folder = shared / "vectors" / "jcs"
    names = sorted(path.name for path in (folder / "input").iterdir())
    assert len(names) == 6
    for name in names:
        text = (folder / "input" / name).read_text("utf-8")
        expected = (folder / "output" / name).read_text("utf-8").strip()
        assert page.evaluate("text => module_jcs.canonicalize(JSON.parse(text))", text) == expected, name


@pytest.mark.shared
def test_figures_are_those_of_the_published_vectors(page: Page, shared: Path) -> None:
    vectors = json.loads((shared / "vectors" / "jcs" / "es6-numbers.json").read_bytes())["vectors"]
    assert len(vectors) == 2_132
    written = page.evaluate(
        """bits => bits.map(text => {
          const view = new DataView(new ArrayBuffer(8));
          view.setBigUint64(0, BigInt("0x" + text));
          return module_jcs.canonicalize(view.getFloat64(0));
        })""",
        [vector["ieee754"] for vector in vectors],
    )
    assert written == [vector["json"] for vector in vectors]


TEXTS = (
    *(
        "{}",
        "[]",
        '""',
        "0",
        "-0",
        "-0.0",
        "1.0",
        "1e3",
        "1E+2",
        "1e400",
        "0.1",
        "1e-7",
        "9007199254740991",
        "9007199254740992",
    ),
    *("9007199254740993.0", "1e21", "01", "1.", ".5", "+1", "- 1", "NaN", "Infinity", "true", "tru", "null", "nulll"),
    *(
        '{"a":1}',
        '{"a":1,}',
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        "{1:2}",
        "{'a':1}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1]]",
        "[1",
        '"a',
    ),
    *(
        '"\\u0041"',
        '"\\x41"',
        '"\\u00e9"',
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        '"\\ude00\\ud83d"',
        '"\\u0007"',
        '"\\b"',
        '"\\f"',
    ),
    *(
        '"\\n\\t\\r"',
        '"\\u0000"',
        '"\\u007f"',
        '"\\u0085"',
        '"a\tb"',
        '"a\nb"',
        '"\x7f"',
        '"\u0085"',
        "\ufeff{}",
        "\u00a0{}",
        " \t\r\n{} ",
    ),
    *(
        "/**/{}",
        "{}//",
        '{"__proto__":{"a":1}}',
        '{"constructor":1,"toString":2}',
        '{"":1}',
        '{"\ue000":1,"\U0001f600":2}',
        "[[]]",
    ),
    *(
        "[" * 48 + "]" * 48,
        "[" * 49 + "]" * 49,
        "[" * 33 + "]" * 33,
        "[" + "1," * 9_998 + "1]",
        "[" + "1," * 9_999 + "1]",
    ),
    *(
        json.dumps("x" * (256 * 1024 - 2)),
        json.dumps("x" * (256 * 1024 - 1)),
        '{"type":"ClrCredential","x":[' + "1," * 20_000 + "1]}",
    ),
)


def test_json_is_read_or_refused_as_the_program_does(page: Page) -> None:
    encoded = [text.encode() for text in TEXTS] + [b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b"", b'{"\xd1": 1}']
    expected = []
    for text in encoded:
        try:
            value = jsontext.loads(text, limits_of(jsontext.loads(text, COLLECTION_LIMITS)))
            expected.append(canonicalize_jcs(value).decode())
        except ParsingError:
            expected.append(None)
    found = page.evaluate(
        """texts => texts.map(text => {
          const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
          try { return module_jcs.canonicalize(module_json.readJson(bytes)); }
          catch (error) { if (error instanceof module_reader.Refused) return null; throw error; }
        })""",
        [base64.b64encode(text).decode("ascii") for text in encoded],
    )
    assert dict(zip(encoded, found, strict=True)) == dict(zip(encoded, expected, strict=True))
    assert 20 < expected.count(None) < len(expected) - 20


def test_the_fourteen_keys_of_low_order_are_refused(page: Page) -> None:
    prime = 2**255 - 19
    order_eight = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    low = {y + (sign << 255) for y in (0, 1, prime - 1, order_eight, prime - order_eight) for sign in (0, 1)}
    low |= {y + (sign << 255) for y in (prime, prime + 1) for sign in (0, 1)}
    assert len(low) == 14
    keys = ["z" + base58btc_encode(b"\xed\x01" + number.to_bytes(32, "little")) for number in sorted(low)]
    tried = page.evaluate(
        """keys => keys.map(key => { try { module_keys.decodeMultikey(key); return true; } catch { return false; } })""",
        [*keys, SCHOOL.public.multibase],
    )
    assert tried == [False] * 14 + [True]


def test_facts_and_rosettes_are_those_of_the_program(page: Page) -> None:
    timezone = ZoneInfo("Asia/Novosibirsk")
    documents = [SCHOOL.issue(document) for document in samples.credentials().values()]
    documents += [dict(specimen.document) for specimen in specimens()]
    found = page.evaluate(
        """async texts => Promise.all(texts.map(async text => {
          const facts = await module_facts.readFacts(JSON.parse(text));
          return { ...facts, rosette: module_rosette.rosettePath(facts.fingerprint), fingerprint: null };
        }))""",
        [dumps(document).decode() for document in documents],
    )
    for document, facts in zip(documents, found, strict=True):
        expected = shown(read_badge(document), timezone)
        assert facts["rosette"] == rosette_path(digest(document))
        assert {name: facts[ours] for name, ours in FACTS.items()} == {name: getattr(expected, name) for name in FACTS}
        assert [(one["title"], one["level"], one["name"]) for one in facts["levels"]] == [
            (one.title if one.title != one.code else "", one.level, one.level_name) for one in expected.levels
        ]


FACTS = {
    "title": "title",
    "description": "description",
    "criteria": "criteria",
    "person": "person",
    "issuer": "issuer",
    "assessor": "assessor",
    "assessor_organisation": "organisation",
    "hours": "hours",
    "narrative": "narrative",
    "language": "language",
}


def test_words_are_those_of_the_schools_pages(page: Page) -> None:
    """A state, a step and an advice have one sentence in the whole product."""
    said = set(page.evaluate("Object.keys(JSON.parse(document.getElementById('data').textContent).words)"))
    own = {ADVICE["status_unknown"]}  # the page cannot be asked again later
    assert {*STEPS.values(), *LEVELS.values(), *ADVICE.values()} - own <= said
    assert {states._HEADLINES[state] for state in states._HEADLINES} <= said
