"""Opens one hostile file and ends: ``python -I uploads_worker.py KIND < file``, with the answer as JSON on stdout.

The process that runs this is the sandbox. It loads what the kind of file needs, gives up memory, processor time and every
further file descriptor (so that it can open neither a file nor a socket), and only then reads the first byte of the file.
It stands on no other module of the product, so that there is little to load. A crash here is an answer like any other.

The answer: ``{"texts": [base64, …], "codes": [text, …]}``, or ``{"refusal": name}`` with a name of ``ports.REFUSALS``.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO
from typing import Any, Final

if sys.platform != "win32":
    import resource

MEMORY: Final = 256 * 1024 * 1024  # bytes of address space, a fifth of which the libraries take
CPU_SECONDS: Final = 2
LARGEST_FILE: Final = 8 * 1024 * 1024
LARGEST_TEXT: Final = 8 * 1024 * 1024  # of one credential or learner record, as the core reads it
LARGEST_BAKED: Final = 256 * 1024  # of one credential inside a picture
MOST_TEXTS: Final = 100
MOST_CODES: Final = 20

OB3_KEYWORD: Final = b"openbadgecredential"  # Open Badges 3.0 §5.3.2.1
OB2_KEYWORD: Final = b"openbadges"  # Open Badges 2.0, baking specification
OB3_NAMESPACE: Final = "https://purl.imsglobal.org/ob/v3p0"  # Open Badges 3.0 §5.3.2.2
OB2_NAMESPACE: Final = "http://openbadges.org"


class Refused(Exception):
    """The file is not opened any further. The argument is a name of ``ports.REFUSALS``."""


class Found:
    """What the file holds: texts that may be credentials, each once, and what its QR codes say."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.codes: list[str] = []

    def add_text(self, text: bytes) -> None:
        """Keep a text. Raises Refused beyond MOST_TEXTS or LARGEST_TEXT bytes in all."""
        if text in self.texts:
            return
        if len(self.texts) >= MOST_TEXTS or sum(map(len, self.texts)) + len(text) > 2 * LARGEST_TEXT:
            raise Refused("crowded")
        self.texts.append(text)


# --- limits


def confine() -> None:
    """Give up, for good, what opening a file does not need. Everything that will run must be loaded before."""
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold what was brought
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # those that are open stay: stdin, stdout, stderr


def inflated(data: bytes, most: int) -> bytes:
    """The bytes of one zlib stream. Raises Refused when there are more than ``most`` of them, or the stream is broken."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(data, most + 1)
    except zlib.error:
        raise Refused("damaged") from None
    if len(text) > most:
        raise Refused("exhausting")
    if not stream.eof:
        raise Refused("damaged")
    return text


# --- PDF


_PDF_NODES: Final = 1000  # of the tree of attachments
_PDF_ATTACHMENTS: Final = 200
_TEXT_NAMES: Final = (".json", ".jsonld", ".jws", ".jwt", ".txt")
_TEXT_TYPES: Final = ("json", "jwt", "application/vc", "application#2fvc")


def open_pdf(data: bytes, found: Found) -> None:
    """ISO 32000-2 §7.11.4: embedded files that may be credentials. What is printed on the pages is not looked at."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
            for name, stream in _attachments(pdf, pikepdf):
                if _may_be_text(name, stream):
                    found.add_text(_attached(stream, pikepdf))
    except pikepdf.PasswordError:
        raise Refused("locked") from None
    except (pikepdf.PikepdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise Refused("damaged") from None  # a file that is not what it claims fails at any of its members
    if not found.texts:
        raise Refused("nothing_inside")


def _attachments(pdf: Any, pikepdf: Any) -> Iterator[tuple[str, Any]]:
    """(name, stream) of each embedded file, from the tree of names and from the catalogue's associated files."""
    specifications = list(_name_tree(pdf.Root, pikepdf))
    associated = pdf.Root.get("/AF")
    if isinstance(associated, pikepdf.Array):
        if len(associated) > _PDF_ATTACHMENTS:
            raise Refused("crowded")
        specifications += list(associated)
    seen: set[tuple[int, int]] = set()
    for specification in specifications:
        if not isinstance(specification, pikepdf.Dictionary):
            continue
        files = specification.get("/EF")
        stream = files.get("/F", files.get("/UF")) if isinstance(files, pikepdf.Dictionary) else None
        if not isinstance(stream, pikepdf.Stream) or stream.objgen in seen:
            continue
        seen.add(stream.objgen)
        yield str(specification.get("/UF", specification.get("/F", ""))), stream


def _name_tree(root: Any, pikepdf: Any) -> Iterator[Any]:
    names = root.get("/Names")
    tree = names.get("/EmbeddedFiles") if isinstance(names, pikepdf.Dictionary) else None
    todo, nodes, count = [tree], 0, 0
    while todo:
        node = todo.pop()
        if not isinstance(node, pikepdf.Dictionary):
            continue
        nodes += 1
        leaves, kids = node.get("/Names"), node.get("/Kids")
        leaves = leaves if isinstance(leaves, pikepdf.Array) else ()
        kids = kids if isinstance(kids, pikepdf.Array) else ()
        count += len(leaves) // 2
        # A tree that leads back into itself ends here too.
        if count > _PDF_ATTACHMENTS or nodes + len(todo) + len(kids) > _PDF_NODES:
            raise Refused("crowded")
        for place in range(1, len(leaves), 2):
            yield leaves[place]
        todo.extend(reversed(list(kids)))


def _may_be_text(name: str, stream: Any) -> bool:
    media_type = str(stream.get("/Subtype", "")).lower()
    return name.lower().endswith(_TEXT_NAMES) or any(part in media_type for part in _TEXT_TYPES)


def _attached(stream: Any, pikepdf: Any) -> bytes:
    """The bytes of an embedded file, plain or deflated; what other filters would unpack to cannot be bounded here."""
    filters = stream.get("/Filter", pikepdf.Array())
    filters = list(filters) if isinstance(filters, pikepdf.Array) else [filters]
    raw = bytes(stream.read_raw_bytes())
    if not filters:
        if len(raw) > LARGEST_TEXT:
            raise Refused("too_large")
        return raw
    if filters != ["/FlateDecode"] or "/DecodeParms" in stream:
        raise Refused("damaged")
    return inflated(raw, LARGEST_TEXT)


# --- PNG


_PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS: Final = 20_000  # a screenshot has one for each 8 KiB of its pixels
_PNG_SIDE_CHUNKS: Final = 64  # that are not pixels


def open_png(data: bytes, found: Found) -> None:
    """A baked badge, of which no pixel is decoded; or any other picture."""
    baked = baked_text(data)
    if baked is None:
        open_picture(data, found)
    else:
        found.add_text(baked)


def baked_text(data: bytes) -> bytes | None:
    """Open Badges 3.0 §5.3.2.1: the text of the one ``iTXt`` chunk with the keyword, or None when there is no such chunk.

    Raises Refused for a chunk whose checksum is wrong or that runs over the end, for two credentials, for one in a chunk of
    another kind, and for a badge of Open Badges 2.0.
    """
    baked: list[bytes] = []
    old = False
    for kind, body in _png_chunks(data):
        keyword, ended, _rest = body[:80].partition(b"\0")
        if kind not in (b"iTXt", b"tEXt", b"zTXt") or not ended:
            continue
        old = old or keyword == OB2_KEYWORD
        if keyword == OB3_KEYWORD:
            if kind != b"iTXt":
                raise Refused("damaged")
            baked.append(body)
    if len(baked) > 1:
        raise Refused("ambiguous")
    if baked:
        return _international_text(baked[0])
    if old:
        raise Refused("old_badge")
    return None


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """PNG (Third Edition) §5.3: type and data of each chunk but the pixels, up to IEND. What follows IEND is no chunk."""
    if not data.startswith(_PNG_MAGIC):
        raise Refused("damaged")
    place, beside = len(_PNG_MAGIC), 0
    for _ in range(_PNG_CHUNKS):
        if len(data) < place + 12:
            raise Refused("damaged")
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data) or zlib.crc32(data[place + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise Refused("damaged")
        if kind == b"IEND":
            return
        if kind != b"IDAT":
            beside += 1
            if beside > _PNG_SIDE_CHUNKS:
                raise Refused("crowded")
            yield kind, data[place + 8 : end - 4]
        place = end
    raise Refused("crowded")


def _international_text(body: bytes) -> bytes:
    """PNG §11.3.3.4: the text of an ``iTXt`` chunk."""
    _keyword, _, rest = body.partition(b"\0")
    if len(rest) < 2 or rest[0] > 1 or rest[1] != 0:
        raise Refused("damaged")
    parts = rest[2:].split(b"\0", 2)  # language tag, translated keyword, text
    if len(parts) != 3:
        raise Refused("damaged")
    if rest[0]:
        return inflated(parts[2], LARGEST_BAKED)
    if len(parts[2]) > LARGEST_BAKED:
        raise Refused("too_large")
    return parts[2]


# --- SVG


def open_svg(data: bytes, found: Found) -> None:
    """Open Badges 3.0 §5.3.2.2: the one ``credential`` element under ``svg``, with JSON inside or a JWS in ``verify``.

    The picture is read as XML and never drawn; one that carries a program is refused all the same.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise Refused("active") from None
    except (ParseError, ValueError, LookupError):
        raise Refused("damaged") from None
    if not isinstance(root.tag, str) or root.tag.rpartition("}")[2] != "svg":
        raise Refused("web_page" if str(root.tag).rpartition("}")[2].lower() == "html" else "unknown_kind")
    everything = [element for element in root.iter() if isinstance(element.tag, str)]
    if any(_acts(element) for element in everything):
        raise Refused("active")
    marked = [element for element in everything if element.tag == f"{{{OB3_NAMESPACE}}}credential"]
    if len(marked) > 1:
        raise Refused("ambiguous")
    if not marked:
        old = any(element.tag == f"{{{OB2_NAMESPACE}}}assertion" for element in everything)
        raise Refused("old_badge" if old else "nothing_inside")
    [element] = marked
    token, inside = element.get("verify"), (element.text or "").strip()
    if element not in list(root) or len(element) or bool(token) == bool(inside):
        raise Refused("ambiguous")
    text = (token or inside).encode()
    if len(text) > LARGEST_BAKED:
        raise Refused("too_large")
    found.add_text(text)


def _acts(element: Any) -> bool:
    """Whether an element is a program, or has one in an attribute."""
    return element.tag.rpartition("}")[2].lower() == "script" or any(
        name.rpartition("}")[2].lower().startswith("on") or value.strip().lower().startswith("javascript:")
        for name, value in element.attrib.items()
    )


# --- pictures


_MOST_PIXELS: Final = 24_000_000  # 72 MB once it is unpacked
_MOST_JPEG_PIXELS: Final = 120_000_000  # unpacked at a fraction of its size
_SIDE: Final = 3000  # pixels; 20 mm of code on a photographed A4 page have 5 of them a module


def open_picture(data: bytes, found: Found) -> None:
    """A photograph or a screenshot: what its QR codes say, each once, in the order in which they were found."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # ``_grey`` has a bound of its own
    try:
        found.codes += _qr_texts(_grey(Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP"))))
    except UnidentifiedImageError:
        raise Refused("damaged") from None
    except (OSError, ValueError, SyntaxError, struct.error, zlib.error):
        raise Refused("damaged") from None  # Pillow has no base class for what a broken file does to it
    if not found.codes:
        raise Refused("no_code")


def _grey(image: Any) -> Any:
    """The picture in shades of grey, on white, at most ``_SIDE`` pixels long. Raises Refused before it would grow too large."""
    from PIL import Image

    if image.width * image.height > (_MOST_JPEG_PIXELS if image.format == "JPEG" else _MOST_PIXELS):
        raise Refused("too_large")
    if image.format == "JPEG":
        image.draft("L", (_SIDE, _SIDE))
        if image.width * image.height > _MOST_PIXELS:
            raise Refused("too_large")
    if image.mode not in ("L", "RGB", "1"):
        image = image.convert("RGBA")
        white = Image.new("L", image.size, 255)
        white.paste(image.convert("L"), mask=image.getchannel("A"))
        image = white
    image = image.convert("L")
    if max(image.size) > _SIDE:
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return image


def _qr_texts(image: Any) -> list[str]:
    import zxingcpp

    read = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    texts = list(dict.fromkeys(code.text.strip() for code in read if code.text.strip()))
    if len(texts) > MOST_CODES:
        raise Refused("crowded")
    return texts


# --- the process


KINDS: Final[dict[str, tuple[Callable[[bytes, Found], None], tuple[str, ...]]]] = {
    "pdf": (open_pdf, ("pikepdf",)),
    "png": (open_png, ("PIL.PngImagePlugin", "zxingcpp")),
    "svg": (open_svg, ("defusedxml.ElementTree",)),
    "picture": (open_picture, ("PIL.JpegImagePlugin", "PIL.WebPImagePlugin", "zxingcpp")),
}
"""How each kind of file is opened, and what must be loaded for it beforehand."""


def load(kind: str) -> None:
    """Load what this kind of file needs, to the last plug-in: once confined, the process can load nothing."""
    for module in KINDS[kind][1]:
        import_module(module)
    if "PIL.Image" in sys.modules:
        sys.modules["PIL.Image"].preinit()


def answer(kind: str, data: bytes) -> dict[str, object]:
    """What is in the file, or why it was not opened."""
    found = Found()
    try:
        KINDS[kind][0](data, found)
    except Refused as refusal:
        return {"refusal": refusal.args[0]}
    except MemoryError:
        return {"refusal": "exhausting"}
    return {"texts": [base64.b64encode(text).decode() for text in found.texts], "codes": found.codes}


def main() -> None:
    """Load, confine, read, answer."""
    kind = sys.argv[1]
    load(kind)
    confine()
    data = sys.stdin.buffer.read(LARGEST_FILE + 1)
    sys.stdout.write(json.dumps(answer(kind, data)))
    sys.stdout.flush()
    os._exit(0)  # nothing is worth tidying up


if __name__ == "__main__":
    main()
