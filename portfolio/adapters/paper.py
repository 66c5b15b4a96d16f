"""PDF and QR codes: ``ports.Paper`` answered by WeasyPrint in processes of their own, and by the qrcode library's matrix.

This module stays light: the web process imports it, and WeasyPrint with Pango is loaded by the workers alone
(``paper_worker``). A worker may crash or be ended by its limits; the process that asked for the document goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

from portfolio import resources
from portfolio.errors import N_, Message, TooLarge, Unavailable
from portfolio.ports import CertificatePaper, PortfolioPaper, QrCode

if sys.platform != "win32":
    import resource

QUIET_ZONE = 4  # modules; ISO/IEC 18004 §6.3.8
_MASK = 2  # one of the eight masks of ISO/IEC 18004 §7.8; comparing all eight costs five times as long

_DOCUMENTS_PER_WORKER = 50
_CPU_SECONDS = 30  # for one document; 40 credentials take a quarter of one
_MEMORY = 1 << 30  # bytes of address space of a worker

# What WeasyPrint opens when it is imported, by its names on Linux, macOS and Windows.
_LIBRARIES = (
    ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "libgobject-2.0-0.dll"),
    ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"),
    ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
)
_REMEDY = "sudo apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0"
_PROBE = """\
import ctypes, sys
for names in sys.argv[1:]:
    for name in names.split(","):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        break
    else:
        sys.exit(1)
"""

# For characters that the bundled typeface does not draw (other alphabets, symbols); where they stand on the usual systems.
_FALLBACK_FONTS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/TTF")


class WeasyPrintPaper:
    """Makes documents in at most ``workers`` processes, which start with the first document and may be asked from any thread.

    now: the clock that dates the files. Processes are replaced after some documents, so that no leak grows.
    """

    def __init__(self, now: Callable[[], datetime], *, workers: int = 2) -> None:
        self._now = now
        self._pool = _Pool(workers, workers * _DOCUMENTS_PER_WORKER)

    def unavailable(self) -> Message | None:
        """Why PDF cannot be made on this machine, with the remedy, or None when it can."""
        return _missing_library(_LIBRARIES)

    def qr(self, text: str) -> QrCode:
        """The QR code of a short address, error correction M. Raises TooLarge beyond 2,331 bytes."""
        return _qr(text)

    def portfolio(self, paper: PortfolioPaper) -> bytes:
        """The PDF/A-3u of a portfolio. Raises Unavailable without Pango, or when a worker failed twice."""
        return self._print(paper)

    def certificate(self, paper: CertificatePaper) -> bytes:
        """The PDF/A-3u of one certificate, on one A4 page. Raises Unavailable without Pango, or when a worker failed twice."""
        return self._print(paper)

    def close(self) -> None:
        """End the worker processes, once they have finished what they are at."""
        self._pool.close()

    def _print(self, paper: PortfolioPaper | CertificatePaper) -> bytes:
        missing = self.unavailable()
        if missing is not None:
            raise Unavailable(remedy=missing)
        return self._pool.run(_print, paper, self._now())


@lru_cache(maxsize=512)
def _qr(text: str) -> QrCode:
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, mask_pattern=_MASK)
    try:
        code.add_data(text, optimize=0)
        matrix = [[bool(module) for module in row] for row in code.get_matrix()]
    except (DataOverflowError, ValueError) as error:  # which of them depends on the library's path to it
        raise TooLarge("a QR code holds at most 2,331 bytes") from error
    return QrCode(len(matrix), _outline(matrix))


def _outline(matrix: Sequence[Sequence[bool]]) -> str:
    """An SVG path around the dark modules: shorter than rectangles, and without the hairlines between them."""
    # Every side between dark and light, directed so that dark lies on its right; holes so run the other way round.
    sides: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if not dark:
                continue
            # the quiet zone around the code is light, so every neighbour exists
            if not matrix[y - 1][x]:
                sides.setdefault((x, y), []).append((1, 0))
            if not row[x + 1]:
                sides.setdefault((x + 1, y), []).append((0, 1))
            if not matrix[y + 1][x]:
                sides.setdefault((x + 1, y + 1), []).append((-1, 0))
            if not row[x - 1]:
                sides.setdefault((x, y + 1), []).append((0, -1))
    parts: list[str] = []
    while sides:
        start = x, y = next(iter(sides))
        parts.append(f"M{x} {y}")
        heading, length = (0, 0), 0
        while (x, y) != start or not length:
            ways = sides[x, y]
            # where two modules touch at a corner, turn right: each keeps an outline of its own
            right = (-heading[1], heading[0])
            way = right if right in ways else ways[0]
            ways.remove(way)
            if not ways:
                del sides[x, y]
            if way != heading:
                parts.append(_stroke(heading, length))
                heading, length = way, 0
            x, y, length = x + way[0], y + way[1], length + 1
        parts.append("z")
    return "".join(parts)


def _stroke(heading: tuple[int, int], length: int) -> str:
    if not length:
        return ""
    return f"h{heading[0] * length}" if heading[0] else f"v{heading[1] * length}"


@cache
def _missing_library(libraries: tuple[tuple[str, ...], ...]) -> Message | None:
    # Asked of a short-lived interpreter: the libraries are opened exactly as WeasyPrint will, and not in this process.
    command = [sys.executable, "-I", "-S", "-c", _PROBE, *(",".join(names) for names in libraries)]
    if subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0:  # noqa: S603 - our own words
        return None
    return Message(
        N_("PDF needs Pango, which this machine lacks. Install it and start again: {command}"), {"command": _REMEDY}
    )


class _Pool:
    """Worker processes, and fresh ones after a crash or after ``documents`` documents.

    The executor's own ``max_tasks_per_child`` would do the same but for a worker that is not replaced when tasks had queued
    (CPython 3.11–3.12), so that the next document waits for ever.
    """

    def __init__(self, workers: int, documents: int) -> None:
        self._workers = workers
        self._documents = documents
        self._lock = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None
        self._left = 0
        self._folder: TemporaryDirectory[str] | None = None

    def run(self, function: Callable[..., bytes], *arguments: object) -> bytes:
        """The function's answer from a worker; one more try when the worker died. Raises Unavailable."""
        for _ in range(2):
            with self._lock:
                executor = self._ready()
                try:
                    future = executor.submit(function, *arguments)
                except BrokenExecutor:  # its workers died while nobody was printing
                    self._executor = None
                    continue
                self._left -= 1
            try:
                return future.result()
            except BrokenExecutor:
                with self._lock:
                    if self._executor is executor:
                        self._executor = None
            except MemoryError as error:
                raise Unavailable(
                    remedy=Message(N_("The document needs more memory than a print worker may have."))
                ) from error
        raise Unavailable(
            remedy=Message(N_("The print worker stopped twice at this document; the log of the server says more."))
        )

    def close(self) -> None:
        """End the workers and remove their folder."""
        with self._lock:
            executor, self._executor = self._executor, None
            folder, self._folder = self._folder, None
        if executor is not None:
            executor.shutdown()
        if folder is not None:
            folder.cleanup()

    def _ready(self) -> ProcessPoolExecutor:
        if self._executor is not None and self._left > 0:
            return self._executor
        if self._executor is not None:
            self._executor.shutdown(wait=False)  # what it has begun it finishes
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="orientir-fonts-")
            _write_fonts_configuration(Path(self._folder.name))
        self._executor = ProcessPoolExecutor(
            self._workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(str(Path(self._folder.name) / "fonts.conf"),),
        )
        self._left = self._documents
        return self._executor


def _write_fonts_configuration(folder: Path) -> None:
    """A configuration that knows the bundled fonts and the fallback alone: the same page on every machine."""
    fonts = [str(resources.templates() / "documents" / "fonts"), *filter(os.path.isdir, _FALLBACK_FONTS)]
    folders = "".join(f"<dir>{escape(path)}</dir>" for path in fonts)
    text = f"<fontconfig>{folders}<cachedir>{escape(str(folder))}</cachedir></fontconfig>"
    (folder / "fonts.conf").write_text('<?xml version="1.0"?>\n' + text, encoding="utf-8")


# --- inside a worker


def _start(fonts_configuration: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which lets this document end
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    os.environ["FONTCONFIG_FILE"] = fonts_configuration
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold what was being printed
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _print(paper: PortfolioPaper | CertificatePaper, made: datetime) -> bytes:
    from portfolio.adapters import paper_worker  # loads WeasyPrint, with the first document of this process

    if sys.platform != "win32":
        usage = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(usage.ru_utime + usage.ru_stime) + _CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    return paper_worker.press().print(paper, made)
