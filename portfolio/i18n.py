"""Two languages, complete: message catalogues, plural forms, dates and numbers.

Message ids are English sentences with named gaps (``{name}``), so English needs a catalogue for plural forms only.
Catalogues are ``.po`` files read in memory: nothing has to be compiled before the product runs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from portfolio import resources
from portfolio.errors import Message

LOCALES = ("ru", "en")


@lru_cache
def _catalogue(locale: str) -> Catalog:
    whole = Catalog(locale=locale)
    for path in sorted((resources.catalogues() / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale, abort_invalid=True):
                if message.id:
                    whole[message.id] = message
    return whole


@dataclass(frozen=True)
class Translator:
    """Says English message ids in one language. locale: ``ru`` or ``en``; timezone: for moments, not for dates."""

    locale: str
    timezone: dt.tzinfo

    def gettext(self, message: str, /, **gaps: object) -> str:
        """The sentence in this language, its gaps filled."""
        found = _catalogue(self.locale).get(message)
        text = found.string if found and isinstance(found.string, str) and found.string else message
        return text.format_map(gaps) if gaps else text

    def ngettext(self, singular: str, plural: str, count: int, /, **gaps: object) -> str:
        """The sentence in the plural form for ``count`` (which fills the gap ``{count}``)."""
        return self.plural(singular, plural, count).format_map({**gaps, "count": self.number(count)})

    def plural(self, singular: str, plural: str, count: int) -> str:
        """The plural form for ``count``, its gaps open."""
        catalogue = _catalogue(self.locale)
        found = catalogue.get((singular, plural)) or catalogue.get(singular)
        forms = found.string if found and isinstance(found.string, (tuple, list)) else ()
        index = _plural_index(self.locale, count)
        return forms[index] if index < len(forms) and forms[index] else (singular if count == 1 else plural)

    def say(self, message: Message) -> str:
        """A core's Message in this language; dates and moments among its parameters are written out."""
        return self.gettext(message.text).format_map({key: self.value(value) for key, value in message.params.items()})

    def value(self, value: object) -> object:
        """A parameter as people read it: moments and dates in words, sentences translated, the rest unchanged."""
        if isinstance(value, dt.datetime):
            return self.datetime(value)
        if isinstance(value, dt.date):
            return self.date(value)
        if isinstance(value, Message):
            return self.say(value)
        return value

    def date(self, value: dt.date | dt.datetime) -> str:
        """12 мая 2026 г. / 12 May 2026."""
        if isinstance(value, dt.datetime):
            value = value.astimezone(self.timezone).date()
        return dates.format_date(value, "long", locale=_locale(self.locale))

    def datetime(self, value: dt.datetime) -> str:
        """12 мая 2026 г., 14:02 / 12 May 2026, 14:02, in the school's local time."""
        local = value.astimezone(self.timezone)
        return f"{self.date(local)}, {local:%H:%M}"

    def time(self, value: dt.datetime) -> str:
        """14:02, in the school's local time."""
        return f"{value.astimezone(self.timezone):%H:%M}"

    def period(self, start: dt.date, end: dt.date) -> str:
        """Two dates as one span, or one date when they are equal."""
        if start == end:
            return self.date(start)
        return dates.format_interval(start, end, "yMMMMd", locale=_locale(self.locale))

    def number(self, value: float) -> str:
        """A figure with this language's separators."""
        return numbers.format_decimal(value, locale=_locale(self.locale))


def _locale(locale: str) -> Locale:
    return Locale.parse("en_GB" if locale == "en" else locale)


def _plural_index(locale: str, count: int) -> int:
    # Babel's rules name forms; gettext numbers them in the order one, few, many.
    form = Locale.parse(locale).plural_form(count)
    order = ("one", "few", "many") if locale == "ru" else ("one", "other")
    return order.index(form) if form in order else len(order) - 1


@lru_cache
def translations(locale: str, timezone: dt.tzinfo) -> Translator:
    """The translator for one language and one local time."""
    return Translator(locale if locale in LOCALES else LOCALES[0], timezone)


def negotiate(asked: Mapping[str, float], default: str) -> str:
    """The language for a list of asked-for languages with weights (as in Accept-Language)."""
    best = max(
        ((weight, tag.split("-")[0].lower()) for tag, weight in asked.items() if tag.split("-")[0].lower() in LOCALES),
        default=(0.0, default),
    )
    return best[1] if best[0] > 0 else default
