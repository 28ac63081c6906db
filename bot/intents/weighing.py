"""Rules and the learned model together: what is read where they do not agree.

The model is told what the rules read and learned how far to trust them, so it decides, but for
whole sentences that the rules know. Below a picture nobody called Limner for, a picture is drawn
only of what is all but certainly a wish, and what very likely is one is asked about; answers in
words need less. The limits were chosen on twelve authors whose messages the model that judged them
had not seen (``python -m evaluation.intent_bench --shipped``), the hardest and newest counting
most, so that one to three in a hundred messages of a new author get a wrong picture, and as many
of those that want nothing a picture or a question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.intents.models import Heard, Intent, Reading

DRAWN: Final[Mapping[Intent, float]] = {Intent.CHANGE: 0.88, Intent.NEW: 0.75}
"""From this probability of an intent on, a picture is drawn without a call. What people tell each
other about a picture often sounds like a wish for a change, seldom like any other wish."""
OTHERS_DRAWN: Final = 0.8
"""The same for every other intent."""
AGREED: Final = 0.84
"""The same for any intent that the rules are sure of as well."""
LIKELY: Final = 0.84
"""From this probability on people are asked where the rules are sure of the same."""
ASKED: Final = 0.9
"""From this probability that something is wanted, people are asked without a call."""
OTHERS_ASKED: Final = 0.9
"""The same where it is likely something else than a change."""
ANSWERED: Final = 0.42
"""From this probability on a question is answered without a call."""
NAMED: Final = 0.8
"""From this share of what is wanted on, an intent is what was said to Limner."""
UNCLEAR: Final = 0.25
"""From this probability of a picture on, people are asked rather than answered in doubt."""
TALK: Final = 0.95
"""From this probability on, words to Limner are only talk."""
DOUBTED: Final = 0.7
"""From this probability of talk on even whole sentences that the rules know are left alone."""
OVERRULED: Final = 0.85
"""From this probability on, another intent is meant than the rules know the sentence for."""
NO_TALK: Final = 0.97
"""From this probability of a wish on, words are no talk although the rules know them as such."""
NOT_NEW: Final = 0.9
"""From this probability of a change on, what the rules take for a new picture is none; below it,
people are asked: "paint a castle on a hill", below a lighthouse."""
DRAWING: Final = frozenset(
    {
        *(Intent.CHANGE, Intent.SEED, Intent.AGAIN, Intent.UPSCALE, Intent.NEW),
        *(Intent.REFERENCE, Intent.RESEARCH),
    }
)
_GUESSED: Final = frozenset(
    {Intent.CHANGE, Intent.OFFER, Intent.SEED, Intent.NEW, Intent.NOTHING, Intent.QUESTION}
)
"""What the rules guess by the build of a sentence, not by knowing all of it."""


def weighed(heard: Heard, reading: Reading, found: Mapping[str, float]) -> Reading:
    """The reading of the rules, or another where the model has good reasons against it.

    ``found`` are the probabilities of intents; the message is not one to another person.
    """
    talk = found.get(Intent.NOTHING.value, 0.0)
    wishes = {name: share for name, share in found.items() if name != Intent.NOTHING}
    wish = Intent(max(wishes, key=lambda name: wishes[name], default=Intent.NOTHING.value))
    share = wishes.get(wish.value, 0.0)
    overruled = wish is not reading.intent and share >= OVERRULED
    if reading.intent not in _GUESSED and not overruled:
        left_alone = not heard.addressed and talk >= DOUBTED
        return Reading(Intent.NOTHING, sure=False) if left_alone else reading
    if heard.files and reading.intent is not Intent.NOTHING:
        return reading
    if heard.addressed:
        drawn = sum(wishes.get(intent.value, 0.0) for intent in DRAWING)
        if wish not in DRAWING and share < NAMED and drawn >= UNCLEAR and talk < TALK:
            return _as(Intent.OFFER, heard, reading)
        return _said_to_limner(heard, reading, wish, share=share, talk=talk)
    if reading.suggestion and 1 - talk < NO_TALK:
        return reading
    if wish in DRAWING:
        agreed = wish is reading.intent and reading.sure
        drawn = DRAWN.get(wish, OTHERS_DRAWN)
        if share >= (min(AGREED, drawn) if agreed else drawn):
            return _as(wish, heard, reading, share)
        asked = ASKED if wish is Intent.CHANGE else OTHERS_ASKED
        if 1 - talk >= asked or (agreed and share >= LIKELY):
            return _as(Intent.OFFER, heard, reading)
    elif share >= ANSWERED:
        return _as(wish, heard, reading)
    return Reading(Intent.NOTHING, sure=False)


def _said_to_limner(
    heard: Heard, reading: Reading, wish: Intent, *, share: float, talk: float
) -> Reading:
    if talk >= TALK:
        return Reading(Intent.NOTHING, suggestion="talk")
    if reading.intent is Intent.NEW and wish is Intent.CHANGE and share < NOT_NEW:
        return _as(Intent.OFFER, heard, reading)
    named = share >= NAMED * (1 - talk) and (share > talk or wish is reading.intent)
    if named or wish not in DRAWING:
        return _as(wish, heard, reading, share)
    return _as(Intent.OFFER, heard, reading)


def _as(intent: Intent, heard: Heard, reading: Reading, share: float = 0.0) -> Reading:
    """The reading with another intent, sure where the rules agree. A new picture is drawn only
    where they agree or the model is sure of it; else people are asked."""
    if intent is reading.intent and (intent is not Intent.NEW or heard.addressed):
        return reading
    asks = intent is Intent.OFFER or (intent is Intent.NEW and share < DRAWN[Intent.NEW])
    return replace(
        reading,
        intent=Intent.OFFER if asks else intent,
        instruction=heard.text.strip(),
        sure=reading.sure and not asks,
        suggestion="",
    )
