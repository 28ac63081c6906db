"""Recipes whose prompt is as long as their generator reads, and what they say of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import shorten
from typing import Final

from domain.illustrations import Recipe
from domain.translation.messages import gettext, ngettext
from generation.prompt_reading import PromptReader
from generation.shortening import Importance, Shortened, shortened

MAX_SHOWN_CHARS: Final = 240
"""Of the sentences that are left out, in a note; the recipe has all of them."""


def fitted(recipe: Recipe, reader: PromptReader) -> Recipe:
    """The recipe with a prompt that its generator reads whole. What is left out stands in its
    parameter ``left_out``, and a note says so."""
    short, note = fitted_prompt(recipe, reader)
    if not note:
        return recipe
    before: Sequence[str] = recipe.parameters.get("left_out", ())
    notes: Sequence[str] = recipe.parameters.get("notes", ())
    parameters = {
        **recipe.parameters,
        "left_out": [*before, *short.left_out],
        # A picture that is drawn again with a correction leaves out the same once more.
        "notes": list(dict.fromkeys((*notes, note))),
    }
    return replace(recipe, prompt=short.text, parameters=parameters)


def fitted_prompt(recipe: Recipe, reader: PromptReader) -> tuple[Shortened, str]:
    """The prompt as its generator reads it, and a sentence about what was left out; empty where
    nothing was."""
    if reader.fits(recipe.prompt):
        return Shortened(recipe.prompt), ""
    short = shortened(recipe.prompt, reader, _importance(recipe))
    return short, _note(recipe, reader, short)


def _importance(recipe: Recipe) -> Importance:
    return Importance(
        request=recipe.request,
        subjects=[reference.title for reference in recipe.references],
        cited=[citation.passage for citation in recipe.citations if citation.passage],
    )


def _note(recipe: Recipe, reader: PromptReader, short: Shortened) -> str:
    about = {
        "length": reader.length_of(recipe.prompt),
        "name": recipe.generator,
        "limit": reader.limit,
        "said": shorten(" ".join(short.left_out), MAX_SHOWN_CHARS, placeholder=" …"),
    }
    if short.is_cut:
        return gettext(
            "The prompt is too long ({length}; {name} reads {limit}), so its end and less "
            "important parts were left out: {said}",
            **about,
        )
    return ngettext(
        "The prompt is too long ({length}; {name} reads {limit}), so a less important sentence was "
        "left out: {said}",
        "The prompt is too long ({length}; {name} reads {limit}), so {count} less important "
        "sentences were left out: {said}",
        len(short.left_out),
        **about,
    )
