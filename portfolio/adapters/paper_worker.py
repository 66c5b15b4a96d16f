"""Draws one document: Jinja writes the HTML, WeasyPrint the PDF/A-3u. For worker processes: importing it loads Pango.

What is printed comes from strangers too (names, narratives), so the HTML is escaped throughout and WeasyPrint may open
nothing but what this module hands it: a document that asks for anything else is not made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import quoteattr

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image, ImageDraw
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portfolio import resources
from portfolio.i18n import translations
from portfolio.ports import CertificatePaper, PortfolioPaper, QrCode

_VARIANT = "pdf/a-3u"
# A certificate is one page: where a long text overflows, it is set again a little smaller.
_SIZES = ("", "snug", "tight", "tighter", "tightest")
# Control characters, lone surrogates, and the characters that turn the reading direction of what follows them (UAX #9 §2).
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_BOX, _GAP = 54, 6  # tenths of a millimetre
_STROKE = re.compile(r"([Mhv])(-?\d+)(?: (\d+))?|z")


class Assets(URLFetcher):  # type: ignore[misc]  # published without type information
    """All that a document may open, by address: (bytes, media type). ``refused`` notes everything else it asked for."""

    def __init__(self, assets: Mapping[str, tuple[bytes, str]]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._assets = assets
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The asset; ``headers`` mean nothing here. Raises PermissionError for anything else, which ends the document."""
        if url not in self._assets:
            self.refused.append(url)
            raise PermissionError("a document may open its own assets only")
        data, media_type = self._assets[url]
        return URLFetcherResponse(url, data, {"Content-Type": media_type})


class Press:
    """The templates, stylesheet and fonts of one process, loaded once."""

    def __init__(self) -> None:
        folder = resources.templates() / "documents"
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=printable,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._fonts = FontConfiguration()
        style = (folder / "document.css").read_text(encoding="utf-8")
        self._levels = {f"orientir:level/{level}": (level_png(level), "image/png") for level in range(5)}
        self._style = CSS(string=style, font_config=self._fonts, url_fetcher=Assets({}))

    def print(self, paper: PortfolioPaper | CertificatePaper, made: datetime) -> bytes:
        """The PDF. made: the moment that dates the file and its attachments. Raises PermissionError as ``Assets`` does."""
        if isinstance(paper, PortfolioPaper):
            name, credentials = "portfolio.html", tuple(paper.credentials)
        else:
            name, credentials = "certificate.html", (paper.credential,)
        cards = [(card, f"orientir:qr/{place}", f"orientir:rosette/{place}") for place, card in enumerate(credentials)]
        files = [(file, f"orientir:file/{place}") for place, file in enumerate(paper.attachments)]
        assets = self._levels | {address: (file.data, file.media_type) for file, address in files}
        for card, qr, rosette in cards:
            assets[qr] = (qr_png(card.qr), "image/png")
            assets[rosette] = (rosette_svg(card.rosette), "image/svg+xml")
        fetcher = Assets(assets)
        made = made.astimezone(UTC)
        options = {
            "pdf_variant": _VARIANT,
            "pdf_tags": True,  # for those who listen to the page
            "cache": {},  # of images; its own for each document, or it would grow with every QR code
            "attachments": [
                Attachment(
                    url=address,
                    url_fetcher=fetcher,
                    name=file.name,
                    description=file.description,
                    created=made,
                    modified=made,
                    relationship="Data",
                )
                for file, address in files
            ],
        }
        translator = translations(paper.locale, UTC)
        template = self._templates.get_template(name)
        created = made.strftime("%Y-%m-%dT%H:%M:%SZ")
        context = {
            "paper": paper,
            "cards": cards,
            "created": created,
            "_": translator.gettext,
            "ngettext": translator.ngettext,
        }
        try:
            for size in _SIZES:
                page = HTML(string=template.render(context, size=size), url_fetcher=fetcher)
                document: Document = page.render(font_config=self._fonts, stylesheets=[self._style], **options)
                if isinstance(paper, PortfolioPaper) or len(document.pages) == 1:
                    break
            data: bytes = document.write_pdf(finisher=_list_attachments_once, **options)
        except FatalURLFetchingError as error:  # a BaseException, which would end the process that runs us
            raise PermissionError("a document asked for something outside itself") from error
        if fetcher.refused:  # and was silently drawn without it
            raise PermissionError("a document asked for something outside itself")
        return data


@cache
def press() -> Press:
    """The press of this process. FONTCONFIG_FILE must be set before this module is imported."""
    return Press()


def printable(value: object) -> object:
    """A value as a template prints it: text loses what cannot be seen and could turn the line around it."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNPRINTABLE.sub("", value)
    return value


def qr_png(code: QrCode) -> bytes:
    """The code as a greyscale PNG of one pixel a module, which a PDF draws faster and smaller than a path."""
    crossings: list[list[int]] = [[] for _ in range(code.modules)]
    x = y = top = 0
    for command, first, second in _STROKE.findall(code.path):
        if command == "h":
            x += int(first)
        elif command == "M":
            x, y = int(first), int(second)
            top = y
        else:
            below = y + int(first) if command == "v" else top  # z goes back to where the outline began
            for row in range(min(y, below), max(y, below)):
                crossings[row].append(x)
            y = below
    pixels = bytearray(b"\xff" * code.modules**2)
    for row, edges in enumerate(crossings):
        for left, right in list(pairwise(sorted(edges)))[::2]:
            start = row * code.modules
            pixels[start + left : start + right] = bytes(right - left)
    file = BytesIO()
    Image.frombytes("L", (code.modules, code.modules), bytes(pixels)).save(file, "PNG")
    return file.getvalue()


def rosette_svg(path: str) -> bytes:
    """The figure as an image of its own, in brass."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f"<path d={quoteattr(path)} fill='none' stroke='#a9741b' stroke-width='.6'/></svg>"
    ).encode()


def level_png(level: int) -> bytes:
    """Four boxes, ``level`` of them filled, in tenths of a millimetre: one image is drawn faster than four boxes."""
    image = Image.new("RGB", (4 * _BOX + 3 * _GAP, 20), "white")
    draw = ImageDraw.Draw(image)
    for place in range(4):
        left = place * (_BOX + _GAP)
        filled = place < level
        draw.rectangle(
            (left, 0, left + _BOX - 1, 19), "#17408b" if filled else None, "#17408b" if filled else "#14171f", 2
        )
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _list_attachments_once(_document: Document, pdf: Any) -> None:
    # WeasyPrint 70 lists each attachment twice in the catalogue's AF array.
    files = pdf.catalog.get("AF")
    if files:
        pdf.catalog["AF"] = type(files)(dict.fromkeys(files))
