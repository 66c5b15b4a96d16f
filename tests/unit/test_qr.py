from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pytest
import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from portfolio.adapters.paper import QUIET_ZONE, WeasyPrintPaper
from portfolio.errors import TooLarge
from portfolio.permalinks import CODE_ALPHABET, Permalinks
from portfolio.ports import QrCode

paper = WeasyPrintPaper(lambda: datetime(2026, 11, 24, tzinfo=UTC))
LINKS = Permalinks("https://portfolio.school548.example")


def winding(code: QrCode) -> list[list[int]]:
    """The winding number of each module's middle: what SVG's default fill rule looks at."""
    rows = [[0] * code.modules for _ in range(code.modules)]
    assert re.fullmatch(r"(M\d+ \d+([hv]-?\d+)+z)+", code.path)
    for outline in code.path.removesuffix("z").split("z"):
        start_x, start_y, strokes = re.fullmatch(r"M(\d+) (\d+)(.*)", outline).groups()  # type: ignore[union-attr]
        x, y = int(start_x), int(start_y)
        edges = []
        for direction, length in re.findall(r"([hv])(-?\d+)", strokes):
            if direction == "h":
                x += int(length)
            else:
                edges.append((x, y, y + int(length)))
                y += int(length)
        assert x == int(start_x) or y == int(start_y), "an outline closes along a side of modules"
        edges.append((x, y, int(start_y)))
        for edge, top, bottom in edges:
            for row in range(min(top, bottom), max(top, bottom)):
                for column in range(edge, code.modules):
                    rows[row][column] += 1 if bottom < top else -1
    return rows


def picture(code: QrCode, scale: int) -> Image.Image:
    pixels = bytes(0 if dark else 255 for row in winding(code) for dark in row)
    image = Image.frombytes("L", (code.modules, code.modules), pixels)
    return image.resize((code.modules * scale, code.modules * scale), Image.Resampling.NEAREST)


def addresses(count: int) -> list[str]:
    chance = random.Random(548)
    return [LINKS.verification("".join(chance.choices(CODE_ALPHABET, k=16))) for _ in range(count)]


def test_the_path_is_the_librarys_matrix_module_by_module() -> None:
    for address in [*addresses(20), "https://a.example/v/0000000000000000", "x" * 500]:
        code = paper.qr(address)
        library = QRCode[object](error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, mask_pattern=2)
        library.add_data(address, optimize=0)
        numbers = winding(code)
        assert [[number != 0 for number in row] for row in numbers] == library.get_matrix()
        # in a figure of simple outlines both fill rules agree, whichever a program takes
        assert {number for row in numbers for number in row} <= {0, 1}


def test_every_address_is_read_back_from_a_small_picture() -> None:
    for address in addresses(100):
        found = zxingcpp.read_barcodes(picture(paper.qr(address), 3))
        assert [(code.text, code.ec_level) for code in found] == [(address, "M")]


def test_a_verification_address_is_version_4_within_a_quiet_zone_of_four() -> None:
    code = paper.qr(LINKS.verification("k7qm2x9rtpw4zsve"))
    assert code.modules == 33 + 2 * 4
    rows = winding(code)
    border = [row[:4] + row[-4:] for row in rows] + rows[:4] + rows[-4:]
    assert not any(map(any, border))
    assert rows[4][4:11] == [1] * 7  # the corner mark begins right behind it
    assert len(code.path) < 2600


def test_a_text_that_no_code_holds_is_refused() -> None:
    assert paper.qr("x" * 2331).modules == 177 + 2 * 4
    with pytest.raises(TooLarge):
        paper.qr("x" * 2332)


def test_the_same_address_is_drawn_once() -> None:
    assert paper.qr("https://a.example/v/1") is paper.qr("https://a.example/v/1")
