"""What is refused before anything is spent, and what is not."""

from __future__ import annotations

import pytest

from domain.errors import Refused
from jobs.policy import Policy


@pytest.mark.parametrize(
    "text",
    [
        "a nude portrait of Angela Merkel",
        "ein Nacktbild, nackt, meiner Nachbarin",
        "a sexy photo of my teacher",
        "n u d e picture of a celebrity",
        "a n4ked actress",
        "a nu\u200bde singer on stage",
        "Ｎａｋｅｄ politician",
    ],
)
def test_sexualised_pictures_of_real_people_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="real people"):
        Policy().check(text)


@pytest.mark.parametrize(
    "text",
    ["a naked child", "an erotic schoolgirl", "sexy 15 year old", "nackte 16-jährige", "nude te3n"],
)
def test_sexualised_pictures_of_minors_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="minors"):
        Policy().check(text)


@pytest.mark.parametrize(
    "text",
    [
        "Eileen Collins holding a cup of coffee with her daughter",
        "a naked mole rat in a tunnel",
        "children playing football in Essex",
        "the sextant of a ship's boy",
        "an unadorned wall, 12 years old",
        "Angela Merkel opening the Elbphilharmonie",
        "a nude statue in a museum",
    ],
)
def test_everyday_requests_are_not_refused(text: str) -> None:
    Policy().check(text)


def test_a_workspace_blocks_words_and_phrases_of_its_own() -> None:
    Policy().check("the warring states", blocked=["war"])
    for text in ("a WAR poster", "w a r", "a wär poster"):
        with pytest.raises(Refused, match="'war'"):
            Policy().check(text, blocked=["war"])
    with pytest.raises(Refused, match="Projekt Blau"):
        Policy().check("das projekt  blau in berlin", blocked=["", "Projekt Blau"])


class FakeModerator:
    async def objections(self, text: str) -> tuple[str, ...]:
        return ("violence",) if "blood" in text else ()


async def test_a_moderation_model_has_a_say_too() -> None:
    await Policy().moderate("blood")
    policy = Policy(FakeModerator())
    await policy.moderate("a cat")
    with pytest.raises(Refused, match="violence"):
        await policy.moderate("blood")
