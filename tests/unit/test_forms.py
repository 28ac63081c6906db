"""Simpler forms of cards: fewer words from outside in each, and the picture to the last."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from bot.buttons import Button, ButtonAction
from bot.cards.models import Card, NoteCard, PicturesCard, ResultCard, ReviewCard
from bot.cards.simplified import ALT_TEXT, KnownForms, forms_of, text_without_links, without_links
from bot.messages.routes import Route, first_open
from bot.refusals import MessageLost, MessageRefused, PlaceRefused
from domain.errors import SurfaceRefused, SurfaceUnavailable
from tests.fakes.cards import every_card


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("see https://a.example/x?y=1#z now", "see [link] now"),
        ("HTTP://A.EXAMPLE", "[link]"),
        ("www.a.example", "[link]"),
        ("a.example/path and b.example.org", "[link] and [link]"),
        ("discord.gg/abc", "[link]"),
        ("evil。example", "[link]"),
        ("mail ann@a.example", "mail ann@a.example"),
        ("version 1.5 of 3.2.1, i.e. new", "version 1.5 of 3.2.1, i.e. new"),
        ("the end. And then", "the end. And then"),
        ("01J8ZK3Q", "01J8ZK3Q"),
    ],
)
def test_what_may_be_taken_for_an_address_is_left_out(text: str, left: str) -> None:
    assert text_without_links(text) == left


@given(every_card)
def test_each_form_says_less_and_the_last_says_nothing_from_outside(card: Card) -> None:
    forms = forms_of(card)
    assert forms[0] is card
    assert 1 <= len(forms) <= 3
    assert all(a != b for a, b in pairwise(forms))
    assert all(without_links(form) == form for form in forms[1:])
    assert forms_of(forms[-1])[-1] == forms[-1]


@given(every_card)
def test_pictures_and_what_can_be_done_stay_to_the_last(card: Card) -> None:
    last = forms_of(card)[-1]
    match card:
        case ResultCard() if card.pictures:
            assert isinstance(last, PicturesCard)
            assert [p.sha256 for p in last.pictures] == [p.sha256 for p in card.pictures]
            assert {p.alt_text for p in last.pictures} == {ALT_TEXT}
        case ReviewCard():
            assert isinstance(last, PicturesCard)
            assert last.buttons == card.buttons
        case _:
            pass


class Platform:
    """Takes what says none of the words that it refuses."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.sent: list[Card] = []

    async def put(self, card: Card) -> int:
        self.sent.append(card)
        if any(word in repr(card) for word in self.refused):
            raise MessageRefused("Chat", "it does not like that", code="words")
        return len(self.sent)


NOTE = NoteCard("A cat of https://cat.example/", buttons=(Button(ButtonAction.SHOW, "j1"),))


async def test_the_first_form_that_is_taken_is_the_one_that_is_shown() -> None:
    assert await KnownForms().show(NOTE, Platform().put) == 1
    assert await KnownForms().show(NOTE, Platform("://").put) == 2
    assert await KnownForms().show(NOTE, Platform("cat").put) == 3
    with pytest.raises(MessageRefused):
        await KnownForms().show(NOTE, Platform("show").put)


async def test_what_was_refused_of_a_job_is_not_tried_again() -> None:
    forms, platform = KnownForms(), Platform("cat")
    await forms.show(NOTE, platform.put, job_id="j1")
    assert await forms.show(NOTE, platform.put, job_id="j1") == 4
    assert await forms.show(NOTE, platform.put, job_id="j2") == 7


def way(name: str, place: str, outcome: object, *, simpler: bool = False) -> Route[str]:
    async def put() -> str | None:
        if isinstance(outcome, Exception):
            raise outcome
        return str(outcome) if outcome else None

    return Route(name, place, put, simpler)


REFUSED = MessageRefused("Chat", "words")
CLOSED = PlaceRefused("Chat", "closed")
LOST = MessageLost("Chat", "too old")


async def went(*routes: Route[str]) -> str:
    return (await first_open(routes, job_id="j1"))[0].name


async def test_ways_are_tried_in_their_order_and_closed_places_left_out() -> None:
    home = way("home", "home", "sent")
    assert await went(way("edit", "c", "sent"), home) == "edit"
    assert await went(way("edit", "c", None), way("post", "c", "sent"), home) == "post"
    assert await went(way("edit", "c", LOST), way("post", "c", "sent"), home) == "post"
    assert await went(way("edit", "c", REFUSED), way("post", "c", "sent"), home) == "home"
    assert await went(way("edit", "c", CLOSED), way("post", "c", "sent"), home) == "home"
    closed = way("home", "home", CLOSED)
    note = way("note", "c", "sent", simpler=True)
    assert await went(way("edit", "c", REFUSED), closed, note) == "note"
    with pytest.raises(PlaceRefused):
        await went(way("edit", "c", CLOSED), closed, note)


async def test_an_unclear_answer_or_an_ended_access_ends_the_round() -> None:
    for error in (SurfaceUnavailable("Chat", "silent"), SurfaceRefused("Chat", "no token")):
        with pytest.raises(type(error)):
            await went(way("edit", "c", error), way("home", "home", "sent"))
