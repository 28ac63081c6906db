"""Intents: who is meant, what is wanted, which picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.models import EvidenceEntry
from bot.commands.answers import answers
from bot.commands.intent_model import known_better
from bot.intents.learned import NETWORK, WEIGHTS, Learned, probabilities
from bot.intents.lexicon import folded, lexicons
from bot.intents.meaning import read_network
from bot.intents.models import Heard, Intent, Reading
from bot.intents.reader import by_rules, called_by_name, is_between_people, read
from bot.intents.subcommands import distance, suggested
from bot.intents.things import words_shown
from bot.intents.which import named_picture
from domain.encoder.network import Purpose
from domain.encoder.packaged import SIZE
from domain.linear_model import read_linear_model
from domain.research import EvidenceVerdict
from evaluation.intent_messages import below_pictures
from evaluation.intent_training import fit, teachable, write_learned


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
    found = read(Heard(text, pictures=1, has_job=True, shown=shown)).intent
    asked = intent is Intent.CHANGE and found is Intent.OFFER  # where it is not quite sure
    assert found is intent or asked


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


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("can 3 have less candle and more gloom", 3),
        ("Export 2 at 4000px for the shop", 2),
        ("take the label from the second with a darker cloth", 2),
        ("die dritte aber ohne Hut", 3),
        ("#4 inverted, cream on brown", 4),
        ("bei der eins bitte mehr Licht", 1),
        ("add 2 trees", None),
        ("we meet at 3", None),
        ("first of all, thanks", None),
        ("page 2 next", None),
        ("the mud from 4 and the shoe from 3", None),
        ("7 please", None),
    ],
)
def test_a_picture_of_a_set_is_named_by_number_anywhere(text: str, picture: int | None) -> None:
    assert named_picture(folded(text), lexicons(), pictures=4) == picture


@pytest.mark.parametrize(
    "text",
    ["weniger putzig, wir sind Erwachsene", "first one, give her freckles", "ohne Hut, lieber so"],
)
def test_words_before_a_comma_are_no_names_unless_written_as_names(text: str) -> None:
    assert not is_between_people(Heard(text, pictures=4, has_job=True))
    assert is_between_people(Heard(f"Tom Lee, {text}", pictures=4, has_job=True))


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("good point, and the floor as well, Limner", True),
        ("with a kite in the sky? Limner could you", True),
        ("hills are needed there. Limner, take the mist out", True),
        ("the other hat please @limner!", True),
        ("I asked limner already", False),
        ("limner's hats are odd, aren't they", False),
        ("did it say why, or does limner not know", False),
    ],
)
def test_who_calls_limner_later_in_a_message_speaks_to_it(text: str, called: bool) -> None:
    for reply in (False, True):
        heard = called_by_name(Heard(text, to_other=reply, pictures=1, has_job=True))
        assert heard.addressed is called
        assert heard.to_other is (reply and not called)


@pytest.mark.parametrize(
    "text", ["bitte eintragen: Fr 14 Uhr, Gemeindehaus", "und das Dach rot, das vom Gasthaus"]
)
def test_a_german_thing_at_the_end_is_no_name(text: str) -> None:
    assert not is_between_people(Heard(text, pictures=1, has_job=True))
    assert is_between_people(Heard(f"{text}, Lena", pictures=1, has_job=True))


@pytest.mark.parametrize(
    "text",
    [
        *("anything happening with the map?", "did that go through?", "still cooking?"),
        *("is it coming or did it get lost", "kommt da noch was?", "läufts noch?"),
    ],
)
def test_how_far_a_picture_is_may_be_asked_in_many_words(text: str) -> None:
    assert by_rules(Heard(text, pictures=1, has_job=True)).intent is Intent.STATUS


@pytest.mark.parametrize("text", ["number 2 👀", "2 🔥", "nummer 1 🎉", "the first one 👍🏽"])
def test_a_picture_that_is_only_pointed_at_with_an_emoji_is_read(text: str) -> None:
    assert by_rules(Heard(text, pictures=3, has_job=True)).intent is Intent.NOTHING


@settings(deadline=None)  # the first message waits for the model
@given(st.text(max_size=3000), st.booleans(), st.integers(0, 4))
def test_any_message_is_read(text: str, addressed: bool, pictures: int) -> None:
    reading = read(Heard(text, addressed=addressed, pictures=pictures, has_job=pictures > 0))
    assert reading.picture is None or 1 <= reading.picture <= pictures
    assert set(reading.references) <= {1, 2, 3, 4, 5}
    assert addressed or pictures or reading.intent is not Intent.NEW


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


def test_written_weights_are_read_as_they_were_trained(tmp_path: Path) -> None:
    taught = teachable(list(below_pictures("eighth")))
    fitted = fit(taught)
    write_learned(fitted, tmp_path)
    words = read_linear_model((tmp_path / WEIGHTS).read_bytes())
    weights = Learned(words, read_network((tmp_path / NETWORK).read_bytes()))
    for message, _intent in taught[:20]:
        reading = by_rules(message.heard)
        expected = probabilities(message.heard, reading, fitted)
        found = probabilities(message.heard, reading, weights)
        assert found == pytest.approx(expected, abs=0.1)
        assert sum(found.values()) == pytest.approx(1)


def fitted_with_encoder(wanted: str) -> tuple[Learned, Learned]:
    """A small model, and the same with a text encoder that is all but sure of one intent."""
    fitted = fit(teachable(list(below_pictures("eighth"))))
    names = fitted.words.names
    of_class = np.array([12.0 * (name == wanted) for name in names], np.float32)
    purpose = Purpose(
        names, {}, np.zeros((1, 2 * SIZE), np.float32), np.zeros(1, np.float32),
        np.zeros((len(names), 1), np.float32), of_class,
    )  # fmt: skip
    return fitted, Learned(fitted.words, fitted.meaning, (purpose,))


def test_the_text_encoder_counts_beside_words_and_meaning() -> None:
    fitted, joined = fitted_with_encoder("change")
    heard = Heard("who has the key?", pictures=1, has_job=True)
    reading = by_rules(heard)

    without, found = (probabilities(heard, reading, model) for model in (fitted, joined))

    assert found["change"] > without["change"]
    assert sum(found.values()) == pytest.approx(1)


def test_without_the_package_of_the_encoder_the_rest_judges_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(_texts: object) -> None:
        raise FileNotFoundError

    fitted, joined = fitted_with_encoder("change")
    heard = Heard("who has the key?", pictures=1, has_job=True)
    monkeypatch.setattr("bot.intents.encoded.get_text_encoder", lambda: missing(None))

    found = probabilities(heard, by_rules(heard), joined)

    assert found == probabilities(heard, by_rules(heard), fitted)


@pytest.mark.parametrize(("share", "intent"), [(0.85, "offer"), (0.99, "change")])
def test_people_are_asked_where_rules_and_model_do_not_agree_on_a_new_picture(
    share: float, intent: str
) -> None:
    heard = Heard("paint a castle on a hill", addressed=True, pictures=1, has_job=True)
    assert by_rules(heard).intent is Intent.NEW
    found = {"change": share, "nothing": 1 - share}
    assert read(heard, lambda _heard, _reading: found).intent.value == intent


@pytest.mark.parametrize(
    ("text", "found", "intent"),
    [
        ("call the volcano Mount Grish", {"change": 0.97}, "change"),
        ("call the volcano Mount Grish", {"change": 0.7, "nothing": 0.3}, "nothing"),
        ("make it blue", {"nothing": 0.97}, "nothing"),
        ("make it blue", {"change": 0.4, "nothing": 0.6}, "nothing"),
        ("make it blue", {"change": 0.95, "nothing": 0.05}, "change"),
        ("next a fox in the snow", {"new": 0.7, "seed": 0.2, "nothing": 0.1}, "offer"),
        ("next a fox in the snow", {"new": 0.95}, "new"),
        ("could it be printed larger", {"upscale": 0.86, "nothing": 0.14}, "upscale"),
        ("one more blue one", {"change": 0.5, "seed": 0.45}, "offer"),
        ("did the samples arrive?", {"question": 0.35, "nothing": 0.65}, "nothing"),
        ("upscale", {"upscale": 0.5, "nothing": 0.5}, "upscale"),
        ("upscale", {"nothing": 1.0}, "nothing"),
        ("@Bob make it blue", {"change": 1.0}, "nothing"),
    ],
)
def test_a_wish_to_nobody_is_acted_on_where_the_model_is_all_but_certain(
    text: str, found: Mapping[str, float], intent: str
) -> None:
    def judge(heard: Heard, reading: Reading, /) -> Mapping[str, float]:
        assert (heard.text, reading) == (text, by_rules(heard))
        return found

    assert read(Heard(text, pictures=1, has_job=True), judge).intent.value == intent
