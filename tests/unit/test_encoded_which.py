"""Which picture of a set a message means, by what the text encoder says of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from bot.intents import encoded_which
from bot.intents.models import Heard, Intent, Reading
from bot.intents.reader import read
from bot.intents.sets import with_pictures
from evaluation.intent_messages import Labelled
from evaluation.which_encoder_training import rows_of, teachable

TOWERS = ("a lighthouse of white stone on a cliff, gulls", "a ruined tower among nettles")
CHANGE = Reading(Intent.CHANGE)


def below(text: str, *, texts: tuple[str, ...] = TOWERS) -> Heard:
    return Heard(text, pictures=len(texts), has_job=True, of_each=texts)


def saying(*shares: float) -> Callable[[Heard], Sequence[float]]:
    return lambda _heard: [math.log(share) for share in shares]


@pytest.mark.parametrize(
    ("text", "shares", "picture"),
    [
        ("the broken one, darker please", (0.02, 0.9), 2),
        ("darker please", (0.2, 0.3), None),  # none is likely
        ("darker please", (0.6, 0.7), None),  # both are
        ("more gulls around it", (0.1, 0.1), 1),  # only the first one shows some
        ("more gulls around it", (0.001, 0.8), 2),  # but its sentence is about the other
        ("the first one darker", (0.01, 0.9), 1),  # a number is a number
    ],
)
def test_the_picture_that_most_probably_is_meant_counts(
    text: str, shares: tuple[float, float], picture: int | None
) -> None:
    assert with_pictures(below(text), CHANGE, saying(*shares)).picture == picture


@pytest.mark.parametrize(
    ("texts", "shares", "both"),
    [
        (("a lighthouse", "a lighthouse"), (0.02, 0.03), True),
        (("a lighthouse", "a lighthouse"), (0.2, 0.3), False),
        (TOWERS, (0.02, 0.03), False),
    ],
)
def test_only_a_change_of_two_pictures_that_do_not_differ_is_made_to_both(
    texts: tuple[str, ...], shares: tuple[float, float], both: bool
) -> None:
    heard = below("darker please", texts=texts)
    assert with_pictures(heard, CHANGE, saying(*shares)).together is both


def test_without_the_encoder_the_words_of_each_picture_decide() -> None:
    heard = below("more gulls around it")
    assert with_pictures(heard, CHANGE, lambda _heard: None).picture == 1


def test_it_is_not_asked_where_a_message_names_a_number_or_all_pictures() -> None:
    def asked(_heard: Heard) -> Sequence[float]:
        raise AssertionError("was asked")

    assert with_pictures(below("2 darker please"), CHANGE, asked).picture == 2
    assert with_pictures(below("make both darker"), CHANGE, asked).every


def test_the_shipped_one_knows_other_words_for_what_a_picture_shows() -> None:
    assert read(below("can you make the ruin a bit darker please")).picture == 2
    texts = ("a red fox asleep in the snow", "three owls on a branch", "a hare at dusk")
    heard = below("give the sleeping one a bushier tail please", texts=texts)
    logarithms = encoded_which.get_logarithms(heard)
    assert logarithms is not None
    assert logarithms[0] == max(logarithms) > math.log(0.5)


def test_it_learns_from_messages_that_mean_a_picture_and_from_wishes_that_mean_none() -> None:
    def message(text: str, want: str, which: int | None, *texts: str) -> Labelled:
        wanted = frozenset((want,))
        return Labelled("eleventh", "towers", "thread", 2, text, wanted, which, of_each=texts)

    second = message("the ruin darker", "change", 2, *TOWERS)
    none = message("darker please", "change", None, *TOWERS)
    talk = message("nice weather", "nothing", None, *TOWERS)
    assert teachable([second, none, talk]) == [second, none]
    rows = list(rows_of([second, none]))
    assert [row.classes for row in rows] == [[0], [1], [0], [0]]
