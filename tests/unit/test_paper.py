from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdf
import pypdfium2
import pytest
import zxingcpp
from jinja2 import DictLoader
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps, ImageStat

from portfolio import resources
from portfolio.adapters import paper as paper_room
from portfolio.adapters.paper import WeasyPrintPaper
from portfolio.errors import Unavailable
from portfolio.permalinks import Permalinks, grouped
from portfolio.ports import Attachment, CertificatePaper, PaperCredential, PortfolioPaper, SkillLine
from portfolio.vc.rosette import rosette_path

MADE = datetime(2026, 11, 24, 9, tzinfo=UTC)
LINKS = Permalinks("https://portfolio.school548.example")
SKILLS = (
    SkillLine("S-PUNCT", "Пунктуальность", 3, "самостоятельно", 2, "3 марта 2026 г."),
    SkillLine("S-TEAM", "Работа в команде", 4, "учит других", 5, "14 мая 2026 г."),
    SkillLine("H-ALG", "Следование алгоритму", 1, "с помощью", 1, "9 апреля 2026 г."),
)
# WeasyPrint leaves the profile that PDF/A needs for the garbage collector to close.
in_this_process = pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014.icc:ResourceWarning")
HOSTILE = '<script>alert(1)</script>{{7*7}}{% raw %}url(file:///etc/passwd)"><img src=file:///etc/passwd>&amp;'


@pytest.fixture(scope="module")
def paper() -> Iterator[WeasyPrintPaper]:
    made = WeasyPrintPaper(lambda: MADE)
    reason = made.unavailable()
    if reason is not None:
        pytest.skip(str(reason))
    yield made
    made.close()


@pytest.fixture(scope="module")
def worker(paper: WeasyPrintPaper, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """What runs inside a worker, in this process."""
    folder = tmp_path_factory.mktemp("fonts")
    paper_room._write_fonts_configuration(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONTCONFIG_FILE", str(folder / "fonts.conf"))
        from portfolio.adapters import paper_worker

        paper_worker.press()
    return paper_worker


def credential(number: int = 0, **other: Any) -> PaperCredential:
    digest = hashlib.sha256(str(number).encode()).digest()
    code = digest.hex()[:16]
    url = LINKS.verification(code)
    usual: dict[str, Any] = {
        "title": "Оператор станка с ЧПУ",
        "format_name": "Профессиональная проба",
        "period": "1 сентября – 20 ноября 2026 г.",
        "hours": "16",
        "organisation": "ООО «Завод точной механики»",
        "assessor": "Алевтина Пронина, мастер участка",
        "narrative": "Сам настроил станок по карте наладки и выточил втулку в допуске 0,05 мм.",
        "results": SKILLS[: 1 + number % 3],
        "issued": "24 ноября 2026 г.",
        "valid_until": "",
        "code": grouped(code),
        "url": url,
        "qr": WeasyPrintPaper(lambda: MADE).qr(url),
        "rosette": rosette_path(digest),
    }
    return PaperCredential(**{**usual, **other})


def portfolio(count: int = 3, **other: Any) -> PortfolioPaper:
    usual: dict[str, Any] = {
        "locale": "ru",
        "person": "Снежана Аристархова",
        "school": "МБОУ «Средняя школа № 548»",
        "class_name": "11-А",
        "made": "24 ноября 2026 г.",
        "host": LINKS.host,
        "summary": "3 подтверждения от 2 организаций, 2024–2026",
        "skills": SKILLS if count else (),
        "credentials": [credential(number) for number in range(count)],
        "attachments": [
            Attachment(f"credential-{number}.json", "подтверждение", b'{"n": %d}' % number) for number in range(count)
        ],
    }
    return PortfolioPaper(**{**usual, **other})


def certificate(**other: Any) -> CertificatePaper:
    usual: dict[str, Any] = {
        "locale": "ru",
        "person": "Снежана Аристархова",
        "school": "МБОУ «Средняя школа № 548»",
        "host": LINKS.host,
        "credential": credential(),
        "attachments": [Attachment("credential.json", "подтверждение", b'{"signed": "bytes\\u0000"}\n')],
    }
    return CertificatePaper(**{**usual, **other})


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data), strict=True)


def text_of(data: bytes) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(" ".join(page.extract_text() for page in read(data).pages).split())


def unspaced(text: str) -> str:
    return "".join(text.split())


def rasters(data: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.render(scale=dpi / 72).to_pil() for page in document]
    finally:
        document.close()


def fonts_of(data: bytes) -> set[str]:
    return {
        str(font["/BaseFont"]).split("+")[1]
        for page in read(data).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }


# --- without Pango


def test_this_process_stays_light() -> None:
    check = "import sys, portfolio.adapters.paper; assert 'weasyprint' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_a_machine_without_pango_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_room, "_LIBRARIES", (("libno-such-thing.so.0", "libneither.so.1"),))
    without = WeasyPrintPaper(lambda: MADE)
    reason = without.unavailable()
    assert reason is not None
    assert "apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0" in str(reason)
    for document in (lambda: without.portfolio(portfolio(1)), lambda: without.certificate(certificate())):
        with pytest.raises(Unavailable) as caught:
            document()
        assert caught.value.remedy == reason
    assert without.qr("https://a.example/v/1").modules  # a code needs no Pango


# --- the documents


@pytest.mark.pdf
@pytest.mark.parametrize("dpi", [100, 300])
def test_every_printed_code_leads_to_its_page(paper: WeasyPrintPaper, dpi: int) -> None:
    for document, expected in (
        (paper.portfolio(portfolio(7)), [credential(number).url for number in range(7)]),
        (paper.certificate(certificate()), [credential().url]),
    ):
        found = [code.text for page in rasters(document, dpi) for code in zxingcpp.read_barcodes(page)]
        assert sorted(found) == sorted(expected)
        for url in expected:
            assert grouped(url.rsplit("/", 1)[1]) in text_of(document)
        assert unspaced(text_of(document)).count("Проверяйтетолькона" + LINKS.host) == len(expected)


@pytest.mark.pdf
@pytest.mark.parametrize(("kind", "millimetres"), [("portfolio", 20), ("certificate", 30)])
def test_codes_are_large_enough_to_scan(paper: WeasyPrintPaper, kind: str, millimetres: int) -> None:
    data = paper.portfolio(portfolio(1)) if kind == "portfolio" else paper.certificate(certificate())
    (found,) = zxingcpp.read_barcodes(rasters(data, 254)[0])  # ten pixels a millimetre
    width = found.position.top_right.x - found.position.top_left.x
    assert width >= millimetres * 10 - 1


@pytest.mark.pdf
def test_attachments_come_back_byte_for_byte(paper: WeasyPrintPaper) -> None:
    files = [
        Attachment("clr.json", "Все подтверждения", '{"имя": "ё"}\r\n'.encode()),
        Attachment("a.json", "", bytes(range(256)) * 40, "application/octet-stream"),
        Attachment("b.json", "", b"{}"),
        Attachment("c.json", "the same bytes again", b"{}"),
    ]
    reader = read(paper.portfolio(portfolio(1, attachments=files)))
    assert {name: data for name, (data,) in reader.attachments.items()} == {file.name: file.data for file in files}
    associated = reader.trailer["/Root"]["/AF"]  # type: ignore[index]
    described = [entry.get_object() for entry in associated]
    assert [entry["/UF"] for entry in described] == ["clr.json", "a.json", "b.json", "c.json"]
    assert {entry["/AFRelationship"] for entry in described} == {"/Data"}
    assert [entry["/EF"]["/F"].get_object()["/Subtype"] for entry in described] == [
        "/application/json",
        "/application/octet-stream",
        "/application/json",
        "/application/json",
    ]


@pytest.mark.pdf
def test_it_declares_pdf_a_3u_and_keeps_to_what_can_be_seen_of_it(paper: WeasyPrintPaper) -> None:
    for data in (paper.portfolio(portfolio()), paper.certificate(certificate())):
        reader = read(data)
        root = reader.trailer["/Root"]
        metadata = root["/Metadata"].get_object().get_data()  # type: ignore[index]
        assert b'pdfaid:part="3"' in metadata or b"<pdfaid:part>3</pdfaid:part>" in metadata
        assert b'pdfaid:conformance="U"' in metadata or b"<pdfaid:conformance>U</pdfaid:conformance>" in metadata
        assert root["/OutputIntents"][0]["/DestOutputProfile"].get_data()  # type: ignore[index]
        assert root["/Lang"] == "ru"  # type: ignore[index]
        assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
        assert reader.trailer["/ID"]
        for page in reader.pages:
            for image in page["/Resources"]["/XObject"].values():  # type: ignore[index]
                assert image.get("/Interpolate", False) in (False, pypdf.generic.BooleanObject(False))
            for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
                described = font["/DescendantFonts"][0]["/FontDescriptor"]
                assert described["/FontFile2"].get_data()
                assert font["/ToUnicode"].get_data()
        assert set(reader.metadata or {}) <= {"/Title", "/Author", "/Producer", "/CreationDate", "/ModDate"}
        assert "Снежана Аристархова" in str(reader.metadata.title)  # type: ignore[union-attr]
        assert reader.metadata.creation_date == MADE  # type: ignore[union-attr]


@pytest.mark.pdf
def test_the_same_paper_makes_the_same_bytes(paper: WeasyPrintPaper) -> None:
    assert paper.portfolio(portfolio()) == paper.portfolio(portfolio())


@pytest.mark.pdf
def test_golos_alone_is_embedded_until_another_alphabet_asks_for_more(paper: WeasyPrintPaper) -> None:
    bundled = {"Golos-Text", "Golos-Text-Semi-Bold", "Golos-Text-Bold"}
    assert fonts_of(paper.portfolio(portfolio(2))) == bundled
    assert fonts_of(paper.certificate(certificate())) == bundled
    tatar = "Һәдия Җәлилова, Өмет Ңуриев, Ӱлӹ Ӗҫтер"
    assert fonts_of(paper.certificate(certificate(person=tatar))) == bundled


@pytest.mark.pdf
def test_each_letter_of_the_name_is_drawn_as_itself(paper: WeasyPrintPaper) -> None:
    # Text extraction reads a table beside the glyphs; only the drawing shows what a reader sees.
    data = paper.certificate(certificate(person="Аристархова Gwendolen 1876"))
    dpi = 300
    document = pypdfium2.PdfDocument(data)
    try:
        page = document[0]
        image = page.render(scale=dpi / 72).to_pil().convert("L")
        height, layer = page.get_height(), page.get_textpage()
        index, count = layer.search("Аристархова").get_next()
        assert count == 11
        letters = []
        for place in range(index, index + 30):
            letter = layer.get_text_range(place, 1)
            left, bottom, right, top = layer.get_charbox(place)
            if letter.strip() and len(letters) < 24:
                box = (left, height - top, right, height - bottom)
                letters.append((letter, tuple(round(edge * dpi / 72) for edge in box)))
    finally:
        document.close()
    assert "".join(letter for letter, _ in letters) == "АристарховаGwendolen1876"
    typeface = ImageFont.truetype(resources.templates() / "documents" / "fonts" / "GolosText-Bold.ttf", 100)
    references = {letter: sheet(glyph(letter, typeface)) for letter in "АристарховаGwendolen1876БЖЯщфXYZ0259"}
    for letter, box in letters:
        drawn = sheet(image.crop(box))  # type: ignore[arg-type]
        far = {
            other: ImageStat.Stat(ImageChops.difference(drawn, picture)).mean[0]
            for other, picture in references.items()
        }
        nearest = min(far, key=far.__getitem__)
        assert nearest == letter or {nearest, letter} <= {"о", "o"} or {nearest, letter} <= {"е", "e"}, (
            letter,
            nearest,
        )


def glyph(letter: str, typeface: ImageFont.FreeTypeFont) -> Image.Image:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).text((50, 20), letter, 0, font=typeface)
    return image


def sheet(image: Image.Image) -> Image.Image:
    """The ink of a picture, brought to one size with its proportions beside it."""
    box = ImageOps.invert(image).point(lambda value: value if value > 60 else 0).getbbox()
    assert box is not None, "nothing is drawn here"
    ink = image.crop(box)
    tall = Image.new("L", (64, 64), 255)
    ink.thumbnail((64, 64))
    tall.paste(ImageOps.pad(ink, (64, 64), color=255))
    return tall


@pytest.mark.pdf
def test_a_portfolio_tells_what_was_handed_in(paper: WeasyPrintPaper) -> None:
    text = text_of(paper.portfolio(portfolio(2)))
    for words in (
        "Портфолио навыков",
        "Снежана Аристархова",
        "Класс 11-А",
        "МБОУ «Средняя школа № 548»",
        "Составлено 24 ноября 2026 г.",
        "3 подтверждения от 2 организаций",
        "3 · самостоятельно",
        "2 человека",
        "5 человек",
        "14 мая 2026 г.",
        "Оператор станка с ЧПУ",
        "1 сентября – 20 ноября 2026 г.",
        "ООО «Завод точной механики»",
        "Алевтина Пронина, мастер участка",
        "выточил втулку в допуске 0,05 мм.",
        "Страница 1 из 1",
    ):
        assert words in text, words


@pytest.mark.pdf
def test_the_labels_speak_the_papers_language(paper: WeasyPrintPaper) -> None:
    assert "Page 1 of 1" in text_of(paper.portfolio(portfolio(1, locale="en")))
    english = text_of(paper.certificate(certificate(locale="en")))
    assert f"Check only at {LINKS.host}" in english
    assert "Проверяйте" not in english
    assert read(paper.certificate(certificate(locale="en"))).trailer["/Root"]["/Lang"] == "en"  # type: ignore[index]


@pytest.mark.pdf
def test_an_empty_portfolio_says_so(paper: WeasyPrintPaper) -> None:
    data = paper.portfolio(portfolio(0, summary=""))
    assert "Здесь пока нет подтверждений." in text_of(data)
    assert len(read(data).pages) == 1
    assert not zxingcpp.read_barcodes(rasters(data, 100)[0])


@pytest.mark.pdf
def test_forty_confirmations_stand_whole_and_numbered(paper: WeasyPrintPaper) -> None:
    data = paper.portfolio(portfolio(40))
    pages = [page.extract_text() for page in read(data).pages]
    assert 8 <= len(pages) <= 14
    for number, page in enumerate(pages, 1):
        assert f"Страница {number} из {len(pages)}" in " ".join(page.split())
        # a card never breaks: each title has its code and its last line on the same page
        assert page.count("Оператор станка с ЧПУ") == page.count("Проверяйте только на") == page.count("Выдано")
    found = [code.text for page in rasters(data, 100) for code in zxingcpp.read_barcodes(page)]
    assert sorted(found) == sorted(credential(number).url for number in range(40))


@pytest.mark.pdf
def test_a_certificate_stays_on_one_page_with_everything_on_it(paper: WeasyPrintPaper) -> None:
    sentence = "Сам настроил станок по карте наладки, выточил втулку в допуске и объяснил напарнику чертёж. "
    long = credential(
        title="Оператор станка с числовым программным управлением и наладчик автоматических линий " * 2,
        format_name="Профессиональная проба повышенного уровня с защитой результата перед комиссией",
        narrative=(sentence * 7)[:599] + "Щ",
        organisation="ФГУП «Научно-производственное объединение автоматики и точного машиностроения имени академика»",
        assessor="Константинопольская-Преображенская Аполлинария Святославовна, заместитель начальника отдела",
        results=[replace(line, title=line.title + " в многолюдной мастерской") for line in SKILLS * 3][:8],
    )
    data = paper.certificate(
        certificate(
            person="Преображенская-Константинопольская Аполлинария Святославовна",
            school="Муниципальное бюджетное общеобразовательное учреждение города Новосибирска «Средняя школа № 548»",
            credential=long,
        )
    )
    assert len(read(data).pages) == 1
    words = unspaced(text_of(data))
    for value in (
        long.title,
        long.format_name,
        long.narrative,
        long.organisation,
        long.assessor,
        long.issued,
        long.code,
    ):
        assert unspaced(value) in words
    (page,) = rasters(data, 100)
    assert [code.text for code in zxingcpp.read_barcodes(page)] == [long.url]
    # nothing reaches the frame or the paper's edge: the outer margins are blank but for the two frame lines
    millimetre = 100 / 25.4
    strip = page.convert("L").crop((0, 0, round(8 * millimetre), page.height))
    assert strip.getextrema() == (255, 255)


@pytest.mark.pdf
def test_one_endless_word_does_not_leave_the_page(paper: WeasyPrintPaper) -> None:
    endless = "Ы" * 300
    data = paper.portfolio(portfolio(1, person=endless, credentials=[credential(title=endless, narrative=endless)]))
    for page in rasters(data, 72):
        grey = page.convert("L")
        assert grey.crop((grey.width - 40, 0, grey.width, grey.height)).getextrema() == (255, 255)
    assert unspaced(text_of(data)).count("Ы") >= 900


# --- strangers' words


@pytest.mark.pdf
@in_this_process
def test_hostile_words_are_printed_as_words(worker: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Recorder(worker.Assets):  # type: ignore[misc, name-defined]
        def fetch(self, url: str, headers: object = None) -> object:
            asked.append(url)
            return super().fetch(url)

    monkeypatch.setattr(worker, "Assets", Recorder)
    evil = credential(
        title=HOSTILE,
        format_name=HOSTILE,
        period=HOSTILE,
        hours=HOSTILE,
        organisation=HOSTILE,
        assessor=HOSTILE,
        narrative=HOSTILE,
        issued=HOSTILE,
        code=HOSTILE,
        url=HOSTILE,
        results=[SkillLine(HOSTILE, HOSTILE, 2, HOSTILE, 1, HOSTILE)],
        rosette='M0 0"/><image href="file:///etc/passwd"/><path d="',
    )
    file = Attachment('<link rel=attachment href="file:///etc/passwd">', HOSTILE, b"ours")
    for document in (
        replace(
            portfolio(1),
            person=HOSTILE,
            school=HOSTILE,
            class_name=HOSTILE,
            made=HOSTILE,
            host=HOSTILE,
            summary=HOSTILE,
            skills=[SkillLine(HOSTILE, HOSTILE, 2, HOSTILE, 1, HOSTILE)],
            credentials=[evil],
            attachments=[file],
        ),
        certificate(person=HOSTILE, school=HOSTILE, host=HOSTILE, credential=evil, attachments=[file]),
    ):
        data = worker.press().print(document, MADE)
        assert unspaced(HOSTILE) in unspaced(text_of(data))
        assert "49" not in unspaced(text_of(data)).replace(unspaced(HOSTILE), "")
        assert "root:" not in text_of(data)
        assert list(read(data).attachments.values()) == [[b"ours"]]
        assert all("/Annots" not in page for page in read(data).pages)
    assert {url.split("/")[0] for url in asked} == {
        "orientir:qr",
        "orientir:rosette",
        "orientir:level",
        "orientir:file",
    }


@pytest.mark.pdf
@in_this_process
@pytest.mark.parametrize(
    "html",
    [
        "<img src='file:///etc/passwd'>",
        "<img src='http://127.0.0.1:9/x.png'>",
        "<img src='data:image/png;base64,AAAA'>",
        "<link rel=attachment href='file:///etc/passwd'>",
        "<style>@import url(file:///etc/passwd);</style>",
        "<p style='background: url(https://a.example/x)'>x",
        "<svg><image href='file:///etc/passwd'/></svg>",
        "<style>@font-face { font-family: x; src: url(file:///etc/passwd) }</style>",
    ],
)
def test_a_document_that_asks_for_anything_else_is_not_made(
    worker: ModuleType, html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = worker.Press()
    press._templates.loader = DictLoader({"certificate.html": html})
    with pytest.raises(PermissionError):
        press.print(certificate(), MADE)


@pytest.mark.pdf
@in_this_process
def test_no_character_turns_the_line_around(worker: ModuleType, paper: WeasyPrintPaper) -> None:
    assert worker.printable("Иван\u202eвон\u2066а\u0000б\ud800в\u0085") == "Иванвонабв"
    assert worker.printable("Ӧшки\u0301 \u00ab№\u00bb\n\tה") == "Ӧшки\u0301 \u00ab№\u00bb\n\tה"
    data = paper.certificate(certificate(person="Снежана\u202e авохратсирА"))
    assert "Снежана авохратсирА" in text_of(data)


# --- the processes


def process(_: object = None) -> bytes:
    return str(os.getpid()).encode()


def die(marker: str | None = None) -> bytes:
    if marker is not None and Path(marker).exists():
        return b"alive"
    if marker is not None:
        Path(marker).touch()
    os._exit(7)


def devour() -> bytes:
    return bytes(2 << 30)


@pytest.mark.pdf
def test_a_crash_costs_one_more_try_and_a_second_one_is_reported(paper: WeasyPrintPaper, tmp_path: Path) -> None:
    assert paper._pool.run(die, str(tmp_path / "once")) == b"alive"
    with pytest.raises(Unavailable):
        paper._pool.run(die)
    assert paper.certificate(certificate()).startswith(b"%PDF-1.7")


@pytest.mark.pdf
@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no address space")
def test_a_document_may_not_take_all_memory(paper: WeasyPrintPaper) -> None:
    with pytest.raises(Unavailable):
        paper._pool.run(devour)
    assert paper._pool.run(process)


@pytest.mark.pdf
def test_workers_are_replaced_and_nobody_waits_for_ever(paper: WeasyPrintPaper) -> None:
    pool = paper_room._Pool(workers=1, documents=4)
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(pool.run(process)), daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    pool.close()
    assert sorted(answers.count(answer) for answer in set(answers)) == [2, 4, 4]
    assert str(os.getpid()).encode() not in answers


@pytest.mark.pdf
def test_closing_leaves_nothing_behind(paper: WeasyPrintPaper) -> None:
    pool = paper_room._Pool(workers=1, documents=4)
    number = int(pool.run(process))
    folder = Path(pool._folder.name)  # type: ignore[union-attr]
    assert (folder / "fonts.conf").is_file()
    pool.close()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
