"""Say of everything that somebody brought what it is worth: files of any kind, pasted text, links, printed codes.

Nothing that is brought is stored. A link of this school's own is followed inside the house, and of any other it is said that
it leads elsewhere; only a genuine file of a registered issuer makes this server ask that issuer's host (``services.fetch``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from portfolio.errors import Message
from portfolio.permalinks import normalized_code
from portfolio.ports import Opened, Ports, Uploads
from portfolio.services import links, presented, verify
from portfolio.services.fetch import Allowance
from portfolio.services.offline import NOTHING, Handed
from portfolio.services.refusals import REFUSAL_WORDS
from portfolio.services.setup import find_home
from portfolio.services.verify import CodeCheck, DocumentCheck
from portfolio.vc.open_badges.text import shown_text
from portfolio.vc.validation import EXIT_CODES

MOST_FILES: Final = 20
MOST_BYTES: Final = 32 * 1024 * 1024  # of all files of one visit
MOST_LINES: Final = 20  # codes and links that are typed at once
_MOST_DOCUMENTS: Final = 200  # that are verified in one visit, those inside a learner record not counted
_LONGEST_NAME: Final = 80

# It could not be checked (4), or there is no such record (1): never a pass.
_EXIT_CODES: Final = {
    **{state.value: code for state, code in EXIT_CODES.items()},
    links.NOT_FOUND: 1,
    links.CLOSED: 4,
    links.NOT_OURS: 4,
}

_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\Z")  # RFC 7515 §7.1


@dataclass(frozen=True)
class Brought:
    """A file as it came. name: as its owner calls it, or empty."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Finding:
    """One thing to be said of something that was brought; one file may give several.

    name: of the file, empty for what was typed; kind: text | pdf | png | svg | picture | other, or what was followed: code
    (of a picture) | link; state: of verification, or not_found | closed | not_ours, for which there is no ``check``;
    checked_at: when; advice: what to do next, where the state alone does not say it.
    """

    name: str
    kind: str
    state: str
    reason: Message
    checked_at: datetime
    check: DocumentCheck | CodeCheck | None = None
    advice: Message | None = None

    @property
    def verified(self) -> bool:
        """Whether it is valid; nothing else is."""
        return self.check is not None and self.check.verified

    @property
    def exit_code(self) -> int:
        """What a program that checked this exits with."""
        return _EXIT_CODES[self.state]


def check(
    ports: Ports,
    files: Sequence[Brought],
    typed: str = "",
    *,
    now: datetime | None = None,
    handed: Handed = NOTHING,
    may_fetch: bool = True,
) -> Sequence[Finding]:
    """What each file, and what was typed, is worth, in their order. Never raises for what they hold; nothing is stored.

    typed: the text of a document, or codes and links of this school, one a line; handed: what was handed in with them.
    may_fetch: the hosts of registered issuers may be asked for what is missing, a few times a visit.
    """
    moment = now or ports.now()
    home = find_home(ports)
    allowance = Allowance() if may_fetch else Allowance(0)
    desk = _Desk(
        lambda data: (
            presented.check_file(ports, data, now=moment, brought=handed, allowance=allowance)
            or verify.check_document(ports, data, now=moment, brought=handed, allowance=allowance)
        ),
        moment,
        lambda text: links.follow(ports, home, text, moment) if home else [links.elsewhere(text)],
    )
    return desk.look(ports.uploads, files, typed)


def check_alone(
    uploads: Uploads, files: Sequence[Brought], *, now: datetime, timezone: tzinfo, handed: Handed = NOTHING
) -> Sequence[Finding]:
    """The same without a home: only what a document proves by itself can be known, and every link leads elsewhere."""
    desk = _Desk(
        lambda data: (
            presented.check_file_alone(data, now=now, timezone=timezone, brought=handed)
            or verify.check_alone(data, now=now, timezone=timezone, brought=handed)
        ),
        now,
        lambda text: [links.elsewhere(text)],
    )
    return desk.look(uploads, files, "")


def summary_name(name: str) -> str:
    """The name of a file as a page may show it: without its folders, and without what cannot be seen."""
    name = shown_text(name.replace("\\", "/").rpartition("/")[2]).replace("\n", " ").strip()
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


class _Desk:
    """Where one visit's things are looked at. document: checks one text; follow: says where a link or a code leads."""

    def __init__(
        self,
        document: Callable[[bytes | str], DocumentCheck],
        now: datetime,
        follow: Callable[[str], Sequence[links.Answer]],
    ) -> None:
        self._document = document
        self._now = now
        self._follow = follow
        self._left = _MOST_DOCUMENTS

    def look(self, uploads: Uploads, files: Sequence[Brought], typed: str) -> Sequence[Finding]:
        """Everything, file by file."""
        found: list[Finding] = []
        for file, opened in zip(files, uploads.open([file.data for file in files]) if files else (), strict=True):
            found += self._file(summary_name(file.name), opened)
        if typed.strip():
            found += self._text("", "text", typed.encode("utf-8", "surrogatepass"))
        return tuple(found)

    def _file(self, name: str, opened: Opened) -> list[Finding]:
        if opened.refusal is not None:
            return [self._refused(name, opened.kind, opened.refusal)]
        found = [finding for text in opened.texts for finding in self._text(name, opened.kind, text)]
        found = _without_doubles(found)
        for code in opened.codes:
            found += self._text(name, "code", code.encode("utf-8", "surrogatepass"))
        return found

    def _text(self, name: str, kind: str, data: bytes) -> list[Finding]:
        """A document in JSON, a compact JWS, or links and codes, one a line."""
        try:
            text = data.decode("utf-8").strip()
        except UnicodeDecodeError:
            return [self._refused(name, kind, "unknown_kind")]
        if not text:
            return [self._refused(name, kind, "empty")]
        if _JWS.match(text) and normalized_code(text) is None:
            return [self._checked(name, kind, text)]
        lines = [line.strip() for line in text.splitlines() if line.strip()] if len(text) <= 20_000 else []
        if lines and len(lines) <= MOST_LINES and all(links.is_address(line) for line in lines):
            found: list[Finding] = []
            for line in lines:
                if self._left <= 0:
                    return [*found, self._refused(name, kind, "busy")]
                found += [self._led(name, kind, answer) for answer in self._follow(line)]
            return found
        if kind == "code" and not text.startswith("{"):
            return [self._led(name, kind, links.elsewhere(text))]
        return [self._checked(name, kind, data)]

    def _checked(self, name: str, kind: str, data: bytes | str) -> Finding:
        self._left -= 1
        if self._left < 0:
            return self._refused(name, kind, "busy")
        found = self._document(data)
        return Finding(name, kind, found.state, found.reason, self._now, found)

    def _led(self, name: str, kind: str, answer: links.Answer) -> Finding:
        state, reason, found = answer
        self._left -= 1
        return Finding(name, "link" if kind == "text" else kind, state, reason, self._now, found)

    def _refused(self, name: str, kind: str, refusal: str) -> Finding:
        reason, advice = REFUSAL_WORDS[refusal]
        refused = verify.not_opened(Message(reason), self._now)
        return Finding(name, kind, refused.state, refused.reason, self._now, refused, Message(advice))


def _without_doubles(findings: Sequence[Finding]) -> list[Finding]:
    """A portfolio carries its learner record and each confirmation as well: those that stand in the record are told there."""

    def sums(documents: Iterable[DocumentCheck]) -> set[str]:
        return {document.details["sha256"] for document in documents if "sha256" in document.details}

    checks = [finding.check for finding in findings if isinstance(finding.check, DocumentCheck)]
    inside = sums(inner for document in checks if document.shown for inner in document.nested)
    return [
        finding
        for finding in findings
        if not isinstance(finding.check, DocumentCheck) or finding.check.details.get("sha256") not in inside
    ]
