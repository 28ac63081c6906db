"""JSON from outside is parsed within bounds."""

from __future__ import annotations

import json

import pytest

from domain.bounded_json import UnacceptableJson, parse_json


@pytest.mark.parametrize(
    "text",
    ['{"a": [1, 2.5, "x", null, true]}', "[]", '"text"', "17", '{"é": "\\ud83d\\ude00 [[{,:"}'],
)
def test_json_is_read_as_python_reads_it(text: str) -> None:
    assert parse_json(text) == json.loads(text)
    assert parse_json(text.encode()) == json.loads(text)
    assert parse_json(text.encode("utf-16")) == json.loads(text)


def test_what_is_no_number_is_nothing() -> None:
    assert parse_json('{"a": NaN, "b": -Infinity}') == {"a": None, "b": None}
    assert parse_json("[" + "9" * 5_000 + ", 7]") == [None, 7]


def test_a_surrogate_alone_costs_nothing_else() -> None:
    assert parse_json('{"a": "\\ud800", "b": 1}')["b"] == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "isn't JSON"),
        (b"{", "isn't JSON"),
        (b"\xff\xff", "isn't JSON"),
        (b'"' + b"x" * 2_000_000 + b'"', "is larger than 2.0 MB"),
        (b"[" + b"[]," * 300_000 + b"1]", "has too many parts"),
        (b"[" + b"1," * 300_000 + b"1]", "has too many parts"),
        (b"[" * 100 + b"]" * 100, "is nested too deeply"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "isn't JSON|is nested too deeply"),
    ],
)
def test_what_costs_too_much_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(UnacceptableJson, match=why):
        parse_json(data)


def test_nesting_is_counted_in_any_branch() -> None:
    def nested(depth: int) -> str:
        return '{"first": 1, "deep": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"

    assert parse_json(nested(64))
    with pytest.raises(UnacceptableJson, match="deeply"):
        parse_json(nested(65))
