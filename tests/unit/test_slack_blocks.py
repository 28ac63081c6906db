"""Slack's blocks: every card, whatever is in it, is a message that Slack takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Button, Deed, Look
from bot.cards import (
    MAX_ADDRESS_CHARS,
    MAX_ALT_TEXT_CHARS,
    MAX_ENTRIES,
    MAX_STEPS,
    MAX_TEXT_CHARS,
    MAX_TITLE_CHARS,
    Blame,
    Card,
    ChoiceCard,
    ErrorCard,
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
)
from bot.slack import blocks as b
from bot.slack import views
from bot.slack.pace import Pace, Rate
from bot.slack.render import Shown, drawn, reference_options
from bot.slack.typed import Ask, Sub, library_verb, plain_words, read_ask
from bot.slack.views import Origin
from domain.requests import JobKind, JobStatus
from domain.team import Scope
from tests.fakes.slack_blocks import block_problems, view_problems

PIECES = (
    "<!channel> ",
    "<@U1|x> ",
    "*bold* `code` ",
    "&amp; ",
    "👩‍🚀",
    "日本語",
    "اللغة ",
    "x" * 90,
    "\u200d",
    " ",
    "a word ",
)


def text(most: int) -> st.SearchStrategy[str]:
    """Words as cards hold them: safe, one line, not too long, and sometimes as long as they may."""
    full = st.sampled_from(PIECES).map(lambda piece: (piece * most)[:most])
    mixed = st.lists(st.sampled_from(PIECES), max_size=12).map(lambda parts: "".join(parts)[:most])
    return st.one_of(full, mixed, st.just(""))


TITLE, SENTENCE = text(MAX_TITLE_CHARS), text(MAX_TEXT_CHARS)
SHORT, ADDRESS = (
    text(120),
    st.one_of(
        st.none(),
        text(MAX_ADDRESS_CHARS),
        text(MAX_ADDRESS_CHARS - 20).map(lambda tail: f"https://x.example/{tail}"),
    ),
)
ID = st.sampled_from(["01M8842Y3H7D4531MH5TPNRFGH", "x"])
SHA = st.sampled_from(["a" * 64, "b" * 64, "c" * 64])
BUTTONS = st.lists(
    st.builds(Button, st.sampled_from(list(Deed)), ID, st.sampled_from(list(Look))), max_size=12
).map(tuple)


def some(strategy: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few, none, or as many as a card may hold."""
    few = st.lists(strategy, max_size=3).map(tuple)
    return st.one_of(few, strategy.map(lambda one: (one,) * most))


PICTURES = st.builds(
    IllustrationCard,
    illustration_id=ID, job_id=ID, title=TITLE, sha256=SHA, media_type=st.just("image/png"),
    width=st.just(10), height=st.just(10), alt_text=text(MAX_ALT_TEXT_CHARS), caption=SENTENCE,
    compared=st.none() | SENTENCE, checked=st.none() | SENTENCE, votes=st.none() | SHORT,
)  # fmt: skip
REFERENCES = st.builds(
    ReferenceEntry, number=st.integers(1, 9), title=SHORT, rights=text(200), note=SENTENCE,
    address=ADDRESS, sha256=SHA,
)  # fmt: skip
EVIDENCE = st.builds(
    EvidenceEntry, n=st.integers(1, 99), claim=SENTENCE, supported=st.booleans(),
    title=st.none() | SHORT, rights=st.none() | text(250), passage=st.none() | SENTENCE,
    address=ADDRESS, provider=st.none() | text(80), fetched=st.none() | text(30),
    sha256=st.none() | SHA,
)  # fmt: skip
SOURCES = st.builds(
    SourceLine, st.lists(st.integers(1, 50), min_size=1, max_size=50).map(tuple), SHORT, ADDRESS
)
RESULTS = st.builds(
    ResultCard, job_id=ID, title=TITLE, asked_by=st.sampled_from(["U0ANN", "<@U1>", "", "x" * 99]),
    pictures=some(PICTURES, 4), sources=some(SOURCES, 50), unsupported=st.integers(0, 50),
    notes=some(SENTENCE, MAX_STEPS), buttons=BUTTONS, gone=st.booleans(),
)  # fmt: skip
CARDS: st.SearchStrategy[Card] = st.one_of(
    st.builds(
        StatusCard, job_id=ID, title=TITLE, status=st.sampled_from(list(JobStatus)), text=SENTENCE,
        steps=some(TITLE, MAX_STEPS), notes=some(SENTENCE, MAX_STEPS), position=st.integers(0, 9),
        can_cancel=st.booleans(), progress=st.none() | st.floats(0, 1),
        thought=st.none() | SENTENCE, buttons=BUTTONS,
    ),
    RESULTS,
    st.builds(ReviewCard, RESULTS, SENTENCE, BUTTONS),
    st.builds(ChoiceCard, ID, TITLE, some(REFERENCES, 5), text(20), BUTTONS),
    st.builds(
        EvidenceCard, ID, TITLE, some(REFERENCES, 5), some(EVIDENCE, MAX_ENTRIES),
        some(SENTENCE, MAX_STEPS), st.integers(0, 99),
    ),
    st.builds(ErrorCard, SENTENCE, st.sampled_from(list(Blame))),
    st.builds(NoteCard, SENTENCE, some(SENTENCE, MAX_ENTRIES)),
    st.builds(
        JobsCard,
        some(
            st.builds(
                JobEntry, ID, TITLE, st.sampled_from(list(JobStatus)),
                st.sampled_from(list(JobKind)), text(16),
            ),
            MAX_ENTRIES,
        ),
    ),
    st.builds(GalleryCard, some(PICTURES, 12)),
    st.builds(SettingsCard, TITLE, some(st.tuples(SHORT, text(200)), 19)),
    st.builds(LibraryCard, some(st.tuples(ID, SHORT, text(200)), MAX_ENTRIES), BUTTONS),
)  # fmt: skip
SHOWN = st.sampled_from([Shown(), Shown({"a" * 64: "F000000001", "b" * 64: "F000000002"})])


@given(card=CARDS, shown=SHOWN, language=st.sampled_from([None, "en", "de"]))
def test_every_card_is_a_message_that_slack_takes(
    card: Card, shown: Shown, language: str | None
) -> None:
    message = drawn(card, shown=shown, language=language)
    assert block_problems(message.blocks) == []
    assert 0 < len(message.notice) <= 3000
    assert len(json.dumps(message.blocks)) <= b.MESSAGE_BYTES
    assert "<!" not in message.notice
    assert "<@" not in message.notice


@given(card=CARDS)
def test_nothing_goes_through_slacks_markup(card: Card) -> None:
    shown = json.dumps(drawn(card).blocks)
    assert '"mrkdwn"' not in shown
    assert '"broadcast"' not in shown


@given(card=CARDS)
def test_every_card_fits_into_a_modal(card: Card) -> None:
    assert view_problems(views.card_view("Sources", card)) == []


def test_what_did_not_fit_is_said() -> None:
    entries = tuple(("x", f"{n} " + "日本" * 50, "y" * 150) for n in range(50))
    said = json.dumps(drawn(NoteCard("Much", tuple("日" * 500 for _ in range(50)))).blocks)
    assert "did not fit here" in said
    assert block_problems(drawn(LibraryCard(entries)).blocks) == []


def test_a_long_text_is_cut_at_the_end_of_a_word() -> None:
    block = b.header("word " * 100)
    assert block["text"]["text"].endswith("word…")
    emoji = b.header("👩" * 200)["text"]["text"]
    assert len(emoji.encode("utf-16-le")) // 2 <= 150


def test_only_web_addresses_become_links() -> None:
    assert b.link("x", "https://x.example/")["type"] == "link"
    for address in (None, "javascript:alert(1)", "library:1", "https://" + "x" * 4000):
        assert b.link("x", address) == b.words("x")
    assert b.member("U0ANN")["type"] == "user"
    assert b.member("<!channel>") == b.words("<!channel>")


@given(prompt=text(4000), language=st.sampled_from(["en", "de"]), names=some(SHORT, 200))
def test_every_form_is_one_that_slack_takes(
    prompt: str, language: str, names: tuple[str, ...]
) -> None:
    origin = Origin("C1", "1.2", "3.4", button="limner:edit:" + "x" * 80, files=("F1",) * 5)
    pictures = [b.option(name, name or "x") for name in names]
    forms: list[Mapping[str, Any]] = [
        views.form(origin, [name for name in names if name], language=language, prompt=prompt),
        views.edit_form(origin, language=language, instruction=prompt, pictures=pictures),
        views.reason_form(origin, language=language),
        views.setting_form(origin, ["style", "review_channel"], language=language),
        views.library_form(origin, language=language),
        views.references_form(
            origin,
            reference_options([_reference(n, prompt) for n in range(1, 6)]),
            language=language,
        ),
        views.waiting_view("Sources"),
    ]
    for form in forms:
        assert view_problems(form) == []
        assert Origin.read(form["private_metadata"]) in (origin, Origin())


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


async def test_turns_come_in_bursts_and_then_one_by_one() -> None:
    now, slept = [0.0], list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace, rate = Pace(clock=lambda: now[0], sleep=sleep), Rate(2.0, 3)
    for _ in range(5):
        await pace.turn(("t", "m"), rate)
    assert slept == [2.0, 4.0]
    await pace.turn(("other", "m"), rate)
    assert len(slept) == 2
    assert not pace.has_room(("t", "m"), rate)
    now[0] = 60.0
    assert pace.has_room(("t", "m"), rate)
    pace.hold(("t", "m"), rate, seconds=30)
    await pace.turn(("t", "m"), rate)
    assert slept[-1] == 30.0
