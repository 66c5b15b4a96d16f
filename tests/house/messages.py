"""Which sentences the product can say, and which of them the Russian catalogue says.

``python -m tests.house.messages`` prints what is missing, left over, double or wrong, and ends with 1 if anything is.
"""

from __future__ import annotations

import ast
import json
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import denormalize, read_po
from jinja2 import Environment, nodes

from tests.house.repository import REPOSITORY

SOURCES = REPOSITORY / "portfolio"
TEMPLATES = REPOSITORY / "templates"
CATALOGUES = SOURCES / "locale"

# Name of the function or class that takes a sentence, and which of its arguments are the sentence and its plural.
MARKERS = {"N_": (0,), "_": (0,), "gettext": (0,), "ngettext": (0, 1), "tell": (1,), "Message": (0,)}
RUSSIAN_FORMS = 3


@dataclass
class Sentence:
    """A sentence in the sources. plural: its plural, where it has one; places: file and line of each use."""

    plural: str | None = None
    places: list[str] = field(default_factory=list)


def sentences() -> dict[str, Sentence]:
    """Every sentence that the sources mark, by its English text."""
    found: dict[str, Sentence] = {}
    for text, plural, place in (*_in_sources(), *_in_templates(), *_in_scripts()):
        sentence = found.setdefault(text, Sentence())
        sentence.plural = sentence.plural or plural
        sentence.places.append(place)
    return found


def _in_sources() -> Iterator[tuple[str, str | None, str]]:
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in MARKERS:
                continue
            arguments = [_literals(node.args[place]) for place in MARKERS[name] if place < len(node.args)]
            place = f"{path.relative_to(REPOSITORY)}:{node.lineno}"
            for text in arguments[0] if arguments else []:
                yield text, arguments[1][0] if len(arguments) > 1 and arguments[1] else None, place


def _literals(node: ast.expr) -> list[str]:
    """The sentences that an argument can be: a literal, or a choice between two."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return []


def _in_templates() -> Iterator[tuple[str, str | None, str]]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for path in sorted(TEMPLATES.rglob("*.html")):
        for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
            name = call.node.name if isinstance(call.node, nodes.Name) else ""
            if name not in MARKERS:
                continue
            arguments = [_constants(call.args[place]) for place in MARKERS[name] if place < len(call.args)]
            place = f"{path.relative_to(REPOSITORY)}:{call.lineno}"
            for text in arguments[0] if arguments else []:
                yield text, arguments[1][0] if len(arguments) > 1 and arguments[1] else None, place


def _in_scripts() -> Iterator[tuple[str, None, str]]:
    """The sentences of our own JavaScript: ``N_("…")``, one literal each."""
    for path in sorted(TEMPLATES.rglob("*.mjs")):
        source = path.read_text("utf-8")
        for found in re.finditer(r"(?<!function )\bN_\((.*)", source):
            literal = re.match(r'"(?:[^"\\]|\\.)*"(?=\))', found[1])
            place = f"{path.relative_to(REPOSITORY)}:{source.count(chr(10), 0, found.start()) + 1}"
            assert literal, f"{place}: not one literal"
            yield json.loads(literal[0]), None, place


def _constants(node: nodes.Expr) -> list[str]:
    if isinstance(node, nodes.Const):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, nodes.CondExpr):
        return _constants(node.expr1) + (_constants(node.expr2) if node.expr2 else [])
    return []


@dataclass(frozen=True)
class Entry:
    """One message of a catalogue file."""

    file: str
    message: Message

    @property
    def text(self) -> str:
        """The English sentence, the singular where there are two."""
        return self.message.id if isinstance(self.message.id, str) else self.message.id[0]

    @property
    def plural(self) -> str | None:
        """The English plural."""
        return None if isinstance(self.message.id, str) else self.message.id[1]

    @property
    def said(self) -> tuple[str, ...]:
        """The translation, or its forms."""
        found = self.message.string
        return (found,) if isinstance(found, str) else tuple(found)


def entries(locale: str) -> list[Entry]:
    """Every message of a language's files."""
    found = []
    for path in files(locale):
        with path.open("rb") as file:
            found += [
                Entry(path.name, message) for message in read_po(file, locale=locale, abort_invalid=True) if message.id
            ]
    return found


def files(locale: str) -> list[Path]:
    """The catalogue files of a language."""
    return sorted((CATALOGUES / locale / "LC_MESSAGES").glob("*.po"))


def missing() -> list[str]:
    """Sentences that Russian does not say, with the first place of each."""
    known = {entry.text: entry for entry in entries("ru")}
    return [
        f"{sentence.places[0]}: {text!r}"
        for text, sentence in sorted(sentences().items())
        if text not in known or (sentence.plural and known[text].plural != sentence.plural)
    ]


def obsolete() -> list[str]:
    """Messages of the catalogues that nothing says any more, those that a tool has crossed out among them."""
    marked = sentences()
    crossed_out = [
        f"{path.name}: {line.strip()}"
        for locale in ("ru", "en")
        for path in files(locale)
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("#~")
    ]
    return crossed_out + [
        f"{entry.file}: {entry.text!r}"
        for locale in ("ru", "en")
        for entry in entries(locale)
        if entry.text not in marked
    ]


def doubled() -> list[str]:
    """Sentences that stand more than once in a language's files."""
    counted: Counter[tuple[str, str]] = Counter()
    for locale in ("ru", "en"):
        for path in files(locale):
            counted.update((locale, text) for text in _written(path))
    return [f"{locale}: {text!r}" for (locale, text), number in counted.items() if number > 1]


def _written(path: Path) -> Iterator[str]:
    """The msgids of a file as they are written: reading it as a catalogue would already have joined doubles."""
    lines: list[str] = []
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        if line.startswith('"') and lines:
            lines.append(line)
            continue
        if lines and (text := denormalize("\n".join(lines))):
            yield text
        lines = [line.removeprefix("msgid ")] if line.startswith("msgid ") else []


def unfit() -> list[str]:
    """Translations that are empty, doubtful, short of a plural form, or whose gaps are not those of the sentence."""
    found = []
    for entry in entries("ru"):
        where = f"{entry.file}: {entry.text!r}"
        gaps = (_gaps(entry.text), _gaps(entry.plural or entry.text))
        if entry.message.fuzzy:
            found.append(f"{where} is marked fuzzy")
        if not all(text.strip() for text in entry.said):
            found.append(f"{where} is not translated")
        elif entry.plural and len(entry.said) != RUSSIAN_FORMS:
            found.append(f"{where} has {len(entry.said)} forms")
        elif any(_gaps(text) not in gaps for text in entry.said):
            found.append(f"{where} has other gaps")
    return found


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def not_english() -> list[str]:
    """Sentences in the sources that have Cyrillic words; a single letter may name a class."""
    return [
        f"{sentence.places[0]}: {text!r}"
        for text, sentence in sentences().items()
        if re.search("[\u0400-\u04ff]{2}", text)
    ]


def unmarked() -> list[str]:
    """Words that stand in a template outside every marked sentence, between tags or in an attribute that is read out."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        # What a program puts in stands as a digit, so that tags stay whole.
        pieces = [
            node.data if isinstance(node, nodes.TemplateData) else "0"
            for output in environment.parse(path.read_text("utf-8")).find_all(nodes.Output)
            for node in output.nodes
        ]
        html = re.sub(r"<(style|script)\b.*?</\1>|<!--.*?-->", "", "".join(pieces), flags=re.DOTALL)
        spoken = re.findall(r'\b(?:alt|title|placeholder|aria-label)="([^"]*)"', html)
        spoken += re.split(r"<[^>]*>", re.sub(r'[\w-]+="[^"]*"', "", html))
        found += [f"{path.relative_to(REPOSITORY)}: {text.strip()!r}" for text in spoken if _words(text) - _NAMES]
    return found


# Names, formats and what stands in both languages as it is.
_NAMES = {"Ориентир", "Orientir", "JSON", "PDF", "QR", "ZIP", "XLSX"}


def _words(text: str) -> set[str]:
    return set(re.findall(r"(?<![&\w])[^\W\d_]{2,}", text))


FINDINGS = {
    "not said in Russian": missing,
    "no longer said": obsolete,
    "said twice": doubled,
    "said wrongly": unfit,
    "not English in the sources": not_english,
    "not marked in a template": unmarked,
}


def main() -> int:
    """Print every finding."""
    worst = 0
    for heading, find in FINDINGS.items():
        found = find()
        print(f"{heading}: {len(found)}")
        for line in found:
            print(f"  {line}")
        worst = worst or int(bool(found))
    return worst


if __name__ == "__main__":
    sys.exit(main())
