"""The table of ``docs/interop.md``: every judge asked about every document, and what came of it in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from portfolio.vc import State
from tests.browser.demo_home import DemoHome
from tests.interop import ours, theirs, tokens
from tests.interop.alterations import ALTERATIONS, altered, each_value_changed
from tests.interop.judges import ACCEPTS, REVOKED, DigitalBazaar, Judge, OpenBadges, VerifierCore
from tests.interop.tokens import TOKEN_JUDGES, Jose, PyJwt

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "interop.md"

Document = ours.Document

RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
COLUMNS: Mapping[str, Judge] = {
    "@digitalbazaar/vc, RDFC": DigitalBazaar((RDFC,)),
    "@digitalbazaar/vc, JCS": DigitalBazaar((JCS,)),
    "verifier-core": VerifierCore(),
    "openbadgeslib": OpenBadges(),
}

HEAD = """\
# What other implementations say

Independent verifiers judge what is issued here, and the verifier here judges what independent issuers sign. The tables are made
by a run and held true by a test: `python -m tests.interop` writes this page anew, `pytest tests/interop` compares it.
The judges' network is the documents that they are handed; nothing else of theirs is replaced.
"""


def rendered(home: DemoHome, folder: Path) -> str:
    """The whole page. home: a seeded demo school; folder: an empty one to work in. Raises Unavailable without the judges."""
    parts = [
        HEAD,
        _judges(),
        _judged_here_issued(home, folder),
        _judging(),
        _tokens_judged(),
        _tokens_judging(),
        _leniency(),
    ]
    return "\n".join(parts)


def _judges() -> str:
    rows = [
        (f"`{judge.name}`", judge.version, what)
        for judge, what in (
            (DigitalBazaar(), "from npm, with Digital Bazaar's suites and status lists; asked once for each suite"),
            (VerifierCore(), "from npm, the Digital Credentials Consortium's; `eddsa-rdfc-2022` alone"),
            (OpenBadges(), "from PyPI, with its extra `ldp`; Open Badges under `eddsa-rdfc-2022`, and as JWS"),
            (Jose(), "from npm; JSON Web Signatures, whatever is in them"),
            (PyJwt(), "from PyPI; the same, and the times that claims name"),
        )
    ]
    return _section("The judges", ("judge", "version", "what it is"), rows)


# --- issued here, judged there


def _judged_here_issued(home: DemoHome, folder: Path) -> str:
    documents = {
        "Open Badge under did:key, both proofs": ours.credential(),
        "… `eddsa-rdfc-2022` alone": ours.credential("rdfc"),
        "… `eddsa-jcs-2022` alone": ours.credential("jcs"),
        "EndorsementCredential": ours.endorsement(),
        "learner record (CLR 2.0) of two credentials": ours.learner_record(),
    }
    rows = _rows(documents, ours.DID_KEY_MATERIAL)
    first = documents["Open Badge under did:key, both proofs"]
    rows.append(
        _twins("twins of the first, one value changed in each", each_value_changed(first), ours.DID_KEY_MATERIAL)
    )

    published = ours.published(home)
    exported = ours.exported(home, ["valid", "revoked", "expired", "not_yet_valid"], folder)
    school = "the product's credential under did:web"
    rows += _rows(
        {
            school: exported["valid"],
            "… revoked": exported["revoked"],
            "… expired": exported["expired"],
            "… not yet valid": exported["not_yet_valid"],
        },
        published,
    )
    twins = [altered(exported["valid"], name) for name in ALTERATIONS]
    rows.append(_twins("its tampered twins, both proofs touched where a proof is", twins, published))
    rows += _rows(
        {"it, with another key in the school's DID document": exported["valid"]}, ours.with_another_key(published)
    )
    note = (
        "\n*not its kind*: the judge says that it knows no such suite or document. verifier-core says *refuses* for that too, "
        "and for what is not yet valid.\n"
    )
    return _section("Issued here, judged there", ("document", *COLUMNS), rows) + note


def _rows(documents: Mapping[str, Document], material: Mapping[str, object]) -> list[tuple[str, ...]]:
    words = [[found.word for found in judge.judge([*documents.values()], material)] for judge in COLUMNS.values()]
    return [(name, *column) for name, *column in zip(documents, *words, strict=True)]


def _twins(name: str, twins: Sequence[Document], material: Mapping[str, object]) -> tuple[str, ...]:
    judgements = (judge.judge(twins, material) for judge in COLUMNS.values())
    return (name, *(_refused([found.word not in (ACCEPTS, REVOKED) for found in column]) for column in judgements))


def _refused(refusals: Sequence[bool]) -> str:
    """How many, in tens, so that a value more in a sample is no news."""
    if all(refusals):
        return f"refuses all, {len(refusals) // 10 * 10} and more"
    return f"ACCEPTS {refusals.count(False)}"


# --- issued there, judged here


def _judging() -> str:
    documents = {
        ("`@digitalbazaar/vc`", f"Open Badge, `{RDFC}`"): theirs.digital_bazaar(RDFC),
        ("`@digitalbazaar/vc`", f"Open Badge, `{JCS}`"): theirs.digital_bazaar(JCS),
        ("`@digitalbazaar/vc`", "Open Badge, a set of both"): theirs.digital_bazaar(RDFC, JCS),
        ("`openbadgeslib`", f"Open Badge, `{RDFC}`"): theirs.badge(),
    }
    rows = []
    for (issuer, name), document in documents.items():
        twins = [theirs.state_of(twin, trusted=True) for twin in each_value_changed(document)]
        refused = [state in (State.ALTERED, State.UNREADABLE) for state in twins]
        rows.append(
            (
                issuer,
                name,
                theirs.state_of(document, trusted=False).value,
                theirs.state_of(document, trusted=True).value,
                _refused(refused),
            )
        )
    columns = (
        "issuer",
        "document",
        "here, issuer unknown",
        "here, issuer known",
        "its twins, one value changed in each",
    )
    note = "\nThe words under *here* are the states that `portfolio credential verify --json` knows.\n"
    return _section("Issued there, judged here", columns, rows) + note


# --- JSON Web Signatures


def _tokens_judged() -> str:
    text = tokens.token()
    others = tokens.twins(text)
    first, changed = ["Open Badge under did:key, `vc+jwt`, EdDSA"], ["its twins, one value or header changed in each"]
    for judge in TOKEN_JUDGES.values():
        found, *twins = judge.judge([text, *others])
        first.append(found.word)
        changed.append(_refused([twin.word != ACCEPTS for twin in twins]) if found.word == ACCEPTS else "–")
    note = (
        "\nopenbadgeslib reads the profile of Open Badges 3.0 alone, whose claims repeat what the credential says; "
        "issued here is that of VC-JOSE-COSE.\n"
    )
    return _section("JWS issued here, judged there", ("document", *TOKEN_JUDGES), [first, changed]) + note


def _tokens_judging() -> str:
    rows = []
    for name, (sign, algorithm) in tokens.SIGNERS.items():
        signed = sign(algorithm)
        header, payload, _ = tokens.parts(signed.token)
        twins = [signed.state_here(twin) for twin in tokens.twins(signed.token)]
        rows.append(
            (
                f"`{name.partition(',')[0]}`",
                f"`{header['typ']}`, {algorithm}, {payload['issuer']['id'].rpartition(':')[0]}",
                signed.state_here(trusted=False).value,
                signed.state_here().value,
                _refused([state in (State.ALTERED, State.UNREADABLE) for state in twins]),
            )
        )
    columns = (
        "issuer",
        "token",
        "here, issuer unknown",
        "here, issuer known",
        "its twins, one value or header changed in each",
    )
    return _section("JWS issued there, judged here", columns, rows)


# --- where a judge accepts what is refused here


def _leniency() -> str:
    rows = []
    for place, suite in enumerate((RDFC, JCS)):
        document = ours.credential()
        document["proof"][place]["proofValue"] = document["proof"][1 - place]["proofValue"]
        (row,) = _rows({f"a set in which the `{suite}` proof is broken": document}, ours.DID_KEY_MATERIAL)
        rows.append((*row, ours.state_here(document).value))
    document, forged = ours.credential(), ours.with_anothers_list()
    (row,) = _rows({"a good credential whose status list somebody else signed": document}, forged)
    rows.append((*row, ours.state_here(document, forged).value))
    return _section("Where this verifier is stricter", ("document", *COLUMNS, "here"), rows)


def _section(title: str, columns: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (tuple(columns), *rows)]
    lines.insert(1, "|" + "---|" * len(tuple(columns)))
    return f"## {title}\n\n" + "\n".join(lines) + "\n"
