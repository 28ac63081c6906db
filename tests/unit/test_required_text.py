"""Which texts a picture must show, and how far what was read agrees with them."""

from __future__ import annotations

import pytest

from agent.model_clients.required_text import MAX_TEXTS, required_texts
from agent.model_clients.text_comparison import agreement, is_readable
from domain.illustrations import Marks


@pytest.mark.parametrize(
    ("request_text", "texts"),
    [
        ('a shop with a sign that says "OPEN"', ["OPEN"]),
        ("a neon sign ‘OPEN LATE’ over a bar", ["OPEN LATE"]),
        ("a poster with the text “Don’t panic” and “42”", ["Don’t panic", "42"]),
        ("a cake with 'It's a boy!' written on it", ["It's a boy!"]),
        ("“SALE” in big red letters above a shop", ["SALE"]),
        ('a red "STOP" sign in the desert', ["STOP"]),
        ("a mug with the words «Bon courage»", ["Bon courage"]),
        ('a t-shirt saying "Hello, world"', ["Hello, world"]),
        ('"Happy birthday" on a banner over a table', ["Happy birthday"]),
        ("ein Schild mit der Aufschrift „Geöffnet“", ["Geöffnet"]),
        ("ein Haus, an dem »Gasthof« steht", ["Gasthof"]),
        ("une pancarte où il est écrit « Ouvert »", ["Ouvert"]),
        ("un cartel con las palabras «No pasar»", ["No pasar"]),
        ("un muro con la scritta “Ciao”", ["Ciao"]),
        ("一家店，招牌上写着「营业中」", ["营业中"]),
        ("海报，带有“新年快乐”四个大字", ["新年快乐"]),
        ("「営業中」と書かれた看板のある店", ["営業中"]),
        ('change the sign from "OPEN" to "CLOSED"', ["CLOSED"]),
        ('replace the word "OPEN" with "CLOSED"', ["CLOSED"]),
        ("把招牌上的「营业」改成「打烊」", ["打烊"]),
        ('a sign from the 1950s that says "OPEN"', ["OPEN"]),
        ('a climate change poster that says "ACT NOW"', ["ACT NOW"]),
        ('a quite big sign that says "OPEN"', ["OPEN"]),
        ("把「营业」写在招牌上", ["营业"]),
        ('remove the text "SALE"', []),
        ('a street without the words "No entry"', []),
        ('without people, with the text "Silence"', ["Silence"]),
        ('a scene from the film "Alien"', []),
        ('the "Mona Lisa" on a wall of the Louvre', []),
        ('a girl reading "Dune" on a train', []),
        ('Minister says "no deal"', []),
        ('Ministers sign "historic" deal', []),
        ('a 5" x 7" photo of a sign', []),
        ("it's the dogs' sign and the cats' poster", []),
        ("a sign that says open", []),
        ('a sign with "?!" on it', []),
        (f'a sign that says "{"long " * 20}end"', []),
        ('a sign that says "Open" and a poster that says "OPEN"', ["Open"]),
    ],
)
def test_what_is_quoted_and_asked_to_be_written_is_required(
    request_text: str, texts: list[str]
) -> None:
    assert required_texts(request_text, "") == tuple(texts)


def test_what_the_prompt_quotes_counts_where_the_request_has_the_words() -> None:
    asked = "a shop with a sign that says open"
    prompt = 'A shop; its sign reads "OPEN". A plaque with the text "Est. 1891".'
    assert required_texts(asked, prompt) == ("OPEN",)
    refused = 'a shop without the word "open"'
    assert required_texts(refused, prompt) == ()


def test_there_is_a_most_of_texts() -> None:
    texts = [f"“TEXT {n}”" for n in range(20)]
    assert len(required_texts(f"a sign that says {', '.join(texts)}", "")) == MAX_TEXTS


@pytest.mark.parametrize(
    ("text", "lines", "mark"),
    [
        ("OPEN", ["Open!"], 1),
        ("CLOSED TODAY", ["CLOSEDTODAY"], 1),
        ("GRAND OPENING", ["Grand", "Opening", "1891"], 1),
        ("GRAND OPENING", ["OPENING", "of the", "GRAND"], 1),
        ("Don’t panic", ["DON'T PANIC"], 1),
        ("100 %", ["１００%"], 1),
        ("营业中", ["本日营业中"], 1),
        ("OPEN", ["OPENING HOURS"], 0),
        ("GATE", ["GTAE"], 0.5),
        ("OPEN", ["OPFN now"], 0.5),
        ("OPEN", ["SHOP"], 0),
        ("CLOSED TODAY", ["CLOSED", "TODOY"], 0.5),
        ("CLOSED TODAY", ["CLOSED"], 0.5),
        ("NO", ["NQ"], 0),
        ("营业中", ["营业口"], 0.5),
        ("营业中", ["旅馆"], 0),
        ("OPEN", [], 0),
    ],
)
def test_what_was_read_is_compared_without_case_spaces_and_punctuation(
    text: str, lines: list[str], mark: float
) -> None:
    assert agreement(text, lines) == mark


def test_scripts_that_the_models_do_not_know_are_not_checked() -> None:
    assert [
        is_readable(t) for t in ("Geöffnet 24 h", "营业中", "カフェー", "открыто", "열림", "مفتوح")
    ] == [
        *[True] * 3,
        *[False] * 3,
    ]


@pytest.mark.parametrize("mark", [0.0, 0.5, 1.0])
def test_the_score_of_text_alone_is_the_texts(mark: float) -> None:
    assert Marks(None, None, mark, None).score == mark
    assert Marks(1.0, 0.5, None, 1.0).score == pytest.approx(0.6)
