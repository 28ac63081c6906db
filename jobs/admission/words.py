"""The texts of the content policy.

A sentence names the category and what would be fine, and never repeats the request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from domain.policy import CATEGORIES, Category
from domain.translation.messages import Message, gettext, translated

_SENTENCES: Final[Mapping[str, Message]] = {
    "request": gettext(
        "Limner doesn't draw this: it looks like a request for {name}. Try {instead} instead. "
        "If it was misunderstood, rephrase it or ask a moderator."
    ),
    "floor": gettext(
        "Limner never draws this: it looks like a request for {name}. Try {instead} instead. "
        "No setting or approval can change this."
    ),
    "picture": gettext(
        "The finished picture isn't shown because it was judged as {name}. Try {instead} "
        "instead. If that isn't what you asked for, try again or ask a moderator."
    ),
    "reference": gettext("A reference was left out because it was judged as {name}."),
    "notice": gettext("This may involve {name}. Check the rights before you publish it."),
    "away.picture": gettext(
        "The picture couldn't be checked because the content check didn't respond, so it isn't "
        "shown. It wasn't refused: try again in a few minutes."
    ),
    "away.request": gettext(
        "The request couldn't be checked because the content check didn't respond, so it isn't "
        "drawn. It wasn't refused: try again in a few minutes."
    ),
    "away.reference": gettext("A reference was left out because it couldn't be checked."),
    "unjudged": gettext("Not checked by a model: the content check gave no answer."),
}


def category_name(category: Category, language: str | None = None) -> str:
    """The display name of a category, in the language of a locale."""
    return translated(CATEGORIES[category].name, language)


def policy_sentence(about: str, category: Category | None = None) -> str:
    """The sentence of that name, translatable."""
    if category is None:
        return _SENTENCES[about]
    spec = CATEGORIES[category]
    return _SENTENCES[about].format(name=spec.name, instead=spec.instead)


def calm_picture(names: Sequence[str], *, language: str | None = None) -> str:
    """The prompt of a picture that shows where something happened and not what, in the language of
    a locale; ``names`` are of places and others that the news name."""
    calm = gettext("A calm view from afar, with nobody in it, of the place that the news are about")
    if names:
        calm = gettext(
            "A calm view from afar, with nobody in it, of the place that the news are about: "
            "{names}",
            names=", ".join(name.title() for name in names),
        )
    return translated(calm, language)
