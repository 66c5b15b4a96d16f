from __future__ import annotations

import json
import time
from typing import Any

import pytest

from portfolio.errors import MalformedValueError, ParsingError
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS, CREDENTIAL_LIMITS, Limits


def refusal(data: bytes | str, limits: Limits = CREDENTIAL_LIMITS) -> ParsingError:
    with pytest.raises(ParsingError) as caught:
        jsontext.loads(data, limits)
    return caught.value


def test_every_kind_of_value_is_read() -> None:
    text = '{"а": [null, true, false, "строка", 7, -0, 2.5, 1e-7, {}], "b": "\\ud83e\\ude9a \\n\\t\\r\\"\\\\\\/"}'
    assert jsontext.loads(text) == {"а": [None, True, False, "строка", 7, 0, 2.5, 1e-7, {}], "b": '🪚 \n\t\r"\\/'}
    assert jsontext.loads(text.encode()) == jsontext.loads(text)


@pytest.mark.parametrize(
    ("text", "value"), [("16.0", 16), ("1e3", 1000), ("-2.50e1", -25), ("-0.0", 0), ("9007199254740991.0", 2**53 - 1)]
)
def test_a_figure_without_fraction_becomes_an_integer(text: str, value: int) -> None:
    found = jsontext.loads(text)
    assert found == value
    assert type(found) is int


def test_doubles_too_large_to_be_exact_integers_stay_doubles() -> None:
    found = jsontext.loads("[9007199254740992.0, 1e21]")
    assert [type(item) for item in found] == [float, float]


@pytest.mark.parametrize("text", ["9007199254740992", "-9007199254740992", "1" * 17, "1" * 400, "[" + "9" * 5000 + "]"])
def test_integers_that_readers_do_not_read_alike_are_refused(text: str) -> None:
    assert "2^53" in refusal(text).detail


def test_the_largest_exact_integers_are_read() -> None:
    assert jsontext.loads("[9007199254740991, -9007199254740991]") == [2**53 - 1, 1 - 2**53]


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
def test_python_s_own_constants_are_refused(text: str) -> None:
    assert "is not JSON" in refusal(text).detail


def test_a_figure_that_overflows_is_refused() -> None:
    assert "too large" in refusal('{"a": 1e999}').detail


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '{"x": [{"a": 1, "b": 2, "\\u0061": 3}]}', '{"": 1, "": 2}'])
def test_a_member_named_twice_is_refused(text: str) -> None:
    error = refusal(text)
    assert "twice" in error.detail
    assert '"a"' not in error.detail


@pytest.mark.parametrize("character", ["\\ud800", "\\udfff", "\\ud800x", "\\udc00\\ud800"])
@pytest.mark.parametrize("shape", ['["{}"]', '{{"{}": 1}}', '{{"a": {{"b": "x{}"}}}}'])
def test_half_of_a_surrogate_pair_is_refused(character: str, shape: str) -> None:
    assert "holds U+D" in refusal(shape.format(character)).detail


def test_a_surrogate_in_python_text_is_refused() -> None:
    assert "surrogate" in refusal('"\ud800"').detail


@pytest.mark.parametrize(
    "escape", ["\\u0000", "\\u0001", "\\b", "\\f", "\\u000b", "\\u001f", "\\u007f", "\\u0080", "\\u0085", "\\u009f"]
)
def test_control_characters_are_refused_with_their_place(escape: str) -> None:
    assert refusal(f'{{"a": [1, {{"b": "x{escape}"}}]}}').path == "$.a[1].b"
    assert refusal(f'{{"a{escape}": 1}}').path == "$"


def test_an_escaped_backslash_before_a_letter_is_no_control_character() -> None:
    assert jsontext.loads(r'"\\u0001 \\b"') == r"\u0001 \b"


@pytest.mark.parametrize("character", ["\x00", "\x01", "\n", "\t", "\x1f"])
def test_raw_control_characters_in_a_string_are_refused(character: str) -> None:
    assert "not JSON" in refusal(f'"a{character}b"').detail


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x85", "\x9b", "\x9f"])
def test_raw_control_characters_that_json_itself_allows_are_refused(character: str) -> None:
    text = f'{{"имя": ["Ёж", "a{character}b"]}}'
    for data in (text, text.encode()):
        assert f"U+{ord(character):04X}" in refusal(data).detail


def test_their_neighbours_are_read() -> None:
    text = "\x7e\xa0\xa1«»\u0180\u2080🪚"
    assert jsontext.loads(f'["{text}"]'.encode()) == [text]


def test_a_long_name_above_many_strings_costs_no_more_than_its_length() -> None:
    text = '{"' + "n" * 4_000_000 + '": ["\\u0041"' + ', "a"' * 200_000 + "]}"
    start = time.process_time()
    assert len(next(iter(jsontext.loads(text, COLLECTION_LIMITS).values()))) == 200_001
    assert time.process_time() - start < 5


@pytest.mark.parametrize("data", [b'\xef\xbb\xbf{"a": 1}', '\ufeff{"a": 1}'])
def test_a_byte_order_mark_is_refused(data: bytes | str) -> None:
    assert "byte order mark" in refusal(data).detail


@pytest.mark.parametrize(
    "data", [b'"\xff"', '{"a": 1}'.encode("utf-16"), b'"\xed\xa0\x80"', b'"\xc0\x80"', "ё".encode("cp1251")]
)
def test_other_encodings_are_refused(data: bytes) -> None:
    assert "UTF-8" in refusal(data).detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[1,]",
        "{'a': 1}",
        '{"a" 1}',
        "[1] [2]",
        "01",
        "+1",
        ".5",
        "1.",
        "nul",
        '"',
        '"\\',
        '"\\"',
        "//x",
        "]",
    ],
)
def test_what_is_not_json_is_refused_with_line_and_column(text: str) -> None:
    assert "line 1" in refusal(text).detail


def test_the_limit_of_bytes_is_of_utf_8() -> None:
    limits = Limits(bytes=10, depth=5, nodes=5)
    assert jsontext.loads('"ёёёё"', limits) == "ёёёё"
    assert "10 bytes" in refusal('"ёёёёё"', limits).detail
    assert "10 bytes" in refusal('"ёёёёё"'.encode(), limits).detail


def test_the_limit_of_depth_is_exact() -> None:
    limits = Limits(bytes=1000, depth=3, nodes=100)
    assert jsontext.loads('[[{"a": 1}], [[]]]', limits) == [[{"a": 1}], [[]]]
    assert "deep" in refusal('[[{"a": [1]}]]', limits).detail


def test_brackets_and_commas_in_strings_do_not_count() -> None:
    limits = Limits(bytes=1000, depth=1, nodes=3)
    assert jsontext.loads(r'["[[[{{{,,,\"[[", "\\"]', limits) == ['[[[{{{,,,"[[', "\\"]


@pytest.mark.parametrize("value", [[1, 2, 3, 4], {"a": 1, "b": [1, 2]}, [[1], [2]], [{"a": {"b": 1}}, 2]])
def test_the_limit_of_nodes_counts_values(value: Any) -> None:
    text = json.dumps(value)
    nodes = _count(value)
    assert jsontext.loads(text, Limits(bytes=1000, depth=9, nodes=nodes)) == value
    assert "values" in refusal(text, Limits(bytes=1000, depth=9, nodes=nodes - 1)).detail


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_count, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_count, value))
    return 1


@pytest.mark.parametrize(
    "text",
    [
        "[" * 2**20,
        '{"a":' * 2**18,
        "[" * 2**18 + "]" * 2**18,
        "[]," * 2**18,
        '["' * 2**18,
        '"' + '\\"' * 2**19,
        '"\\' * 2**19,
        "[" + "1," * 2**19 + "1]",
        '{"a":1,' * 2**17,
        "-" * 2**20,
        "1" * 2**20,
    ],
)
def test_a_mebibyte_of_nonsense_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    refusal(text, CREDENTIAL_LIMITS)
    refusal(text, COLLECTION_LIMITS)
    assert time.process_time() - start < 1


def test_the_limits_are_those_of_the_contract() -> None:
    assert (CREDENTIAL_LIMITS.bytes, CREDENTIAL_LIMITS.depth, CREDENTIAL_LIMITS.nodes) == (262_144, 32, 10_000)
    assert (COLLECTION_LIMITS.bytes, COLLECTION_LIMITS.depth, COLLECTION_LIMITS.nodes) == (8_388_608, 48, 300_000)
    assert CREDENTIAL_LIMITS.work(100) == 2_600


def test_dumps_is_compact_utf_8_and_comes_back() -> None:
    value = {"имя": ["Ёж", 1, 2.5, None, True], "🪚": {}}
    data = jsontext.dumps(value)
    assert data == '{"имя":["Ёж",1,2.5,null,true],"🪚":{}}'.encode()
    assert jsontext.loads(data) == value


@pytest.mark.parametrize("value", [object(), {1: 2}, "\ud800", {"a": {1, 2}}, 2**70])
def test_dumps_refuses_what_json_cannot_hold(value: Any) -> None:
    with pytest.raises(MalformedValueError):
        jsontext.dumps(value)
