"""Draws storyboards in a worker process, beside the one that people wait for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from domain.illustrations import Recipe, RecipeCitation, RecipeReference
from domain.research import EvidenceVerdict
from generation.backends.storyboard import Storyboard


def packed(recipe: Recipe, references: Sequence[bytes]) -> tuple[dict[str, Any], bytes]:
    """A request to :func:`run`: its facts, and the recipe followed by its pictures.

    The recipe is a part of the data because a worker pool knows its inputs by their data.
    """
    described = json.dumps(asdict(recipe)).encode()
    facts = {"recipe": len(described), "pictures": [len(picture) for picture in references]}
    return facts, b"".join((described, *references))


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The board of a packed recipe as PNG, and its difference hash."""
    at = int(facts["recipe"])
    recipe = _recipe(json.loads(data[:at]))
    pictures: list[bytes] = []
    for length in facts["pictures"]:
        pictures.append(data[at : at + length])
        at += length
    board = _storyboard().render(
        recipe, pictures, progress=lambda _fraction: None, stopped=lambda: False
    )
    return {"phash": board.phash}, [board.data]


@cache
def _storyboard() -> Storyboard:
    """One for all boards of this process, since it keeps the fonts that it has loaded."""
    return Storyboard()


def _recipe(facts: dict[str, Any]) -> Recipe:
    references = tuple(RecipeReference(**each) for each in facts.pop("references"))
    citations = tuple(_citation(each) for each in facts.pop("citations"))
    return Recipe(**facts, references=references, citations=citations)


def _citation(facts: dict[str, Any]) -> RecipeCitation:
    verdict = facts.pop("verdict", None)
    return RecipeCitation(**facts, verdict=EvidenceVerdict(verdict) if verdict else None)
