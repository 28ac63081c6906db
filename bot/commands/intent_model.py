"""A model that helps to read a message's intent: it answers with one of our ids, or is ignored.

It is asked where the rules are not sure, has little time, and changes nothing but which of the
intents is meant: the words that are drawn stay the person's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

import structlog

from bot.intents.models import Heard, Intent, Reading
from bot.intents.reader import is_between_people

log = structlog.get_logger(__name__)

TIME_S: Final = 2.5
"""How long a message waits for the model; then the rules decide."""
_CHOICES: Final[Mapping[Intent, str]] = {
    Intent.CHANGE: "asks to change the picture that is shown",
    Intent.AGAIN: "asks for the same picture once more",
    Intent.SEED: "asks for other versions of the picture",
    Intent.REFERENCE: "asks to use other reference photos",
    Intent.RESEARCH: "asks to look the facts up again and draw it anew",
    Intent.UPSCALE: "asks for the picture larger or in higher resolution",
    Intent.SOURCES: "asks where the facts or photos come from",
    Intent.QUESTION: "asks a question about what the picture shows",
    Intent.STATUS: "asks how far the work is",
    Intent.CANCEL: "asks to stop the work",
    Intent.DELETE: "asks to delete the picture",
    Intent.SETTINGS: "asks about settings or another language of the bot",
    Intent.HELP: "asks what the bot can do or how to use it",
    Intent.GALLERY: "asks for the best pictures so far",
    Intent.NEWS: "asks about the scheduled news",
    Intent.NEW: "describes or asks for a new, different picture",
    Intent.NOTHING: "is talk, thanks, praise, or said to another person",
}


class IntentModel(Protocol):
    """Chooses one of several ids for a message."""

    async def choose(self, message: str, choices: Mapping[str, str], *, about: str) -> str | None:
        """The id of the choice that fits, each with what it stands for; None where the model gave
        none of them. ``about`` says in one sentence where the message stands. Asking twice is
        harmless. Raises ``ModelUnavailable``."""
        ...


async def known_better(model: IntentModel, message: Heard, reading: Reading) -> Reading:
    """The reading, or what a model takes the message for where the rules are not sure of it."""
    if not _is_open(message, reading):
        return reading
    choices = {
        intent.value: meaning for intent, meaning in _CHOICES.items() if _fits(intent, message)
    }
    try:
        async with asyncio.timeout(TIME_S):
            chosen = await model.choose(message.text, choices, about=_about(message))
    except Exception as error:  # on any failure of the model, the rules decide
        log.info("intent_model_failed", error=type(error).__name__)
        return reading
    if chosen not in choices or chosen == reading.intent:
        return reading
    return replace(
        reading,
        intent=Intent(chosen),
        instruction=reading.instruction or message.text,
        suggestion="",
    )


def _is_open(message: Heard, reading: Reading) -> bool:
    """Whether a model may say something else: never of commands, nor of words to other people."""
    if reading.ask is not None or reading.intent is Intent.SUGGEST or not message.text.strip():
        return False
    if message.addressed:
        return not reading.sure
    silent = reading.intent is Intent.NOTHING and not reading.suggestion
    return (silent or not reading.sure) and message.pictures > 0 and not is_between_people(message)


def _fits(intent: Intent, message: Heard) -> bool:
    if not message.addressed and intent in (
        Intent.SETTINGS,
        Intent.HELP,
        Intent.GALLERY,
        Intent.NEWS,
    ):
        return False
    about_one = intent not in (
        *(Intent.SETTINGS, Intent.HELP, Intent.GALLERY, Intent.NEWS),
        *(Intent.NEW, Intent.NOTHING, Intent.STATUS, Intent.CANCEL),
    )
    return message.pictures > 0 or not about_one


def _about(message: Heard) -> str:
    place = (
        "It was said to the drawing bot."
        if message.addressed
        else ("It was said in the channel below the bot's picture, perhaps to other people.")
    )
    if not message.pictures:
        return f"{place} No picture is shown."
    noun = "1 picture is" if message.pictures == 1 else f"{message.pictures} pictures are"
    return f"{place} {noun} shown."
