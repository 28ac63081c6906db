"""The subjects of a request are found without a model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.research.subjects import (
    MAX_ADDRESS_CHARS,
    MAX_SUBJECTS,
    addresses,
    read_request,
    without_addresses,
)


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        (
            "Eileen Collins holding a cup of coffee while the Hubble deep field glows behind her",
            ["Eileen Collins", "cup of coffee", "Hubble deep field"],
        ),
        ("eileen collins next to a saturn v rocket", ["eileen collins", "saturn v rocket"]),
        (
            "Eileen Collins drinking coffee with a cat in front of a rocket launch",
            ["Eileen Collins", "coffee", "cat", "rocket launch"],
        ),
        ("the Golden Gate Bridge and Ada Lovelace", ["Golden Gate Bridge", "Ada Lovelace"]),
        ("A watercolor of the Tower of London", ["Tower of London"]),
        ('A watercolor of "The Starry Night" by day', ["The Starry Night", "day"]),
        ("in the style of van Gogh", ["van Gogh"]),
        ("Chelsea the cat near Alexander the Great", ["Chelsea the cat", "Alexander the Great"]),
        ("a poster for the Lord of the Rings", ["Lord of the Rings"]),
        ("The 2026 World Cup trophy on a table", ["2026 World Cup trophy", "table"]),
        ("STS-93 mission patch", ["STS-93"]),
        ("ein Foto vom Brandenburger Tor bei Nacht", ["Brandenburger Tor", "Nacht"]),
        ("la torre Eiffel junto al Coliseo", ["torre Eiffel", "Coliseo"]),
        ("富士山の前の猫", ["富士山", "猫"]),
        ("「もののけ姫」のポスター", ["もののけ姫"]),
        ("برج خليفة", ["برج خليفة"]),
        ("Дворец культуры", ["Дворец культуры"]),
        (
            "Leonardo da Vinci painting the Mona Lisa in Paris, with Dr. Strange",
            ["Leonardo da Vinci", "Mona Lisa", "Paris", "Dr. Strange"],
        ),
        ("a red cube", ["red cube"]),
        ("sunset over the sea", ["sunset", "sea"]),
        ("🦊🚀", []),
        ("of the and", []),
        ("see https://example.org/a_(b)?x=1, and Tower Bridge", ["Tower Bridge"]),
        ("Tower Bridge, Tower Bridge and the tower bridge", ["Tower Bridge"]),
        ("ताज महल", ["ताज महल"]),
        ("วัดพระแก้ว", ["วัดพระแก้ว"]),
        ("קְרַיַת גת", ["קְרַיַת גת"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("경복궁", ["경복궁"]),
        ("1988년 서울 올림픽 개막식", ["1988년 서울 올림픽 개막식"]),
        ("손흥민이 골을 넣는 장면", ["손흥민", "골"]),
        ("जंगल के पास विरुपाक्ष मंदिर", ["जंगल", "विरुपाक्ष मंदिर"]),
        ("Tofaş Şahin marka araba Boğaziçi Köprüsü'nde", ["Tofaş Şahin", "Boğaziçi Köprüsü"]),
        ("Fiat 126p przed Pałacem Kultury", ["Fiat 126p", "Pałacem Kultury"]),
        ("una Renault 4L roja", ["Renault 4L"]),
        ("das Luftschiff Adlerhorn über den Alpen", ["Luftschiff Adlerhorn", "Alpen"]),
        ("ein Teller Spätzle", ["Teller Spätzle"]),
        ("长城", ["长城"]),
        ("Cafe\u0301 de Flore", ["Cafe\u0301 de Flore"]),
        ("EILEEN COLLINS WITH A CAT", ["EILEEN COLLINS", "CAT"]),
        ("Eileen Collins 😀🚀 Tower Bridge", ["Eileen Collins", "Tower Bridge"]),
        ("the ❤️ of 👩\u200d🚀 Paris", ["Paris"]),
        ("Simon & Garfunkel at an AC/DC concert", ["Simon & Garfunkel", "AC/DC concert"]),
        ("un chat devant la tour Eiffel", ["chat", "tour Eiffel"]),
        ("der Kölner Dom im Schnee", ["Kölner Dom", "Schnee"]),
        ("José de San Martín en los Andes", ["José de San Martín", "Andes"]),
        ("Louis XIV of France", ["Louis XIV of France"]),
        ("R2-D2 and C-3PO", ["R2-D2", "C-3PO"]),
        ("J. R. R. Tolkien smoking a pipe", ["J. R. R. Tolkien", "pipe"]),
    ],
)
def test_subjects_are_found(prompt: str, found: list[str]) -> None:
    assert [subject.text for subject in read_request(prompt).subjects] == found


def test_of_too_many_subjects_the_named_ones_are_kept() -> None:
    found = read_request(
        "a dog, a cat, a mouse, a horse, a cow, a lion and Paddington Bear"
    ).subjects
    assert len(found) == MAX_SUBJECTS
    assert found[-1].text == "Paddington Bear"


@pytest.mark.parametrize(
    "prompt",
    [
        "Eileen Collins",
        "eileen collins",
        "a saturn v rocket",
        "the latest phone",
        "the winner of the race",
        "last week on the street",
        "a car of 1968",
        "draw https://example.org/page",
        "Paris at night",
        "富士山",
    ],
)
def test_what_is_named_or_new_is_looked_up(prompt: str) -> None:
    assert read_request(prompt).named or addresses(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "a red cube",
        "a cat",
        "A cat",
        "two children playing chess",
        "sunset over the sea",
        "Old red barn",
        "a cup of coffee on a wooden table",
        "a small boat in the rain",
        "dogs running on the beach",
        "",
        "🦊",
        "A CAT IN THE RAIN",
        "a golden retriever puppy",
    ],
)
def test_everyday_things_cost_no_search(prompt: str) -> None:
    assert not read_request(prompt).named


def test_addresses_are_taken_as_they_were_written() -> None:
    assert addresses("(https://example.org/a?b=c#d). And http://x.org/, twice http://x.org/") == (
        "https://example.org/a?b=c#d",
        "http://x.org/",
    )


def test_an_address_that_no_site_could_serve_is_none() -> None:
    longest = "https://example.org/".ljust(MAX_ADDRESS_CHARS, "x")
    assert addresses(f"{longest} {longest}x") == (longest,)


def test_a_text_can_be_told_without_its_addresses() -> None:
    assert without_addresses("draw https://example.org/a?b=1 by night") == "draw by night"


@given(st.text(max_size=300))
def test_any_text_gives_at_most_five_subjects_that_stand_in_it(prompt: str) -> None:
    found = read_request(prompt).subjects
    assert len(found) <= MAX_SUBJECTS
    for subject in found:
        assert subject.text.strip()
        assert 0 <= subject.start < len(prompt)


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("what did the dodo really look like in a garden", ["dodo"]),
        ("Wie sieht eigentlich ein Schuppentier aus? Auf einem Skateboard", ["Schuppentier"]),
        ("Un seat 600 rojo aparcado en una playa", ["seat 600"]),
        ("un piatto di pizzoccheri in un rifugio", ["piatto di pizzoccheri"]),
        ("retrato de marielle franco num muro", ["marielle franco"]),
        ("une affiche de nintendo dans la rue", ["nintendo"]),
        ("Mafalda y Quino sentados en una plaza", ["Mafalda", "Quino"]),
        ("das Maskottchen der Messe auf einem Fahrrad", ["Maskottchen der Messe"]),
        ("屠呦呦在实验室里", ["屠呦呦"]),
        ("le mont saint-michel à marée haute", ["mont saint-michel"]),
        ("a nokia 3310 advert", ["nokia 3310"]),
        ("くまモンと一緒に温泉に入る", ["くまモン"]),
        ("ひつまぶしの写真", ["ひつまぶし"]),
    ],
)
def test_what_stands_around_a_thing_tells_that_it_is_named(prompt: str, named: list[str]) -> None:
    assert [subject.text for subject in read_request(prompt).named] == named


@pytest.mark.parametrize(
    "prompt",
    [
        "what would my cat look like as a pirate",
        "dessine un petit renard dans la neige",
        "un niño con una cometa en forma de pez",
        "a bowl of cornflakes on page 12",
        "un plato de lentejas con chorizo",
        "biała filiżanka i zwiędła róża",
        "our mascot on a bicycle",
        "un perro mojado sacudiéndose en la orilla",
        "pies i kot na kanapie",
        "a metal treehouse in an oak tree",
    ],
)
def test_everyday_things_are_not_named_by_what_stands_around_them(prompt: str) -> None:
    assert [subject.text for subject in read_request(prompt).named] == []
