"""Slack's blocks: every card, with any content, is a message that Slack takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import Button, ButtonAction
from bot.cards.models import (
    Card,
    ChoiceCard,
    EvidenceCard,
    EvidenceEntry,
    GalleryCard,
    IllustrationCard,
    JobEntry,
    JobsCard,
    LibraryCard,
    NoteCard,
    ReferenceEntry,
    ResultCard,
    ReviewCard,
    SettingsCard,
    SourceLine,
    StatusCard,
    TaskEntry,
    TaskSource,
)
from bot.intents.subcommands import Ask, Sub, library_verb, read_ask
from bot.slack.payloads.command_text import plain_words
from bot.slack.payloads.slack_event import of_command
from bot.slack.view import blocks as b
from bot.slack.view import modals
from bot.slack.view.modals import Origin
from bot.slack.view.newer import kinds_in
from bot.slack.view.render import Shown, drawn, reference_options
from domain.requests import JobKind, JobStatus
from domain.research import EvidenceVerdict
from domain.team import Scope
from evaluation.peers.slack_blocks import block_problems, view_problems
from tests.fakes.cards import every_card, texts

SHOWN = st.sampled_from([Shown(), Shown({"a" * 64: "F000000001", "b" * 64: "F000000002"})])
WORDS = st.one_of(
    texts(4000),
    st.sampled_from(["<!channel> ", "日本語", "👩‍🚀", "a word "]).map(lambda piece: piece * 1000),
)


@given(
    card=every_card,
    shown=SHOWN,
    language=st.sampled_from([None, "en", "de"]),
    newest=st.booleans(),
)
def test_every_card_is_a_message_that_slack_takes(
    card: Card, shown: Shown, language: str | None, newest: bool
) -> None:
    message = drawn(card, shown=shown, language=language, newest=newest)
    assert block_problems(message.blocks) == []
    assert 0 < len(message.notice) <= 3000
    assert len(json.dumps(message.blocks)) <= b.MESSAGE_BYTES
    assert "<!" not in message.notice
    assert "<@" not in message.notice


@given(card=every_card, shown=SHOWN)
def test_a_message_without_newer_blocks_is_the_plain_one(card: Card, shown: Shown) -> None:
    newest = drawn(card, shown=shown, newest=True).blocks
    assert kinds_in(newest) or newest == drawn(card, shown=shown).blocks


@given(card=every_card, newest=st.booleans())
def test_nothing_goes_through_slacks_markup(card: Card, newest: bool) -> None:
    shown = json.dumps(drawn(card, newest=newest).blocks)
    assert '"mrkdwn"' not in shown
    assert '"broadcast"' not in shown


@given(card=every_card)
def test_every_card_fits_into_a_modal(card: Card) -> None:
    assert view_problems(modals.card_view("Sources", card)) == []


@pytest.mark.parametrize("piece", ["word ", "日本", "👩‍🚀", "<!channel> & "])
def test_the_fullest_cards_fit(piece: str) -> None:
    def full(most: int) -> str:
        return (piece * most)[:most].strip()

    button = Button(ButtonAction.DELETE, "x" * 80)
    picture = IllustrationCard(
        illustration_id="i", job_id="j", title=full(256), sha256="a" * 64, media_type="image/png",
        width=9, height=9, alt_text=full(1000), caption=full(500), compared=full(500),
        checked=full(500), votes=full(120),
    )  # fmt: skip
    reference = ReferenceEntry(
        1, full(120), full(500), full(500), "https://x/" + "y" * 480, "b" * 64
    )
    address = "https://x/" + "y" * 480
    entry = EvidenceEntry(
        n=99, claim=full(500), verdict=EvidenceVerdict.CONTRADICTED, title=full(120),
        rights=full(500),
        passage=full(500), address=address, provider=full(80),
        fetched=full(30), sha256="c" * 64,
    )  # fmt: skip
    result = ResultCard(
        job_id="j", title=full(256), asked_by="U0ANN", pictures=(picture,) * 4,
        sources=(SourceLine(tuple(range(50)), full(120), address),) * 50,
        unsupported=50, contradicted=50, notes=(full(500),) * 10, buttons=(button,) * 12,
    )  # fmt: skip
    task = TaskEntry(1, full(256), full(256), (TaskSource(full(120), address),) * 5)
    status = StatusCard(
        "j", full(256), JobStatus.RESEARCHING, full(500), (full(256),) * 10, (full(500),) * 10, 0,
        can_cancel=True, thought=full(500), buttons=(button,) * 3,
        tasks=tuple(replace(task, number=number) for number in range(1, 11)),
    )  # fmt: skip
    job = JobEntry("j", full(256), JobStatus.DELIVERING, JobKind.EDIT, "2026-03-01 12:00")
    cards: list[Card] = [
        result,
        ReviewCard(result, full(500), (button,) * 3),
        ChoiceCard("j", full(256), (reference,) * 7, "12:10 UTC", (button,) * 4),
        EvidenceCard("j", full(256), (reference,) * 5, (entry,) * 50, (full(500),) * 10, 99),
        NoteCard(full(500), (full(500),) * 50),
        NoteCard(full(500), (full(500),) * 50, rows=((full(100),) * 5,) * 51),
        status,
        JobsCard((job,) * 50),
        GalleryCard((picture,) * 12),
        SettingsCard(full(256), ((full(40), full(200)),) * 30),
        LibraryCard((("i", full(120), full(200)),) * 50, (button,)),
    ]
    for card in cards:
        for newest in (False, True):
            blocks = drawn(card, shown=Shown({"a" * 64: "F000000001"}), newest=newest).blocks
            assert block_problems(blocks) == []
            assert len(json.dumps(blocks)) <= b.MESSAGE_BYTES
        assert view_problems(modals.card_view("Sources", card)) == []


def test_what_did_not_fit_is_said() -> None:
    entries = tuple(("x", f"{n} " + "日本" * 50, "y" * 150) for n in range(50))
    said = json.dumps(drawn(NoteCard("Much", tuple("日" * 500 for _ in range(50)))).blocks)
    assert "(+" in said
    assert block_problems(drawn(LibraryCard(entries)).blocks) == []


def test_a_long_text_is_cut_at_the_end_of_a_word() -> None:
    block = b.header("word " * 100)
    assert block["text"]["text"].endswith("word…")
    emoji = b.header("👩" * 200)["text"]["text"]
    assert len(emoji.encode("utf-16-le")) // 2 <= 150


def test_only_web_addresses_become_links() -> None:
    assert b.link("x", "https://x.example/")["type"] == "link"
    for address in (None, "javascript:alert(1)", "library:1", "https://" + "x" * 4000, "https://["):
        assert b.link("x", address) == b.words("x")
    odd = b.link("", "https://x.example/Ä b|c>")["url"]
    assert odd == "https://x.example/%C3%84%20b%7Cc%3E"
    assert b.member("U0ANN")["type"] == "user"
    assert b.member("<!channel>") == b.words("<!channel>")


@given(
    prompt=WORDS,
    language=st.sampled_from(["en", "de"]),
    names=st.lists(texts(120), max_size=150).map(tuple),
)
def test_every_form_is_one_that_slack_takes(
    prompt: str, language: str, names: tuple[str, ...]
) -> None:
    origin = Origin("C1", "1.2", "3.4", button="limner:edit:" + "x" * 80, files=("F1",) * 5)
    pictures = [b.option(name, name or "x") for name in names]
    forms: list[Mapping[str, Any]] = [
        modals.form(origin, [name for name in names if name], language=language, prompt=prompt),
        modals.edit_form(origin, language=language, instruction=prompt, pictures=pictures),
        modals.reason_form(origin, language=language),
        modals.setting_form(origin, ["style", "review_channel"], language=language),
        modals.library_form(origin, language=language),
        modals.references_form(
            origin,
            reference_options([_reference(n, prompt) for n in range(1, 6)]),
            language=language,
        ),
        modals.waiting_view("Sources"),
    ]
    for form in forms:
        assert view_problems(form) == []
        assert Origin.read(form["private_metadata"]) in (origin.read_in(language), Origin())


def _reference(number: int, title: str) -> ReferenceEntry:
    return ReferenceEntry(number, title, "", "", None, "a" * 64)


@pytest.mark.parametrize("kept", ["", "{", "[]", "null", '{"x": 1}', '{"files": 5}'])
def test_what_a_form_kept_may_be_broken(kept: str) -> None:
    assert Origin.read(kept) == Origin()


@pytest.mark.parametrize(
    ("typed", "ask"),
    [
        ("", Ask(Sub.FORM)),
        ("a cat", Ask(Sub.PROMPT, "a cat")),
        ("-- help", Ask(Sub.PROMPT, "-- help")),
        ("help", Ask(Sub.HELP)),
        ("HILFE", Ask(Sub.HELP)),
        ("help me", Ask(Sub.PROMPT, "help me")),
        ("status", Ask(Sub.STATUS)),
        ("status 01M8842Y3H7D4531MH5TPNRFGH", Ask(Sub.STATUS, "", "01M8842Y3H7D4531MH5TPNRFGH")),
        ("status symbols", Ask(Sub.PROMPT, "status symbols")),
        ("sources of the Nile", Ask(Sub.PROMPT, "sources of the Nile")),
        ("edit", Ask(Sub.EDIT)),
        ("edit make it night", Ask(Sub.EDIT, "make it night")),
        (
            "edit 01m8842y3h7d4531mh5tpnrfgh at night",
            Ask(Sub.EDIT, "at night", "01m8842y3h7d4531mh5tpnrfgh"),
        ),
        ("library", Ask(Sub.LIBRARY)),
        ("bibliothek liste", Ask(Sub.LIBRARY, "liste")),
        ("library of Babel", Ask(Sub.PROMPT, "library of Babel")),
        ("settings", Ask(Sub.SETTINGS, scope=Scope.MEMBER)),
        ("settings team style ink", Ask(Sub.SETTINGS, "style ink", scope=Scope.WORKSPACE)),
        ("settings of a play", Ask(Sub.PROMPT, "settings of a play")),
        ("usage team", Ask(Sub.USAGE, everybody=True)),
        ("usage team x", Ask(Sub.PROMPT, "usage team x")),
        ("gallery", Ask(Sub.GALLERY)),
        ("gallery of cats", Ask(Sub.PROMPT, "gallery of cats")),
        ("audit", Ask(Sub.AUDIT)),
    ],
)
def test_sub_commands_count_only_where_the_rest_fits(typed: str, ask: Ask) -> None:
    assert read_ask(typed) == ask


def test_the_library_understands_its_verbs() -> None:
    assert library_verb("add https://x") == ("add", "https://x")
    assert library_verb("hinzufügen") == ("add", "")
    assert library_verb("entfernen 5") == ("remove", "5")
    assert library_verb("") == ("list", "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a cat &lt;3 &amp; dogs", "a cat <3 & dogs"),
        ("<@U0BOT> a cat", "a cat"),
        ("<@U0BOT|limner> a cat", "a cat"),
        ("like <@U1|ann> in <#C1|general>", "like @ann in #general"),
        ("<!here> a cat", "@here a cat"),
        (
            "see <https://x.example/a|x.example> <mailto:a@x.example|a>",
            "see https://x.example/a a@x.example",
        ),
        ("<!subteam^S1|@artists>", "@artists"),
        ("&lt;@U0BOT&gt;", "<@U0BOT>"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_slacks_notation_is_read_as_words(written: str, read: str) -> None:
    assert plain_words(written, without="U0BOT") == read


def test_a_payload_without_a_name_is_named_by_what_is_in_it() -> None:
    body = {"team_id": "T1", "user_id": "U1", "text": "a cat"}
    assert of_command(body).key == of_command(dict(body)).key
    assert of_command(body).key != of_command({**body, "text": "a dog"}).key
    assert of_command({**body, "trigger_id": "t1"}).key == "slack:t1"
