"""Which pictures of a set a reading is for: one that is named or described, all, or not said."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

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
"""Up to so many pictures a wish that names none of them changes all; of more, people choose."""


def with_pictures(heard: Heard, reading: Reading) -> Reading:
    """The reading with the one picture of a set that a message names in any way, or with all."""
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
    number = number or described_picture(plain, heard.of_each, languages)
    if number is not None:
        return replace(reading, picture=number)
    particular = bool(numbers_named(plain, languages, pictures=count)) or tells_apart(
        plain, heard.of_each, languages
    )
    return replace(reading, together=_concerns_all(reading, count, particular=particular))


def _concerns_all(reading: Reading, pictures: int, *, particular: bool) -> bool:
    """Whether a wish that names no picture is for all of them. "The same again" is; of two, so is
    a change of what both have, since one more picture costs less than a question."""
    if particular:
        return False
    changed = reading.intent is Intent.CHANGE and pictures <= CHANGED_TOGETHER
    return changed or reading.intent is Intent.AGAIN


def needs_one_picture(reading: Reading, heard: Heard) -> bool:
    """Whether people are to be asked which picture of a set they mean: it is not said, and other
    versions of one are not as good as of another."""
    named = reading.picture is not None or reading.every or reading.together
    if heard.pictures < 2 or named:
        return False
    told_apart = are_told_apart(heard.of_each)
    return reading.intent in OF_ONE or (reading.intent is Intent.SEED and told_apart)
