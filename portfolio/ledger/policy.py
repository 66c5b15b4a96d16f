"""Whose word counts: C2SP tlog-policy, the logs that are known and how many witnesses must have seen a checkpoint.

log example.org/log+f1aa8391+AQOhB7…
witness north north.example+1a2b3c4d+BAbc… https://north.example/witness
witness south south.example+5e6f7a8b+BDef…
group partners 1 north south
quorum partners
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from portfolio.errors import LedgerError
from portfolio.ledger.signed_note import COSIGNATURE, ED25519, NoteKey, decimal, parse_vkey, split_note

NONE = "none"
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Group:
    """So many of its members, which are witnesses or groups, must agree."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """logs: the keys of known logs; witnesses and groups by name; urls: where a witness is asked; quorum: a name or ``none``."""

    logs: tuple[NoteKey, ...]
    witnesses: Mapping[str, NoteKey] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE
    urls: Mapping[str, str] = field(default_factory=dict)

    def log_of(self, note: bytes) -> NoteKey:
        """The known log that a checkpoint names in its first line. LedgerError when there is none."""
        text, _ = split_note(note)
        origin = text.partition("\n")[0]
        for log in self.logs:
            if log.name == origin:
                return log
        raise LedgerError("the checkpoint is that of a log which is not known here")

    def satisfied_by(self, names: Collection[str]) -> bool:
        """Whether cosignatures of these witnesses make the quorum. With ``none``, no witness is asked for: always."""
        return self.quorum == NONE or self._agrees(self.quorum, names)

    def _agrees(self, name: str, names: Collection[str]) -> bool:
        if name in self.witnesses:
            return name in names
        group = self.groups[name]
        return sum(self._agrees(member, names) for member in group.members) >= group.threshold

    def __str__(self) -> str:
        lines = [f"log {log.vkey}" for log in self.logs]
        for name, key in self.witnesses.items():
            lines.append(" ".join(["witness", name, key.vkey, *([self.urls[name]] if name in self.urls else [])]))
        lines += [f"group {name} {group.threshold} {' '.join(group.members)}" for name, group in self.groups.items()]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])


def parse_policy(text: str) -> Policy:
    """Read a policy. LedgerError with the line at fault.

    Names are defined before they are used, once; ``any`` and ``all`` are thresholds; there is exactly one ``quorum``.
    """
    if len(text) > _LONGEST:
        raise LedgerError("the policy is too long")
    logs: list[NoteKey] = []
    witnesses: dict[str, NoteKey] = {}
    groups: dict[str, Group] = {}
    urls: dict[str, str] = {}
    quorum: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        taken = {*witnesses, *groups, NONE}
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                key = _key(vkey, ED25519, number)
                if any(log.name == key.name for log in logs):
                    raise _fault("a log is named twice", number)
                logs.append(key)
            case ["witness", name, vkey, *url] if name not in taken and len(url) <= 1:
                witnesses[name] = _key(vkey, COSIGNATURE, number)
                if url:
                    urls[name] = url[0]
            case ["group", name, threshold, *members] if name not in taken and members:
                groups[name] = Group(_threshold(threshold, len(members), number), tuple(members))
                if len(set(members)) != len(members) or not set(members) <= taken - {NONE}:
                    raise _fault("a group names a member twice, or one that is not known yet", number)
            case ["quorum", name] if quorum is None and name in taken:
                quorum = name
            case _:
                raise _fault("not a line of a policy, or a name that is taken or not known", number)
    if not logs or quorum is None:
        raise LedgerError("a policy names a log and a quorum")
    return Policy(tuple(logs), witnesses, groups, quorum, urls)


def _key(vkey: str, kind: int, number: int) -> NoteKey:
    try:
        key = parse_vkey(vkey)
    except LedgerError as error:
        raise _fault(error.detail, number) from error
    if key.kind != kind:
        raise _fault("a key of the wrong kind", number)
    return key


def _threshold(text: str, members: int, number: int) -> int:
    if text in ("any", "all"):
        return 1 if text == "any" else members
    try:
        threshold = decimal(text)
    except LedgerError as error:
        raise _fault(error.detail, number) from error
    if not 1 <= threshold <= members:
        raise _fault("a threshold that the group cannot reach", number)
    return threshold


def _fault(detail: str, number: int) -> LedgerError:
    return LedgerError(f"line {number} of the policy: {detail}")
