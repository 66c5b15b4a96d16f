"""What somebody brought, opened where it can do no harm: ``ports.Uploads`` answered by a process for each file.

A text is handed on as it is. Everything else goes to a fresh process of ``uploads_worker`` that sees this one file, may use
little memory and processor time, and can open nothing; whatever happens to it, the process that asked goes on. Starting one
takes about 70 ms for a PDF and 40 ms for a picture, so none is kept waiting and no file can meet another one's remains.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

from portfolio.ports import REFUSALS, Opened

_WORKER: Final = Path(__file__).with_name("uploads_worker.py")
_PARALLEL: Final = 8  # processes at one time, whoever asks
_PER_BATCH: Final = 4  # of them for one batch of files
_SECONDS: Final = 10.0  # for one file; its processor time is bounded more tightly, and the machine may be busy
_PATIENCE: Final = 20.0  # seconds after which no further file of a batch is begun
_LARGEST: Final = 8 * 1024 * 1024
_LARGEST_PDF: Final = 5 * 1024 * 1024
_LARGEST_ANSWER: Final = 24 * 1024 * 1024  # 16 MiB of texts in base64
_WORN_OUT: Final = frozenset(
    -number for number in (getattr(signal, name, None) for name in ("SIGXCPU", "SIGKILL", "SIGABRT")) if number
)


class SandboxedUploads:
    """Opens files, at most ``parallel`` at one time; may be asked from any thread."""

    def __init__(self, *, parallel: int = _PARALLEL) -> None:
        self._slots = threading.BoundedSemaphore(parallel)

    def open(self, files: Sequence[bytes]) -> Sequence[Opened]:
        """What is in each file, in their order. Never raises for what they hold."""
        end = monotonic() + _PATIENCE
        kinds = [kind_of(data) for data in files]
        if all(kind not in _OPENERS for kind in kinds):
            return [_without_opening(kind, data) for kind, data in zip(kinds, files, strict=True)]
        with ThreadPoolExecutor(min(_PER_BATCH, len(files))) as desks:
            return list(desks.map(lambda kind, data: self._one(kind, data, end), kinds, files))

    def _one(self, kind: str, data: bytes, end: float) -> Opened:
        if kind not in _OPENERS or len(data) > (_LARGEST_PDF if kind == "pdf" else _LARGEST):
            return _without_opening(kind, data)
        if not self._slots.acquire(timeout=max(0.0, end - monotonic())):
            return Opened(kind, refusal="busy")
        try:
            return _opened(kind, data)
        finally:
            self._slots.release()


def kind_of(data: bytes) -> str:
    """What the first bytes say that a file is; its name is not asked. One of ``Opened.kind``."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "picture"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return "heic"
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:2048]
    if start[:1] == b"<":
        beginning = start.lower()
        return (
            "svg" if b"<svg" in beginning or (b"<html" not in beginning and b"<!doctype h" not in beginning) else "page"
        )
    if b"%PDF-" in data[:1024]:
        return "pdf"
    return "text" if b"\0" not in data[:4096] else "other"


_MAGIC: Final = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "picture"),
    (b"PK\x03\x04", "archive"),
)
_OPENERS: Final = frozenset(("pdf", "png", "svg", "picture"))
_NOT_OPENED: Final = {"heic": "heic", "page": "web_page", "archive": "archive", "other": "unknown_kind"}


def _without_opening(kind: str, data: bytes) -> Opened:
    if kind in _NOT_OPENED:
        return Opened("other", refusal=_NOT_OPENED[kind])
    if not data.strip():
        return Opened(kind, refusal="empty")
    if kind != "text" or len(data) > _LARGEST:
        return Opened(kind, refusal="too_large")
    return Opened(kind, texts=(data,))


def _opened(kind: str, data: bytes) -> Opened:
    """Ask a worker of its own. A worker that gives no answer has refused."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-I", os.fspath(_WORKER), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library may quote the file
        bufsize=0,
        cwd="/",
        env={},
        start_new_session=True,  # Ctrl-C is for the command that asked
    )
    assert process.stdin is not None
    assert process.stdout is not None
    watchdog = threading.Timer(_SECONDS, process.kill)
    watchdog.start()
    try:
        with process.stdin as target, suppress(BrokenPipeError):
            _write(target.fileno(), data)
        said = _read(process.stdout.fileno())
        if len(said) > _LARGEST_ANSWER:
            process.kill()
        code = process.wait()
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    return _understood(kind, said, code)


def _write(target: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(target, left) :]


def _read(source: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size <= _LARGEST_ANSWER and (part := os.read(source, 1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _understood(kind: str, said: bytes, code: int) -> Opened:
    """The answer as a value; nothing in it is believed but its form, because a worker may have been taken over."""
    if code in _WORN_OUT:
        return Opened(kind, refusal="exhausting")
    try:
        body = json.loads(said)
        refusal = body.get("refusal")
        if refusal is not None:
            return Opened(kind, refusal=refusal if refusal in REFUSALS else "damaged")
        texts = tuple(base64.b64decode(text, validate=True) for text in body["texts"])
        codes = tuple(str(text) for text in body["codes"])
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError):
        return Opened(kind, refusal="damaged")
    return Opened(kind, texts=texts, codes=codes)
