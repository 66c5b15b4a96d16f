"""What docs/formats says of the log is so: every example on those pages is read by the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from portfolio.ledger.entry import canonical, event_entry, parse_entry
from portfolio.ledger.merkle import leaf_hash
from portfolio.ledger.policy import parse_policy
from portfolio.ledger.tlog_proof import verify_tlog_proof

FORMATS = Path(__file__).parents[2] / "docs" / "formats"


def examples(page: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```$", (FORMATS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_entry() -> None:
    entry, event, leaf = examples("log-entry.md")
    said = json.loads(event)
    assert canonical(said) == event.strip().encode()
    made = event_entry("did:web:school.example", bytes(32), said)
    assert bytes(made).hex() == entry.strip()
    assert parse_entry(bytes.fromhex(entry.strip())) == made
    assert leaf_hash(bytes(made)).hex() == leaf.strip()


def test_the_proof_under_the_policy() -> None:
    (proof,), (policy,) = examples("tlog-proof.md"), examples("log-policy.md")
    found = verify_tlog_proof(
        proof.encode(), did="did:web:school.example", digest=bytes(32), policy=parse_policy(policy)
    )
    assert (found.index, found.checkpoint.size, found.quorum) == (1, 3, True)


def test_the_pages_are_one_screen_each() -> None:
    for page in ("log-entry.md", "tlog-proof.md", "log-policy.md"):
        assert len((FORMATS / page).read_text("utf-8").splitlines()) <= 50
