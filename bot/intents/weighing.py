"""Rules and the learned model together: what is read where they do not agree.

The rules know whole sentences and who is spoken to; the model has seen more ways to say things.
Below a picture nobody called Limner for, a wish needs both to think it possible or one to be all
but certain, since a picture that nobody asked for disturbs more than a wish that is said again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.intents.models import Heard, Intent, Reading

POSSIBLE: Final = 0.12
"""Below this probability of a wish, what the rules took for a change is talk."""
CERTAIN: Final = 0.9
"""From here on a wish is one although the rules see none."""
ASKED: Final = 0.75
"""From here on a question is about the picture although the rules see none."""
LIKELY: Final = 0.6
"""From here on a wish that was said to Limner is one, where the rules would ask."""
WISHES: Final = (
    *(Intent.CHANGE, Intent.SEED, Intent.AGAIN, Intent.UPSCALE, Intent.SOURCES, Intent.DELETE),
)
_RARE: Final = frozenset({Intent.DELETE, Intent.SOURCES, Intent.AGAIN, Intent.UPSCALE})
_WEIGHED: Final = frozenset({Intent.CHANGE, Intent.OFFER, Intent.SEED})
"""What the rules guess by the build of a sentence, not by knowing all of it."""


def weighed(heard: Heard, reading: Reading, found: Mapping[str, float]) -> Reading:
    """The reading of the rules, or another where the model has good reasons against it.

    ``found`` are the probabilities of intents; the message is not one to another person.
    """
    likeliest = max(WISHES, key=lambda intent: found.get(intent.value, 0.0))
    wish = sum(found.get(intent.value, 0.0) for intent in WISHES)
    named = found.get(likeliest.value, 0.0)
    if reading.intent is Intent.CHANGE and likeliest is not Intent.CHANGE and named >= LIKELY:
        return replace(reading, intent=likeliest)
    if heard.addressed:
        unsure = reading.intent is Intent.OFFER or (
            reading.intent is Intent.NEW and not reading.sure
        )
        if unsure and wish >= LIKELY and likeliest not in _RARE:
            return replace(reading, intent=likeliest, instruction=heard.text.strip())
        return reading
    if reading.intent in _WEIGHED and wish < POSSIBLE:
        return Reading(Intent.NOTHING, sure=False)
    if reading.intent is not Intent.NOTHING or reading.suggestion:
        return reading
    if wish >= CERTAIN:
        return Reading(likeliest, heard.text.strip(), picture=reading.picture)
    if found.get(Intent.QUESTION.value, 0.0) >= ASKED:
        return Reading(Intent.QUESTION, heard.text.strip())
    return reading
