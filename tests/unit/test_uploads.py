"""Files from strangers: what is in them, and that none of them does harm."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageOps

from portfolio.adapters import uploads as uploads_room
from portfolio.adapters import uploads_worker
from portfolio.adapters.uploads import SandboxedUploads, kind_of
from portfolio.ports import REFUSALS, Opened
from portfolio.services.refusals import REFUSAL_WORDS
from tests.brought_files import (
    OB3,
    baked_png,
    baked_svg,
    baked_svg_token,
    chunk,
    code_image,
    image_bytes,
    itxt,
    packed_zeros,
    pdf,
    pdf_bomb,
    photograph,
    png,
    saved,
    screenshot,
    svg,
)

LINK = "https://portfolio.school548.example/v/k7qm2x9rtpw4zsve"
OTHER = "https://portfo1io.school548.example/v/k7qm2x9rtpw4zsve"
JSON = b'{"type": ["VerifiableCredential"], "name": "\xd0\xaf"}'
SECONDS = 3.0

uploads = SandboxedUploads()


def opened(data: bytes) -> Opened:
    """What is in a file, found in time, by a process that goes on."""
    begun = time.monotonic()
    [found] = uploads.open([data])
    assert time.monotonic() - begun < SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    return found


# --- what people bring


@pytest.mark.parametrize("text", [JSON, b"a.b.c", b"k7qm-2x9r-tpw4-zsve", "https://школа.example/v/x".encode()])
def test_a_text_is_its_own(text: bytes) -> None:
    assert opened(text) == Opened("text", texts=(text,))


def test_a_pdf_with_one_attachment() -> None:
    assert opened(pdf({"credential.json": JSON})) == Opened("pdf", texts=(JSON,))


def test_a_pdf_with_many_gives_each_once_in_their_order() -> None:
    files = {f"{number:02}.json": b'{"n": %d}' % number for number in range(40)}
    found = opened(pdf({**files, "picture.png": png(), "same.json": b'{"n": 7}'}))
    assert found == Opened("pdf", texts=tuple(files.values()))


def test_an_attachment_is_known_by_its_media_type_as_well() -> None:
    document = pikepdf.new()
    document.add_blank_page()
    document.attachments["подтверждение"] = pikepdf.AttachedFileSpec(
        document, JSON, filename="подтверждение", mime_type="application/vc"
    )
    assert opened(saved(document)).texts == (JSON,)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_baked_png(compressed: bool) -> None:
    assert opened(baked_png(JSON, compressed=compressed)) == Opened("png", texts=(JSON,))


def test_a_baked_png_may_carry_other_texts_and_bytes_behind_its_end() -> None:
    other = chunk(b"iTXt", itxt(b"<x:xmpmeta/>", keyword=b"XML:com.adobe.xmp"))
    assert opened(png(other, chunk(b"iTXt", itxt(JSON)), other) + b"behind").texts == (JSON,)


def test_no_pixel_of_a_baked_png_is_decoded() -> None:
    assert opened(png(chunk(b"iTXt", itxt(JSON)), size=(60_000, 60_000))).texts == (JSON,)


def test_a_baked_svg() -> None:
    assert opened(baked_svg(JSON.decode())) == Opened("svg", texts=(JSON,))
    assert opened(baked_svg_token("a.b.c")) == Opened("svg", texts=(b"a.b.c",))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_a_picture_of_a_code(kind: str, mode: str) -> None:
    found = opened(image_bytes(code_image(LINK).convert(mode), kind))
    assert (found.codes, found.texts, found.refusal) == ((LINK,), (), None)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_screenshot_with_a_transparent_ground(mode: str) -> None:
    image = code_image(LINK).convert("RGBA")
    image.putalpha(ImageOps.invert(image.convert("L")))
    assert opened(image_bytes(image.convert(mode))).codes == (LINK,)


@pytest.mark.parametrize("turn", [0.0, 9.0, 94.0, 181.0])
def test_a_photograph_of_a_printed_page(turn: float) -> None:
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(code_image(LINK, 5), (900, 1400))  # 28 mm on A4
    assert opened(photograph(page, turn=turn)).codes == (LINK,)


def test_a_large_photograph_is_made_smaller_before_it_is_unpacked() -> None:
    page = Image.new("L", (9000, 6000), 210)
    page.paste(code_image(LINK, 60), (3000, 2000))
    assert opened(image_bytes(page, "JPEG", quality=40)).codes == (LINK,)


def test_several_codes_in_one_picture() -> None:
    assert set(opened(screenshot([LINK, OTHER, LINK])).codes) == {LINK, OTHER}


# --- what is refused, by name


def bad_checksum() -> bytes:
    return png(chunk(b"iTXt", itxt(JSON), checksum=1))


def recursive_names() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    node = document.make_indirect(pikepdf.Dictionary())
    node.Kids = pikepdf.Array([node, node])
    document.Root.Names = pikepdf.Dictionary(EmbeddedFiles=node)
    return saved(document)


def broad_names() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    leaf = document.make_indirect(pikepdf.Dictionary())
    document.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Kids=pikepdf.Array([leaf] * 5000)))
    return saved(document)


def many_attachments(count: int) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    names = pikepdf.Array()
    for number in range(count):
        stream = document.make_stream(b"%d" % number)
        names.append(pikepdf.String(f"{number:05}"))
        names.append(pikepdf.Dictionary(F=f"{number}.json", EF=pikepdf.Dictionary(F=stream)))
    document.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=names))
    return saved(document)


def xref_loop() -> bytes:
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF"
    return b"%PDF-1.7\n" + table


def filtered_twice() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    document.attachments["credential.json"] = b"{}"
    stream = pikepdf.Stream(document, b"")
    two = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    stream.write(packed_zeros(1 << 20), filter=two)
    document.attachments["credential.json"].obj.EF.F = stream
    return saved(document)


def object_stream_bomb() -> bytes:
    packed = packed_zeros(1 << 30)
    body = b"%%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(
        packed
    )
    body += packed + b"\nendstream\nendobj\n"
    fields = b"".join(struct.pack(">BIB", *entry) for entry in ((0, 0, 0), (1, 9, 0), (2, 1, 0), (1, len(body), 0)))
    table = b"3 0 obj\n<< /Type /XRef /Size 4 /W [1 4 1] /Root 2 0 R /Length %d >>\nstream\n" % len(fields)
    return body + table + fields + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % len(body)


LAUGHS = "".join(f"<!ENTITY {two} '{f'&{one};' * 10}'>" for one, two in zip("abcdefgh", "bcdefghi", strict=True))
BILLION = f"<!DOCTYPE svg [<!ENTITY a 'ha'>{LAUGHS}]>"
XXE = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
CREDENTIAL = "<openbadges:credential>{}</openbadges:credential>"

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "blank": (lambda: b" \n", "empty"),
    "archive": (lambda: b"PK\x03\x04" + b"x" * 99, "archive"),
    "program": (lambda: b"\x7fELF\0\0\0" + b"x" * 99, "unknown_kind"),
    "saved page": (lambda: b"<!doctype html><html><body>Verified</body></html>", "web_page"),
    "photo of an iPhone": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
    "text without end": (lambda: b"[" * (9 << 20), "too_large"),
    # PDF
    "pdf without attachments": (pdf, "nothing_inside"),
    "pdf with other attachments": (lambda: pdf({"a.png": png()}), "nothing_inside"),
    "pdf bomb": (pdf_bomb, "exhausting"),
    "pdf bomb in its own objects": (object_stream_bomb, "damaged"),
    "pdf packed twice": (filtered_twice, "damaged"),
    "pdf with 10,000 attachments": (lambda: many_attachments(10_000), "crowded"),
    "pdf with 150 texts": (lambda: pdf({f"{n}.json": b"%d" % n for n in range(150)}), "crowded"),
    "encrypted pdf": (lambda: pdf({"a.json": JSON}, password="secret"), "locked"),
    "pdf whose tree has a loop": (recursive_names, "crowded"),
    "pdf whose tree is broad": (broad_names, "crowded"),
    "pdf whose table has a loop": (xref_loop, "damaged"),
    "pdf that is only called so": (lambda: b"%PDF-1.7", "damaged"),
    "pdf of noise": (lambda: b"%PDF-1.7\n" + os.urandom(200_000), "damaged"),
    "pdf of six megabytes": (lambda: b"%PDF-1.7\n" + b"\0" * (6 << 20), "too_large"),
    # PNG
    "two credentials in a png": (lambda: png(*[chunk(b"iTXt", itxt(JSON))] * 2), "ambiguous"),
    "a wrong checksum": (bad_checksum, "damaged"),
    "a bomb in a png": (lambda: png(chunk(b"iTXt", itxt(b"0" * (200 << 20), compressed=True))), "exhausting"),
    "a long text in a png": (lambda: baked_png(b"x" * (300 << 10)), "too_large"),
    "an unknown packing": (lambda: png(chunk(b"iTXt", b"openbadgecredential\0\x02\0\0\0{}")), "damaged"),
    "a packed text cut short": (
        lambda: png(chunk(b"iTXt", itxt(JSON * 9, compressed=True)[:-9])),
        "damaged",
    ),
    "a text without its parts": (lambda: png(chunk(b"iTXt", b"openbadgecredential\0\0\0ru")), "damaged"),
    "a credential in another chunk": (lambda: png(chunk(b"tEXt", b"openbadgecredential\0" + JSON)), "damaged"),
    "a chunk beyond the end": (lambda: png()[:-20] + struct.pack(">I", 1 << 31) + b"iTXt", "damaged"),
    "a png without end": (lambda: png(chunk(b"iTXt", itxt(JSON)))[:-12], "damaged"),
    "two hundred chunks": (lambda: png(*[chunk(b"tEXt", b"a\0b")] * 200), "crowded"),
    "an old badge": (lambda: png(chunk(b"iTXt", itxt(b"{}", keyword=b"openbadges"))), "old_badge"),
    # SVG
    "billion laughs": (lambda: svg(CREDENTIAL.format("&i;"), before=BILLION), "active"),
    "a file through an entity": (lambda: svg(CREDENTIAL.format("&x;"), before=XXE), "active"),
    "a document type": (lambda: svg(CREDENTIAL.format("{}"), before="<!DOCTYPE svg>"), "active"),
    "a script": (lambda: svg(CREDENTIAL.format("{}") + "<script>alert(1)</script>"), "active"),
    "an event": (lambda: svg(CREDENTIAL.format("{}"), attributes=' onload="alert(1)"'), "active"),
    "a link that is a program": (lambda: svg(CREDENTIAL.format("{}") + '<a href=" JavaScript:x()"/>'), "active"),
    "two credentials in an svg": (lambda: svg(CREDENTIAL.format("{}") * 2), "ambiguous"),
    "a credential in a group": (lambda: svg(f"<g>{CREDENTIAL.format('{}')}</g>"), "ambiguous"),
    "a text and a token": (
        lambda: svg('<openbadges:credential verify="a.b.c">{}</openbadges:credential>'),
        "ambiguous",
    ),
    "neither text nor token": (lambda: svg("<openbadges:credential/>"), "ambiguous"),
    "an svg without a credential": (lambda: svg(""), "nothing_inside"),
    "an old badge in an svg": (
        lambda: svg('<o:assertion xmlns:o="http://openbadges.org" verify="a.b.c"/>'),
        "old_badge",
    ),
    "a broken svg": (lambda: svg("<openbadges:credential>"), "damaged"),
    "a deep svg": (lambda: svg("<g>" * 100_000 + "</g>" * 100_000), "nothing_inside"),
    "xml of another kind": (lambda: b'<?xml version="1.0"?><note/>', "unknown_kind"),
    "a long text in an svg": (lambda: svg(CREDENTIAL.format("x" * (300 << 10))), "too_large"),
    # pictures
    "a picture without a code": (lambda: image_bytes(Image.new("RGB", (900, 600), "grey"), "JPEG"), "no_code"),
    "noise": (lambda: image_bytes(Image.effect_noise((3000, 2000), 90), "JPEG"), "no_code"),
    "a picture of 3.6 gigapixels": (lambda: png(size=(60_000, 60_000)), "too_large"),
    "a packed picture of 48 megapixels": (lambda: image_bytes(Image.new("L", (8000, 6000))), "too_large"),
    "a jpeg cut short": (lambda: image_bytes(code_image(LINK, 30), "JPEG")[:-9000], "damaged"),
    "a jpeg of noise": (lambda: b"\xff\xd8\xff\xe0" + os.urandom(100_000), "damaged"),
    "a webp of noise": (lambda: b"RIFF\0\0\1\0WEBPVP8 " + os.urandom(100_000), "damaged"),
    "a sheet of thirty codes": (
        lambda: screenshot([LINK[:-2] + f"{number:02}" for number in range(30)]),
        "crowded",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_name_and_in_time(name: str) -> None:
    make, refusal = HOSTILE[name]
    found = opened(make())
    assert (found.refusal, found.texts, found.codes) == (refusal, (), ())


def test_a_pdf_cut_at_every_kilobyte_gives_the_whole_text_or_nothing() -> None:
    whole = pdf({"credential.json": JSON, "noise.bin": os.urandom(30_000)})
    pieces = [whole[:end] for end in range(1000, len(whole), 1000)]
    assert len(pieces) >= 30
    found = uploads.open(pieces)
    assert all(piece.texts in ((), (JSON,)) and (piece.texts or piece.refusal) for piece in found)
    assert opened(whole).texts == (JSON,)


def test_every_refusal_has_its_words() -> None:
    assert set(REFUSAL_WORDS) == REFUSALS
    assert {refusal for _, refusal in HOSTILE.values()} == REFUSALS - {"busy"}


def test_no_byte_behind_the_limits_is_read() -> None:
    assert opened(b"{" + b" " * (8 << 20)).refusal == "too_large"


def test_what_a_file_is_its_bytes_say() -> None:
    assert kind_of(b"junk\n%PDF-1.4") == "pdf"
    assert kind_of("﻿ <svg xmlns='x'/>".encode()) == "svg"
    assert kind_of(b"\0\1\2") == "other"
    assert OB3.startswith("https://")


# --- the sandbox


def confined(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process that was confined as the worker confines itself."""
    folder = Path(uploads_worker.__file__).parent
    preamble = f"import sys, socket, os; sys.path.insert(0, {str(folder)!r}); import uploads_worker as w; w.confine()\n"
    return subprocess.run(
        [sys.executable, "-I", "-c", preamble + program], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    "program",
    ["socket.socket()", "open('/etc/hostname')", "open('/tmp/left-behind', 'w')", "os.pipe()", "os.listdir('/')"],
)
def test_a_confined_process_can_open_nothing(program: str) -> None:
    ended = confined(f"try:\n {program}\nexcept OSError as e:\n print(e.errno)\nelse:\n print('opened')")
    assert ended.stdout.strip() == "24"  # EMFILE


def test_a_confined_process_has_little_memory_and_time() -> None:
    assert "MemoryError" in confined("bytearray(300 << 20)").stderr
    begun = time.monotonic()
    assert confined("while True: pass").returncode in (-24, -9)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("program", "refusal"),
    [
        ("while True: pass", "exhausting"),
        ("import time; time.sleep(60)", "exhausting"),
        ("import os; os.kill(os.getpid(), 11)", "damaged"),
        ("print('[')", "damaged"),
        ("print('[]')", "damaged"),
        ("print('{}')", "damaged"),
        ('print(\'{"texts": 1, "codes": []}\')', "damaged"),
        ('print(\'{"texts": ["\\u0001"], "codes": []}\')', "damaged"),
        ('print(\'{"refusal": "<script>"}\')', "damaged"),
        ("print('{\"refusal\": [1]}')", "damaged"),
        ("print('[' * 50000)", "damaged"),
        ("while True: print('x' * 100000)", "exhausting"),
        ("pass", "damaged"),
    ],
)
def test_a_worker_that_was_taken_over_is_not_believed(
    program: str, refusal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(program)
    monkeypatch.setattr(uploads_room, "_WORKER", worker)
    monkeypatch.setattr(uploads_room, "_SECONDS", 2.0)
    [found] = SandboxedUploads().open([b"%PDF-1.7" + b"x" * (1 << 20)])
    assert (found.refusal, found.texts) == (refusal, ())


def test_the_worker_gets_no_environment_and_no_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import base64, json, os\n"
        'seen = f\'{sorted(set(os.environ) - {"LC_CTYPE"})} {os.getcwd()} {sorted(os.listdir("/proc/self/fd"))[:4]}\'\n'
        "print(json.dumps({'texts': [], 'codes': [seen]}))"
    )
    monkeypatch.setattr(uploads_room, "_WORKER", worker)
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    [found] = SandboxedUploads().open([b"%PDF-1.7"])
    assert found.codes == ("[] / ['0', '1', '2', '3']",)  # the last one is the listing itself


def test_two_hundred_at_once_are_opened_eight_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside them this process goes on with its own work."""
    running, most, lock = 0, 0, threading.Lock()
    real = uploads_room._opened

    def counting(kind: str, data: bytes) -> Opened:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return real(kind, data)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(uploads_room, "_opened", counting)
    door, data = SandboxedUploads(), baked_svg(JSON.decode())
    with ThreadPoolExecutor(200) as crowd:
        asked = [crowd.submit(door.open, [data]) for _ in range(200)]
        slowest = 0.0
        while not all(answer.done() for answer in asked):
            begun = time.monotonic()
            time.sleep(0.01)
            slowest = max(slowest, time.monotonic() - begun)
    answers = [answer.result()[0] for answer in asked]
    assert most <= 8
    assert {answer.refusal for answer in answers} <= {None, "busy"}
    assert sum(answer.texts == (JSON,) for answer in answers) >= 20
    assert slowest < 1.0


def test_whoever_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_room, "_PATIENCE", 0.1)
    door = SandboxedUploads(parallel=1)
    with door._slots:
        assert door.open([pdf({"a.json": JSON})])[0].refusal == "busy"
        assert door.open([JSON])[0].texts == (JSON,)
    assert door.open([pdf({"a.json": JSON})])[0].texts == (JSON,)


def test_no_process_stays_behind() -> None:
    before = {pid for pid in os.listdir("/proc") if pid.isdigit()}
    uploads.open([pdf_bomb(64 << 20), baked_png(JSON), b"%PDF-"] * 3)
    mine = []
    for pid in {pid for pid in os.listdir("/proc") if pid.isdigit()} - before:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            mine.append(pid)
    assert mine == []


def test_an_answer_is_bounded() -> None:
    found = uploads_worker.Found()
    found.add_text(b"x" * (8 << 20))
    with pytest.raises(uploads_worker.Refused):
        found.add_text(b"y" * (9 << 20))
    assert found.texts == [b"x" * (8 << 20)]
