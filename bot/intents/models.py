"""What is read from a message, and what is known beside its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.intents.subcommands import Ask

MAX_CHARS = 1000
"""Longest message that is read as a wish about a picture; longer ones are prompts."""


class Intent(StrEnum):
    """What a message wants. The values are the ids that a model may answer with."""

    CHANGE = "change"
    AGAIN = "again"
    """The same picture once more."""
    SEED = "seed"
    """Other pictures of the same."""
    REFERENCE = "reference"
    """The same with other reference images."""
    RESEARCH = "research"
    """The same after another search."""
    UPSCALE = "upscale"
    SOURCES = "sources"
    QUESTION = "question"
    """Something about the picture that its evidence may answer."""
    STATUS = "status"
    CANCEL = "cancel"
    DELETE = "delete"
    SETTINGS = "settings"
    HELP = "help"
    NEWS = "news"
    GALLERY = "gallery"
    NEW = "new"
    """A new picture."""
    COMMAND = "command"
    """A sub-command, as it is typed behind ``/illustrate``."""
    SUGGEST = "suggest"
    """Nearly a sub-command."""
    OFFER = "offer"
    """A picture is meant, but it is not clear whether it is to change or a new one is wanted."""
    NOTHING = "nothing"


ABOUT_PICTURES = frozenset(
    {
        Intent.CHANGE,
        Intent.AGAIN,
        Intent.SEED,
        Intent.REFERENCE,
        Intent.RESEARCH,
        Intent.UPSCALE,
        Intent.SOURCES,
        Intent.QUESTION,
        Intent.DELETE,
    }
)
"""Intents that need a picture which was drawn before."""
OF_ONE = frozenset({Intent.CHANGE, Intent.AGAIN, Intent.UPSCALE})
"""Intents that need one picture of a set, or say that all are meant."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message with what is known about it.

    ``text`` is without Limner's own mention; others' mentions begin with ``@`` or ``<@``.
    ``addressed`` says that Limner was mentioned, replied to, or written to alone.
    ``to_other`` that the message replies to somebody else. ``pictures`` counts the finished
    pictures that it may speak of, ``has_job`` says that a job may be meant, finished or not.
    ``files`` counts pictures that came with the message. ``shown`` are the words that the picture
    was drawn from (``bot.intents.things.words_shown``), ``of_each`` is what is known of each
    picture of a set by itself, empty where nothing is. ``about`` is the text that they were drawn
    from, empty where it is not known.
    """

    text: str
    addressed: bool = False
    to_other: bool = False
    pictures: int = 0
    has_job: bool = False
    files: int = 0
    shown: frozenset[str] = frozenset()
    of_each: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message wants.

    ``instruction`` is what should change or be drawn. ``picture`` counts from 1, None where the
    message does not say which; ``every`` says that it means all pictures of the set, ``together``
    that it names none and may be carried out with all; ``references`` are numbers of reference
    images that it names. ``sure`` is False where the rules guessed and a model may know better.
    ``suggestion`` is the sub-command that was nearly typed.
    """

    intent: Intent
    instruction: str = ""
    picture: int | None = None
    references: tuple[int, ...] = ()
    sure: bool = True
    suggestion: str = ""
    ask: Ask | None = None
    every: bool = False
    together: bool = False
