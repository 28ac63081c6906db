"""Which of the results of a search are used, and what people are told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from agent.ports import PictureHit
from agent.providers.matching import coverage
from domain.hosts import with_host
from domain.licences import FREE_COLLECTIONS, Use, allows
from domain.requests import Rights
from domain.research import Source, SourceKind
from domain.special_tokens import break_special_tokens
from domain.translation.messages import gettext, ngettext

MIN_COVERAGE = 0.6
"""The share of a query's words that a result holds which speaks of it."""

T = TypeVar("T")


def as_shown(urls: Iterable[str]) -> dict[str, str]:
    """Addresses by the form in which a model was shown them."""
    return {break_special_tokens(url): url for url in urls}


def shares(answers: Sequence[Sequence[T]], most: int) -> list[T]:
    """Up to ``most`` results: the first of each answer, then the second of each, and so on, told
    answer by answer, so that none takes the place of all others."""
    taken = [0] * len(answers)
    for rank in range(max(map(len, answers), default=0)):
        for number, answer in enumerate(answers):
            if rank < len(answer) and sum(taken) < most:
                taken[number] += 1
    return [hit for number, answer in zip(taken, answers, strict=True) for hit in answer[:number]]


def relevant(hits: Sequence[T], query: str, text: Callable[[T], str]) -> list[T]:
    """Those that speak of the query, in their order."""
    return [hit for hit in hits if coverage(text(hit), query) >= MIN_COVERAGE]


def is_allowed(hit: PictureHit, rights: Rights, use: Use) -> bool:
    """Whether the rights that were asked for let a picture be used as its workspace does."""
    match rights:
        case Rights.ANY:
            return True
        case Rights.LICENSED:
            return allows(hit.license, use, trusted=hit.provider in FREE_COLLECTIONS)
        case Rights.LIBRARY:
            return hit.provider == "library"


def summary_of(sources: Sequence[Source]) -> str:
    """What was found, in a line for people."""
    if not sources:
        return gettext("nothing")
    pages = sum(source.kind is SourceKind.PAGE for source in sources)
    pictures = sum(source.kind is SourceKind.PICTURE for source in sources)
    titles = "; ".join(dict.fromkeys(with_host(s.title, s.page_url) for s in sources))[:370]
    if not pictures:
        return ngettext("{count} page: {titles}", "{count} pages: {titles}", pages, titles=titles)
    if not pages:
        return ngettext(
            "{count} picture: {titles}", "{count} pictures: {titles}", pictures, titles=titles
        )
    if pictures == 1:
        return ngettext(
            "{count} page and 1 picture: {titles}",
            "{count} pages and 1 picture: {titles}",
            pages,
            titles=titles,
        )
    return ngettext(
        "{count} page and {pictures} pictures: {titles}",
        "{count} pages and {pictures} pictures: {titles}",
        pages,
        pictures=pictures,
        titles=titles,
    )
