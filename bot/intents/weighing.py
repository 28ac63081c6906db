"""Rules and the learned model together: what is read where they do not agree.

The rules know whole sentences and who is spoken to; the model has seen more ways to say things, and
how often the rules were right. Below a picture nobody called Limner for, a picture is drawn only of
what is all but certainly a wish, since a picture that nobody asked for disturbs more than a wish
that is said again; answers in words need less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.intents.models import Heard, Intent, Reading

CERTAIN: Final = 0.92
"""From this probability on that something is wanted, a picture is drawn without a call."""
AGREED: Final = 0.6
"""The same where the rules read a change as well."""
COMMANDED: Final = 0.8
"""The same for what few other sentences sound like: other pictures, a larger one."""
NAMED: Final = 0.6
"""From this share of it on one intent is meant; below, people are asked."""
DOUBTED: Final = 0.7
"""From this probability of talk on even whole sentences that the rules know are left alone."""
OVERRULED: Final = 0.97
"""From this probability on an intent is meant although the rules know the words as talk."""
ANSWERED: Final = 0.5
"""From this probability on a question is answered without a call."""
LIKELY: Final = 0.6
"""From this probability on an intent is what was said to Limner."""
DRAWING: Final = frozenset({Intent.CHANGE, Intent.SEED, Intent.AGAIN, Intent.UPSCALE, Intent.NEW})
_COMMANDS: Final = frozenset({Intent.SEED, Intent.AGAIN, Intent.UPSCALE})
_GUESSED: Final = frozenset(
    {Intent.CHANGE, Intent.OFFER, Intent.SEED, Intent.NEW, Intent.NOTHING, Intent.QUESTION}
)
"""What the rules guess by the build of a sentence, not by knowing all of it."""


def weighed(heard: Heard, reading: Reading, found: Mapping[str, float]) -> Reading:
    """The reading of the rules, or another where the model has good reasons against it.

    ``found`` are the probabilities of intents; the message is not one to another person.
    """
    if reading.intent not in _GUESSED:
        talk = not heard.addressed and found.get(Intent.NOTHING.value, 0.0) >= DOUBTED
        return Reading(Intent.NOTHING, sure=False) if talk else reading
    if heard.files and reading.intent is not Intent.NOTHING:
        return reading
    likeliest = Intent(max(found, key=lambda name: found[name]))
    if heard.addressed:
        return _said_to_limner(heard, reading, likeliest, found[likeliest.value])
    if reading.suggestion and found[likeliest.value] < OVERRULED:
        return reading
    wanted = 1 - found.get(Intent.NOTHING.value, 0.0)
    named = {name: share for name, share in found.items() if name != Intent.NOTHING}
    wish = Intent(max(named, key=lambda name: named[name], default=Intent.NOTHING.value))
    if wish is Intent.NOTHING:
        return Reading(Intent.NOTHING, sure=False)
    if wish not in DRAWING:
        return (
            _as(wish, heard, reading)
            if found[wish.value] >= ANSWERED
            else Reading(Intent.NOTHING, sure=False)
        )
    agreed = reading.intent is Intent.CHANGE and wish is Intent.CHANGE
    if wanted < (AGREED if agreed else COMMANDED if wish in _COMMANDS else CERTAIN):
        return Reading(Intent.NOTHING, sure=False)
    if wish is Intent.NEW or found[wish.value] < NAMED * wanted:
        return replace(reading, intent=Intent.OFFER, instruction=heard.text.strip(), sure=False)
    return _as(wish, heard, reading)


def _said_to_limner(heard: Heard, reading: Reading, likeliest: Intent, found: float) -> Reading:
    if likeliest is reading.intent or found < LIKELY:
        return reading
    if likeliest is Intent.NOTHING:
        return Reading(Intent.NOTHING, suggestion="talk")
    if likeliest is Intent.NEW:
        return replace(reading, intent=Intent.OFFER, instruction=heard.text.strip(), sure=False)
    return _as(likeliest, heard, reading)


def _as(intent: Intent, heard: Heard, reading: Reading) -> Reading:
    """The reading with another intent, sure where the rules agree."""
    if intent is reading.intent:
        return reading
    return replace(reading, intent=intent, instruction=heard.text.strip(), suggestion="")
