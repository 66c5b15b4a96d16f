"""Files as people bring them, and as those make them who mean harm."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pikepdf
from PIL import Image, ImageFilter

from portfolio.adapters.paper import WeasyPrintPaper
from portfolio.adapters.paper_worker import qr_png

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
OB3 = "https://purl.imsglobal.org/ob/v3p0"


def chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    """One PNG chunk. checksum: another one than the right one."""
    right = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", right)


def itxt(text: bytes, *, keyword: bytes = b"openbadgecredential", compressed: bool = False) -> bytes:
    """The data of an iTXt chunk."""
    return keyword + b"\0" + bytes([compressed, 0]) + b"\0\0" + (zlib.compress(text, 9) if compressed else text)


def png(*chunks: bytes, size: tuple[int, int] = (8, 8)) -> bytes:
    """A grey picture with these chunks before its pixels."""
    width, height = size
    pixels = (
        zlib.compress((b"\0" + b"\x80" * width) * height) if width * height <= 1 << 20 else zlib.compress(b"\0" * 99)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG_MAGIC + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def baked_png(text: bytes, *, compressed: bool = False) -> bytes:
    """A picture that carries a credential."""
    return png(chunk(b"iTXt", itxt(text, compressed=compressed)))


def svg(inside: str, *, before: str = "", attributes: str = "") -> bytes:
    """A drawing with this inside."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<svg xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:openbadges="{OB3}" viewBox="0 0 9 9"{attributes}>{inside}<rect width="9" height="9"/></svg>'
    ).encode()


def baked_svg(text: str) -> bytes:
    """A drawing that carries a credential as JSON."""
    return svg(f"<openbadges:credential><![CDATA[{text}]]></openbadges:credential>")


def baked_svg_token(token: str) -> bytes:
    """A drawing that carries a credential as a JWS."""
    return svg(f'<openbadges:credential verify="{token}"/>')


def pdf(attachments: Mapping[str, bytes] | None = None, *, password: str = "") -> bytes:
    """A PDF of one empty page with these attachments."""
    document = pikepdf.new()
    document.add_blank_page()
    for name, data in (attachments or {}).items():
        document.attachments[name] = data
    return saved(document, password=password)


def saved(document: pikepdf.Pdf, *, password: str = "") -> bytes:
    """The bytes of a PDF."""
    target = io.BytesIO()
    document.save(target, encryption=pikepdf.Encryption(owner="o", user=password) if password else False)
    return target.getvalue()


def pdf_bomb(size: int = 1 << 30) -> bytes:
    """An attachment of zeros that is a thousandth of its size as long as it is packed."""
    document = pikepdf.new()
    document.add_blank_page()
    document.attachments["credential.json"] = b"{}"
    stream = pikepdf.Stream(document, b"")
    stream.write(packed_zeros(size), filter=pikepdf.Name.FlateDecode)
    document.attachments["credential.json"].obj.EF.F = stream
    return saved(document)


def packed_zeros(size: int) -> bytes:
    """Zeros, packed."""
    packer = zlib.compressobj(9)
    block = b"0" * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def code_image(text: str, scale: int = 8) -> Image.Image:
    """The QR code of a text, as our paper draws it."""
    code = Image.open(io.BytesIO(qr_png(WeasyPrintPaper(lambda: datetime(2026, 11, 25, tzinfo=UTC)).qr(text))))
    return code.resize((code.width * scale, code.height * scale), Image.Resampling.NEAREST)


def image_bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def screenshot(texts: Sequence[str]) -> bytes:
    """Codes side by side on white."""
    codes = [code_image(text) for text in texts]
    sheet = Image.new("RGB", (sum(code.width for code in codes) + 40, 40 + max(code.height for code in codes)), "white")
    left = 20
    for code in codes:
        sheet.paste(code, (left, 20))
        left += code.width
    return image_bytes(sheet)


def photograph(page: Image.Image, *, turn: float = 9.0, size: tuple[int, int] = (3000, 2250)) -> bytes:
    """A page on a table as a phone sees it: from aside, turned, a little out of focus, in uneven light, as JPEG."""
    chance = random.Random(548)
    page = page.convert("RGB")
    width, height = size
    page = page.resize((height * page.width // page.height, height))
    table = Image.new("RGB", size, (122, 96, 70))
    table.paste(page, ((width - page.width) // 2, 0))
    seen = table.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(122, 96, 70))
    # The far edge of the page is shorter than the near one: what a picture taken from aside shows (a projective map).
    seen = seen.transform(
        size, Image.Transform.PERSPECTIVE, (1.0, 0.08, -60.0, 0.0, 1.08, -40.0, 0.0, 0.00004), Image.Resampling.BICUBIC
    )
    seen = seen.filter(ImageFilter.GaussianBlur(1.2))
    light = Image.linear_gradient("L").resize(size).point(lambda level: 120 + level // 3)
    seen = Image.composite(seen, Image.new("RGB", size, (20, 18, 16)), light)
    grain = Image.frombytes("L", (300, 225), chance.randbytes(300 * 225)).resize(size)
    return image_bytes(Image.blend(seen, grain.convert("RGB"), 0.06), "JPEG", quality=70)


def as_text(document: object) -> str:
    """A document as JSON."""
    return json.dumps(document, ensure_ascii=False)
