"""People's names are found in any case and script; places of that name score less."""

from __future__ import annotations

import pytest

from agent.people import find_people
from agent.people.sounds import get_sound


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("taylor swift at the piano", "Taylor Swift"),
        ("ТЕЙЛОР СВИФТ на сцене", "Taylor Swift"),
        ("テイラー・スウィフトのコンサート", "Taylor Swift"),
        ("테일러 스위프트가 노래한다", "Taylor Swift"),
        ("泰勒·斯威夫特在唱歌", "Taylor Swift"),
        ("安倍晋三の写真", "Shinzo Abe"),
        ("صورة محمد صلاح", "Mohamed Salah"),
        ("नरेंद्र मोदी का भाषण", "Narendra Modi"),
        ("angela merkel in the garden", "Angela Merkel"),
        ("встреча с Ангелой Меркель", "Angela Merkel"),
        ("Merkels Rede", "Angela Merkel"),
        ("Erdoğan'ın konuşması", "Recep Tayyip Erdoğan"),
        ("Kylian Mbappe scores", "Kylian Mbappé"),
    ],
)
def test_people_whom_everybody_knows_are_found_in_any_case_script_and_inflection(
    text: str, person: str
) -> None:
    [name] = find_people(text)
    assert name.person == person
    assert name.known is True
    assert text[name.start : name.end] == name.text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("maria gonzalez on a bicycle", "maria gonzalez"),
        ("a portrait of Emma Schmidt", "Emma Schmidt"),
        ("山田太郎の似顔絵", "山田太郎"),
        ("Президент Иванов говорит", "Иванов"),
    ],
)
def test_what_looks_like_a_name_is_found_without_knowing_the_person(text: str, name: str) -> None:
    [found] = find_people(text)
    assert found.text == name
    assert found.known is None


@pytest.mark.parametrize(
    "text",
    [
        "a rose garden in bloom",
        "a grace period of ten days",
        "ein Haus am See im Winter",
        "a brown bear in a green forest",
        "В лесу растут грибы и ягоды",
        "公園で遊ぶ犬",
        "शहर के बाहर एक पुराना पुल",
        "un gatto nero dorme sul divano",
    ],
)
def test_everyday_words_are_no_names(text: str) -> None:
    assert all(name.score < 0.4 for name in find_people(text))


def test_a_place_of_that_name_scores_less_than_the_person() -> None:
    [hotel] = find_people("paris hilton hotel lobby")
    [person] = find_people("paris hilton in the lobby")
    assert hotel.score < person.score


def test_names_sound_the_same_in_every_script() -> None:
    assert get_sound("swift") == get_sound("свифт") == get_sound("スウィフト")
    assert get_sound("") == ""
