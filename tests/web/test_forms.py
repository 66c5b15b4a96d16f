from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from portfolio.web import forms
from portfolio.web.forms import Form, FormFaults

EARLIEST, LATEST = date(2020, 1, 1), date(2026, 6, 1)


def test_a_form_without_faults_passes_its_check() -> None:
    form = Form({"label": "  Техникум  ", "hours": "12", "start": "2026-05-25", "level": "3", "sure": "1"})
    assert form.text("label", limit=60) == "Техникум"
    assert form.integer("hours", minimum=1, maximum=500) == 12
    assert form.day("start", earliest=EARLIEST, latest=LATEST) == date(2026, 5, 25)
    assert form.choice("level", ("1", "2", "3", "4")) == "3"
    assert form.flag("sure")
    form.check()


def test_every_fault_is_found_in_one_pass_and_what_was_typed_stays() -> None:
    form = Form({"label": "", "hours": "много", "start": "31.02.2026", "level": "9"})
    form.text("label", limit=60)
    form.integer("hours", minimum=1, maximum=500)
    form.day("start", earliest=EARLIEST, latest=LATEST)
    form.choice("level", ("1", "2"))
    with pytest.raises(FormFaults) as caught:
        form.check()
    assert list(form.errors) == ["label", "hours", "start", "level"]
    assert [message.text for message in form.errors.values()] == [
        forms.REQUIRED,
        forms.NOT_A_NUMBER,
        forms.NOT_A_DATE,
        forms.NOT_A_CHOICE,
    ]
    assert form.value("hours") == "много"
    assert "много" not in str(caught.value)  # what people type stays out of technical details


@pytest.mark.parametrize("text", ["25.05.2026", "2026-05-25", " 25.5.2026 "])
def test_a_day_is_read_as_a_date_field_sends_it_and_as_people_write_it(text: str) -> None:
    assert Form({"day": text}).day("day", earliest=EARLIEST, latest=LATEST) == date(2026, 5, 25)


@pytest.mark.parametrize(
    "text", ["2026-13-01", "30.02.2026", "05/25/2026", "٢٠٢٦-٠٥-٢٥", "0000-01-01", "2026-05-25T00:00"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    form = Form({"day": text})
    assert form.day("day", earliest=EARLIEST, latest=LATEST) is None
    assert form.errors["day"].text == forms.NOT_A_DATE


def test_a_day_outside_its_range_is_refused_and_the_range_is_told() -> None:
    form = Form({"day": "2026-06-02"})
    assert form.day("day", earliest=EARLIEST, latest=LATEST) is None
    assert form.errors["day"].params == {"earliest": EARLIEST, "latest": LATEST}


@pytest.mark.parametrize("text", ["0", "501", "-1", "1.5", "1e3", "１２", "٣", "99999999999999999999"])
def test_numbers_outside_their_bounds_or_alphabet_are_refused(text: str) -> None:
    form = Form({"hours": text})
    assert form.integer("hours", minimum=1, maximum=500) is None
    assert "hours" in form.errors


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\u200f", "\u2028", "\ud800"])
def test_invisible_characters_are_refused(character: str) -> None:
    form = Form({"label": f"а{character}б"})
    assert form.text("label", limit=60) == ""
    assert form.errors["label"].text == forms.FORBIDDEN_CHARACTERS


def test_what_office_programs_paste_unseen_is_dropped_and_composed() -> None:
    form = Form({"label": "\ufeffпро\u00adект\tи\u0306\u200b"})
    assert form.text("label", limit=60) == "проект й"
    assert not form.errors


def test_lines_are_kept_where_lines_are_allowed_only() -> None:
    form = Form({"text": "один\r\nдва"})
    assert form.text("text", limit=60, multiline=True) == "один\nдва"
    form.text("text", limit=60)
    assert form.errors["text"].text == forms.FORBIDDEN_CHARACTERS


def test_too_long_a_text_is_told_both_figures() -> None:
    form = Form({"text": "ж" * 61})
    form.text("text", limit=60)
    assert form.errors["text"].params == {"limit": 60, "length": 61}


def test_ticked_ids_come_once_each_and_in_order() -> None:
    form = Form(MultiDict([("pupil", "7"), ("pupil", "3"), ("pupil", "7")]))
    assert form.identifiers("pupil", maximum=5) == (7, 3)


@pytest.mark.parametrize("ticked", [[], ["1", "x"], ["1", "-2"], ["1", "2", "3"], ["9" * 12]])
def test_ticked_ids_that_cannot_be_are_refused(ticked: list[str]) -> None:
    form = Form(MultiDict([("pupil", text) for text in ticked]))
    assert form.identifiers("pupil", maximum=2) == ()
    assert "pupil" in form.errors


def test_the_confirming_word_is_taken_in_any_case_and_nothing_else_is() -> None:
    assert Form({"word": " Отозвать "}).word("word", ("отозвать", "revoke"), shown="отозвать")
    form = Form({"word": "отозват"})
    assert not form.word("word", ("отозвать", "revoke"), shown="отозвать")
    assert form.errors["word"].params == {"word": "отозвать"}


def test_a_password_is_taken_exactly_as_typed() -> None:
    assert Form({"password": "  пароль\u200b "}).secret("password") == "  пароль\u200b "


@pytest.mark.parametrize(("text", "page"), [("3", 3), ("0", 1), ("-1", 1), ("x", 1), ("", 1), ("999999999", 100_000)])
def test_anything_that_is_no_page_is_the_first(text: str, page: int) -> None:
    assert forms.page_number({"page": text}) == page


def test_a_search_is_one_visible_line_of_bounded_length() -> None:
    assert forms.search_text({"q": " Ёл\x00ки\u202eн\n" + "а" * 200}) == "Ёлкин" + "а" * 75
