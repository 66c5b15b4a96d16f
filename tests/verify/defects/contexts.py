"""Contexts that would change what a signed word means (threats #2), each rightly signed over its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portfolio.vc.contexts import CONTEXT_CLR2, CONTEXT_OB3, CONTEXT_OB_EXT, CONTEXT_VC1, CONTEXT_VC2
from tests.unit.vc import samples
from tests.verify.defects import OTHER_WORDS, Case, changed, each

_KNOWN = [CONTEXT_VC2, CONTEXT_OB3]


def _inside(**members: Any) -> dict[str, Any]:
    return changed(credentialSubject={**samples.credential()["credentialSubject"], **members})


def cases() -> Iterator[Case]:
    swap = {
        "role": "https://schema.org/narrative",
        "narrative": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#role",
    }
    arrays: dict[str, Any] = {
        "swapped words": [*_KNOWN, swap],
        "an object alone": swap,
        "a text": CONTEXT_VC2,
        "a figure": [CONTEXT_VC2, 1],
        "nothing": [],
        "null in it": [*_KNOWN, None],
        "another first": [CONTEXT_OB3, CONTEXT_VC2],
        "turned": [CONTEXT_VC2, CONTEXT_OB_EXT, CONTEXT_OB3],
        "the learner record's behind": [CONTEXT_VC2, CONTEXT_OB3, CONTEXT_CLR2],
        "one twice": [CONTEXT_VC2, CONTEXT_VC2, CONTEXT_OB3],
        "both versions": [CONTEXT_VC2, CONTEXT_VC1, CONTEXT_OB3],
        "version 1.1 without its proofs": [CONTEXT_VC1, CONTEXT_OB3],
        "unknown": [*_KNOWN, "https://evil.example/context"],
        "the examples": [*_KNOWN, "https://www.w3.org/ns/credentials/examples/v2"],
        "without its version": [CONTEXT_VC2, "https://purl.imsglobal.org/spec/ob/v3p0/context.json"],
        "http": [CONTEXT_VC2.replace("https", "http"), CONTEXT_OB3],
        "a slash behind": [CONTEXT_VC2 + "/", CONTEXT_OB3],
        "@vocab": [*_KNOWN, {"@vocab": "https://evil.example/#"}],
        "@base": [*_KNOWN, {"@base": "https://evil.example/"}],
        "@import": [*_KNOWN, {"@version": 1.1, "@import": "https://evil.example/context"}],
        "@propagate": [*_KNOWN, {"@propagate": False}],
        "a list in it": [CONTEXT_VC2, [CONTEXT_OB3]],
    }
    yield from each("contexts", OTHER_WORDS, {what: changed(**{"@context": array}) for what, array in arrays.items()})
    yield from each(
        "contexts inside",
        OTHER_WORDS,
        {
            "null": _inside(**{"@context": None}),
            "the same": _inside(**{"@context": _KNOWN}),
            "swapped words": _inside(**{"@context": swap}),
            "in the issuer": changed(issuer={"id": "did:web:polyot.example", "@context": [CONTEXT_VC2]}),
            "in the evidence": changed(evidence=[{"type": ["Evidence"], "@context": _KNOWN}]),
        },
    )
