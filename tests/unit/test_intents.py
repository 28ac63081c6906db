"""Intents: who is meant, what is wanted, which picture; measured on labelled messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.models import EvidenceEntry
from bot.commands.answers import answers
from bot.commands.intent_model import known_better
from bot.intents.models import Heard, Intent, Reading
from bot.intents.reader import read
from bot.intents.subcommands import distance, suggested
from bot.intents.things import words_shown
from domain.research import EvidenceVerdict

MESSAGES = Path(__file__).parents[1] / "data" / "talk"
DRAWN = {
    *(Intent.CHANGE, Intent.AGAIN, Intent.SEED, Intent.REFERENCE, Intent.NEW, Intent.UPSCALE),
    Intent.RESEARCH,
}
ADDRESSED = frozenset(
    {"dm", "thread-mention", "thread-reply", "channel-mention", "channel-reply", "forum-mention"}
)


@dataclass(frozen=True)
class Labelled:
    """A message of the set, and what is wanted."""

    place: str
    pictures: int
    text: str
    wanted: frozenset[str]
    which: int | None
    shown: frozenset[str] = frozenset()

    @property
    def heard(self) -> Heard:
        """As a surface hears it."""
        mention = self.place.endswith("mention")
        return Heard(
            re.sub(r"@Limner\b", " ", self.text).strip() if mention else self.text,
            addressed=self.place in ADDRESSED,
            to_other=self.place == "thread-reply-other",
            pictures=self.pictures,
            has_job=self.pictures > 0,
            shown=self.shown,
        )

    @property
    def quiet(self) -> bool:
        """Whether nothing may be drawn or offered."""
        return self.wanted == frozenset(("nothing",))


def labelled(name: str) -> Iterator[Labelled]:
    for line in (MESSAGES / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "place\t", "channel\t")):  # nobody hears what calls no one
            continue
        place, _language, pictures, text, _addressed, want, which = line.split("\t")
        number = None if which == "-" else int(which)
        yield Labelled(place, int(pictures), text, frozenset(want.split("|")), number)


def scenes() -> dict[str, tuple[int, frozenset[str]]]:
    """By name, how many pictures a scene has and the words that they were drawn from."""
    lines = (MESSAGES / "scenes.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return {row[0]: (int(row[2]), words_shown(*row[3:])) for row in rows}


def in_rooms(name: str) -> Iterator[Labelled]:
    known = scenes()
    for line in (MESSAGES / f"rooms_{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        scene, place, _language, want, which, text = line.split("\t")
        pictures, shown = known[scene]
        number = None if which == "-" else int(which)
        if place != "channel":
            yield Labelled(place, pictures, text, frozenset(want.split("|")), number, shown)


def intent_of(reading: Reading) -> str:
    if reading.intent is Intent.COMMAND and reading.ask is not None:
        return str(reading.ask.sub.value)
    return reading.intent.value


def counted(messages: Iterator[Labelled]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for message in messages:
        reading = read(message.heard)
        intent = intent_of(reading)
        right = intent in message.wanted and message.which in (None, reading.picture)
        drawn = reading.intent in DRAWN
        counts["messages"] += 1
        counts["wrong pictures"] += drawn and not right
        if message.quiet:
            counts["quiet"] += 1
            counts["disturbed"] += drawn or reading.intent is Intent.OFFER
        elif not message.wanted & {"nothing", "offer"}:
            counts["wishes"] += 1
            counts["understood"] += right or reading.intent is Intent.OFFER
            counts["offers"] += reading.intent is Intent.OFFER and not right
    return counts


def check(counts: Counter[str]) -> None:
    assert counts["wrong pictures"] <= 0.02 * counts["messages"], counts
    assert counts["disturbed"] <= 0.02 * counts["quiet"], counts
    assert counts["understood"] >= 0.95 * counts["wishes"], counts
    assert counts["offers"] <= 0.10 * counts["wishes"], counts


@pytest.mark.parametrize("name", ["open", "sealed"])
def test_labelled_messages_are_understood(name: str) -> None:
    counts = counted(labelled(name))
    assert counts["messages"] > 150
    check(counts)


@pytest.mark.parametrize(
    "name",
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"],
)
def test_messages_below_known_pictures_are_understood(name: str) -> None:
    counts = counted(in_rooms(name))
    assert counts["messages"] >= 80
    check(counts)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("replace the toner please", Intent.NOTHING),
        ("replace the birches please", Intent.CHANGE),
        ("add a quote from the union", Intent.NOTHING),
        ("add a clock", Intent.CHANGE),
        ("ersetze bitte den Toner", Intent.NOTHING),
        ("entferne bitte die Laternen", Intent.CHANGE),
        ("how old are the birches?", Intent.QUESTION),
        ("how old is your car?", Intent.NOTHING),
    ],
)
def test_a_command_is_about_a_picture_that_can_have_its_object(text: str, intent: Intent) -> None:
    shown = words_shown("Birch trees by a lake", "Laternen am See")
    assert read(Heard(text, pictures=1, has_job=True, shown=shown)).intent is intent


@pytest.mark.parametrize(
    ("text", "intent", "picture", "references"),
    [
        ("make it night", Intent.CHANGE, None, ()),
        ("use the second photo", Intent.CHANGE, None, (2,)),
        ("nimm die dritte Vorlage", Intent.CHANGE, None, (3,)),
        ("again", Intent.AGAIN, None, ()),
        ("Noch einmal!", Intent.AGAIN, None, ()),
        ("another one please", Intent.SEED, None, ()),
        ("Sources?", Intent.SOURCES, None, ()),
        ("search again", Intent.RESEARCH, None, ()),
        ("thanks!", Intent.NOTHING, None, ()),
        ("thanks again", Intent.NOTHING, None, ()),
        ("👍", Intent.NOTHING, None, ()),
        ("// I like it", Intent.NOTHING, None, ()),
        ("(no need to hurry)", Intent.NOTHING, None, ()),
        ("<@123> what do you think?", Intent.NOTHING, None, ()),
        ("/imagine a cat", Intent.NOTHING, None, ()),
        ("", Intent.NOTHING, None, ()),
        ("?!", Intent.NOTHING, None, ()),
    ],
)
def test_words_in_a_thread_of_one_picture(
    text: str, intent: Intent, picture: int | None, references: tuple[int, ...]
) -> None:
    reading = read(Heard(text, pictures=1, has_job=True))
    assert (reading.intent, reading.picture, reading.references) == (intent, picture, references)


@given(st.text(max_size=3000), st.booleans(), st.integers(0, 4))
def test_any_message_is_read(text: str, addressed: bool, pictures: int) -> None:
    reading = read(Heard(text, addressed=addressed, pictures=pictures, has_job=pictures > 0))
    assert reading.picture is None or 1 <= reading.picture <= pictures
    assert set(reading.references) <= {1, 2, 3, 4, 5}
    assert addressed or reading.intent is not Intent.NEW


@given(st.sampled_from(["make it blue", "again", "upscale", "delete it", "U2", "sources?"]))
def test_words_to_another_person_are_left_alone(wish: str) -> None:
    for text in (f"@Bob {wish}", f"<@42> {wish}", f"Bob, {wish} please"):
        assert read(Heard(text, pictures=4, has_job=True)).intent is Intent.NOTHING
    reply = Heard(wish, to_other=True, pictures=4, has_job=True)
    assert wish == "U2" or read(reply).intent is Intent.NOTHING


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("setings", "settings"),
        ("settings langauge en", "settings language en"),
        ("news lst", "news list"),
        ("Gallerie", "galerie"),
        ("statue", ""),
        ("settings for a fantasy novel about dragons", ""),
        ("a cat", ""),
        ("-- setings", ""),
        ("settings", ""),
    ],
)
def test_what_is_nearly_a_sub_command_is_asked_back(text: str, meant: str) -> None:
    assert suggested(text) == meant
    if meant:
        reading = read(Heard(text, addressed=True))
        assert (reading.intent, reading.suggestion) == (Intent.SUGGEST, meant)


@given(st.text("abcd", max_size=7), st.text("abcd", max_size=7))
def test_the_distance_of_two_words_is_symmetric_and_zero_only_for_the_same(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a) <= 3
    assert (distance(a, b) == 0) == (a == b)


def entry(
    n: int,
    claim: str,
    passage: str | None,
    verdict: EvidenceVerdict = EvidenceVerdict.SUPPORTED,
) -> EvidenceEntry:
    return EvidenceEntry(n, claim, verdict, title="Page", passage=passage)


EVIDENCE = [
    entry(1, "The tower has a green roof.", "The Old Town tower was completed in 1380."),
    entry(2, "The bridge has sixteen arches.", "Charles Bridge was built by Peter Parler."),
    entry(3, "The bridge is long.", "The bridge is 516 metres long and nearly 10 metres wide."),
    entry(4, "The river is dark.", None),
    entry(5, "It was painted by a dog.", "Painted by a dog in 1999.", EvidenceVerdict.UNSUPPORTED),
]


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("how old is the tower?", [1]),
        ("who built the bridge?", [2]),
        ("how long is the bridge?", [3]),
        ("wie lang ist die Brücke?", [3]),
        ("who painted it?", []),
        ("how tall is the tower?", []),
        ("is the river dark?", [4]),
        ("what's for lunch?", []),
    ],
)
def test_questions_are_answered_from_the_evidence_or_it_is_silent(
    question: str, numbers: list[int]
) -> None:
    assert [found.n for found in answers(question, EVIDENCE)] == numbers


class Chooser:
    """A model that always says the same, and keeps what it was asked."""

    def __init__(self, answer: str | Exception | None) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def choose(self, message: str, choices: Mapping[str, str], *, about: str) -> str | None:
        assert about
        assert "change" in choices
        self.asked.append(message)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_a_model_is_asked_only_where_the_rules_are_not_sure() -> None:
    model = Chooser("change")
    unsure = Heard("the vibe of a quiet harbour town", addressed=True, pictures=1, has_job=True)
    assert (await known_better(model, unsure, read(unsure))).intent is Intent.CHANGE
    sure = Heard("upscale", addressed=True, pictures=1, has_job=True)
    other = Heard("@Bob the vibe of a harbour", pictures=1, has_job=True)
    for heard in (sure, other):
        assert await known_better(model, heard, read(heard)) == read(heard)
    assert model.asked == [unsure.text]


@pytest.mark.parametrize("answer", [None, "rm -rf", "offer", RuntimeError("down")])
async def test_a_model_that_fails_or_says_something_else_changes_nothing(
    answer: str | Exception | None,
) -> None:
    heard = Heard("the vibe of a quiet harbour town", addressed=True, pictures=1, has_job=True)
    assert await known_better(Chooser(answer), heard, read(heard)) == read(heard)
