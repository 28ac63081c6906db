"""Personal data are replaced, and what only looks like them stays."""

from __future__ import annotations

import pytest

from domain.personal_data import PersonalData


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("write to Jo.Doe+x@mail.example.co.uk!", "write to person1@example.org!"),
        ("call +49 (30) 123 4567 or 030/1234567", "call [telephone 1] or [telephone 2]"),
        ("(555) 010-4477 is mine", "[telephone 1] is mine"),
        ("<@U012AB3CD>, <@!123456789012345678>, <@U012AB3CD>", "@member1, @member2, @member1"),
        ("thanks @jo.doe", "thanks @member1"),
        ("pay DE89 3704 0044 0532 0130 00 now", "pay [account 1] now"),
        ("card 4111 1111 1111 1111", "card [card 1]"),
        ("server 192.168.10.4 down", "server [machine 1] down"),
    ],
)  # fmt: skip
def test_personal_data_get_stand_ins(text: str, kept: str) -> None:
    personal = PersonalData()
    assert personal.replace_in(text) == kept
    assert personal.replaced
    assert personal.replace_in(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "The Golden Gate Bridge opened on 27 May 1937, 2,737 m long.",
        "IMG_001: title: A stamp of 1920-1925, url: https://example.org/2026/11/26/12345678.jpg",
        "https://a.example/@user/photos/0301234567?id=4111111111111111",
        "Boeing 747-8 at 51.4775° N, 0.4614° W, Unix time 1764115200",
        "a 1920x1080 picture, version 3.11.2, ISBN 978-3-16-148410-0",
        "Gustave Eiffel and Dame Wick in the rain",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert PersonalData().replace_in(text) == text


def test_the_same_thing_gets_the_same_stand_in_in_one_conversation() -> None:
    personal = PersonalData()
    first = personal.replace_in("a@b.example and c@d.example")
    assert first == "person1@example.org and person2@example.org"
    assert personal.replace_in("C@D.example again") == "person2@example.org again"
