"""Labelled messages to Limner and around it, from the files beside the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from bot.intents.described import texts_of_each
from bot.intents.meaning import text_about
from bot.intents.models import Heard
from bot.intents.things import words_shown

MESSAGES: Final = Path(__file__).parents[1] / "tests" / "data" / "talk"
ROOMS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "practice", "eleventh", "twelfth", "variety", "thirteenth", "fourteenth"),
    *("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"),
    *("twentyfirst", "twentysecond", "twentythird", "twentyfourth", "twentyfifth", "twentysixth"),
    *("twentyseventh", "twentyeighth", "twentyninth", "thirtieth", "thirtyfirst"),
    *("thirtysecond", "thirtythird", "thirtyfourth", "thirtyfifth", "thirtysixth"),
    *("thirtyseventh", "thirtyeighth", "thirtyninth", "fortieth", "fortyfirst", "fortysecond"),
    *("fortythird", "fortyfourth", "fortyfifth", "fortysixth", "fortyseventh", "fortyeighth"),
    "fortyninth",
)
"""Batches of messages below known pictures, in the order in which they were written."""
ADDRESSED: Final = frozenset(
    {"dm", "thread-mention", "thread-reply", "channel-mention", "channel-reply", "forum-mention"}
)


@dataclass(frozen=True)
class Labelled:
    """A message and what is wanted: any of ``wanted``, of picture ``which`` where it says one."""

    batch: str
    scene: str
    place: str
    pictures: int
    text: str
    wanted: frozenset[str]
    which: int | None
    shown: frozenset[str] = frozenset()
    of_each: tuple[str, ...] = ()
    about: str = ""

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
            of_each=self.of_each,
            about=self.about,
        )

    @property
    def is_quiet(self) -> bool:
        """Whether nothing may be drawn or offered."""
        return self.wanted == frozenset(("nothing",))


def alone(name: str) -> Iterator[Labelled]:
    """The messages of ``open`` or ``sealed``, whose pictures are not known."""
    for line in (MESSAGES / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "place\t", "channel\t")):  # nobody hears what calls no one
            continue
        place, _language, pictures, text, _addressed, want, which = line.split("\t")
        wanted = frozenset(want.split("|"))
        yield Labelled(name, "", place, int(pictures), text, wanted, _number(which))


def below_pictures(name: str) -> Iterator[Labelled]:
    """The messages of a batch below the pictures of ``scenes.tsv``."""
    for line in (MESSAGES / f"rooms_{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        scene, place, _language, want, which, text = line.split("\t")
        wanted = frozenset(want.split("|"))
        if place != "channel":
            seen = _seen(scene)
            yield Labelled(
                *(name, scene, place, seen.pictures, text, wanted, _number(which)),
                shown=seen.shown,
                of_each=seen.of_each,
                about=seen.about,
            )


def all_messages(rooms: Sequence[str] = ROOMS) -> list[Labelled]:
    """Every message of these batches, and those without pictures."""
    below = [message for name in rooms for message in below_pictures(name)]
    return [*alone("open"), *alone("sealed"), *below]


@dataclass(frozen=True)
class _Scene:
    """What is known of the pictures that a message stands below."""

    pictures: int
    shown: frozenset[str]
    of_each: tuple[str, ...]
    about: str


@cache
def _seen(scene: str) -> _Scene:
    pictures, texts = _scenes()[scene]
    of_each = texts_of_each(texts[0], texts[1], pictures=pictures)
    return _Scene(pictures, words_shown(*texts), of_each, text_about(texts[0], texts[1]))


@cache
def _scenes() -> dict[str, tuple[int, tuple[str, ...]]]:
    """By name, how many pictures a scene has, and its request, its prompt and its subjects."""
    lines = (MESSAGES / "scenes.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return {row[0]: (int(row[2]), tuple(row[3:])) for row in rows}


def _number(which: str) -> int | None:
    return None if which == "-" else int(which)
