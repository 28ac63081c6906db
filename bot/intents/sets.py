"""Which pictures of a set a reading is for: one that is named or described, all, or not said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.intents import encoded_which
from bot.intents.described import (
    are_told_apart,
    described_picture,
    placed_picture,
    tells_apart,
)
from bot.intents.models import ABOUT_PICTURES, OF_ONE, Heard, Intent, Reading
from bot.intents.which import means_every, named_picture, numbers_named, pointed
from bot.intents.wording import languages_of, without_decoration

CHANGED_TOGETHER: Final = 2
"""Up to so many pictures that do not differ, a wish that names none changes all; of others, people
choose."""
LEAST_MEANT: Final = 0.5
"""How probable it must be that a picture which no number names is meant, and twice as probable as
that any other is."""
OF_WORDS: Final = 80.0
"""What the odds of a picture count where the message has the words that only that one shows. Both
were chosen on authors of whom the encoder had not read a message."""
MOST_OF_NONE: Final = 0.15
"""So probable may it be at most that a message means any one of the pictures, in all, for a wish to
be carried out with two."""
JudgeWhich = Callable[[Heard], Sequence[float] | None]


def with_pictures(
    heard: Heard, reading: Reading, which: JudgeWhich = encoded_which.get_logarithms
) -> Reading:
    """The reading with the one picture of a set that a message names in any way, or with all;
    ``which`` gives the logarithms of how probable it is that each one is meant."""
    about_one = reading.intent in ABOUT_PICTURES or reading.intent is Intent.OFFER
    if heard.pictures < 2 or not about_one or reading.picture is not None:
        return reading
    plain, count = without_decoration(heard.text), heard.pictures
    languages = languages_of(plain)
    meant = [pointed(plain, language, pictures=count).picture for language in languages]
    number = next((one for one in meant if one is not None), None)
    number = number or named_picture(plain, languages, pictures=count)
    if number is None and means_every(plain, pictures=count):
        return replace(reading, every=True)
    number = number or placed_picture(plain, pictures=count)
    if number is not None:
        return replace(reading, picture=number)
    by_words = described_picture(plain, heard.of_each, languages)
    several = bool(numbers_named(plain, languages, pictures=count)) or (
        by_words is None and tells_apart(plain, heard.of_each, languages)
    )
    logarithms = None if several else which(heard)
    meant_most = None if several else _likeliest(logarithms, by_words)
    if meant_most is not None:
        return replace(reading, picture=meant_most)
    in_all = sum(map(math.exp, logarithms or ()))
    particular = several or by_words is not None or in_all > MOST_OF_NONE
    return replace(reading, together=_concerns_all(reading, heard, particular=particular))


def _likeliest(logarithms: Sequence[float] | None, by_words: int | None) -> int | None:
    """The picture that a message most probably means, None where none is probable; by its words
    alone where the encoder says nothing."""
    if logarithms is None:
        return by_words
    shares = [math.exp(each) for each in logarithms]
    if by_words is not None:
        odds = OF_WORDS * shares[by_words - 1]
        shares[by_words - 1] = odds / (odds + 1 - shares[by_words - 1])
    second, best = sorted(shares)[-2:]
    return shares.index(best) + 1 if best >= max(LEAST_MEANT, 2 * second) else None


def _concerns_all(reading: Reading, heard: Heard, *, particular: bool) -> bool:
    """Whether a wish that names no picture is for all of them. "The same again" is; so is a change
    of two that are said to show the same, since one more picture costs less than a question. Of
    two that differ, people mostly go on about one."""
    if particular:
        return False
    alike = heard.pictures <= CHANGED_TOGETHER and not are_told_apart(heard.of_each)
    return (alike and reading.intent is Intent.CHANGE) or reading.intent is Intent.AGAIN


def needs_one_picture(reading: Reading, heard: Heard) -> bool:
    """Whether people are to be asked which picture of a set they mean: it is not said, and other
    versions of one are not as good as of another."""
    named = reading.picture is not None or reading.every or reading.together
    if heard.pictures < 2 or named:
        return False
    told_apart = are_told_apart(heard.of_each)
    return reading.intent in OF_ONE or (reading.intent is Intent.SEED and told_apart)
