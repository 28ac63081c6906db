"""Which cited headlines are not shown in the list of sources: a post answers for all that stands on
its card, and these accuse somebody, name a private person, contradict the post, or have no word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.news.answers import accuses, blames, denies, is_attributed
from agent.news.casualties import is_overtaken
from agent.news.certainty import is_hedged
from agent.news.figures import figures_conflict
from agent.news.headlines import clean
from agent.news.states import states, tells_harm
from agent.news.wording import names_suspect
from agent.people import find_people
from agent.research.known_names import get_article_titles, title_key

A_PERSON: Final = 0.7
"""The recogniser's score from which on a name is taken for a person's."""
_WORD: Final = re.compile(r"[^\W\d_]{2}")


def is_hidden(
    title: str, post: Sequence[str], language: str | None, *, site: str = "page.example"
) -> bool:
    """Whether the headline of a page on a ``site`` is not shown beside a post, given as its
    headline and sentences."""
    whole = " ".join(post)
    if title.removesuffix(".") in whole:
        return False
    answered = any(map(denies, post)) or denies(title)
    title = clean(title, site=site)  # "Breaking news:" names nobody who says so
    blamed = accuses(title) or (blames(title) and not (answered and is_attributed(title)))
    conflicts = any(figures_conflict(title, part) or is_overtaken(title, part) for part in post)
    return (
        _WORD.search(title) is None
        or blamed
        or conflicts
        or names_suspect(title, language)
        or (_is_grave(title) and _names_private_person(title, whole, language))
    )


def _is_grave(title: str) -> bool:
    """Whether a headline tells of a crime, a suspicion, deaths or injuries."""
    return is_hedged(title) or "justice" in states(title) or tells_harm(title)


def _names_private_person(title: str, post: str, language: str | None) -> bool:
    """Whether a headline gives the full name of somebody whom few know and the post does not
    name."""
    return any(
        len(found.text.split()) > 1
        and found.score >= A_PERSON
        and found.text not in post
        and title_key(found.text) not in get_article_titles()
        for found in find_people(title, language)
    )
