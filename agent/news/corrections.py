"""What became of a cited page: gone, under another headline, or taken back."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from agent.news.features import folded, telling
from agent.news.reading import ReadPage, read_page
from agent.ports import Fetcher
from agent.sandbox.pool import WorkerPool
from domain.errors import FetchFailed
from domain.news import CitedPage, Correction
from domain.translation.messages import gettext

GONE = frozenset({404, 410})
SAME_HEADLINE = 0.6
"""The share of the shorter headline's words that stand in the other, if both say one thing."""
STILL_ABOUT_IT = 0.5
"""The share of the cited passage's words that stand in a page that is still the same article."""
_LINE = r"(?:^|\n|[.!?] )"
_RETRACTING = {
    "retracted": r"\b(?:has been|have been|was|were) retracted\b|\bretract(?:ed|ion) ?[:\]]"
    r"|\b(?:article|story|report|post)\b[^.\n]{0,60}\b(?:has been|was) (?:withdrawn|removed)\b",
    "correction": _LINE + r"corrections?(?: \([^)]{0,40}\))?:"
    r"|\bthis (?:article|story|report|page|headline)(?: has been| was)? (?:corrected|amended)\b",
    "clarification": _LINE + r"clarification:",
    "earlier version": r"\b(?:an earlier|a previous) version of this\b",
    "apology": r"\bwe apologi[sz]e\b|\bapologi[sz]es for the error",
    "zurückgezogen": r"\b(?:artikel|bericht|meldung|beitrag|text)\b[^.\n]{0,80}\bzuruckgezogen\b",
    "Korrektur": _LINE + r"(?:korrektur(?:hinweis)?|berichtigung|richtigstellung) ?:"
    r"|\bwir haben d[^.\n]{0,80}\bkorrigiert\b",
    "frühere Version": r"\bin einer (?:fruheren|vorherigen|ersten|alteren) (?:version|fassung)\b",
    "Entschuldigung": r"\bwir (?:bitten [^.\n]{0,30}um entschuldigung|entschuldigen uns)\b",
    "rectificatif": _LINE + r"(?:rectificatif|erratum|mise au point) ?:"
    r"|\bcet article a ete (?:corrige|retire)\b",
    "version précédente": r"\bune version (?:precedente|anterieure) de cet article\b",
    "excuses": r"\bnous (?:nous excusons|presentons nos excuses)\b",
    "corrección": _LINE + r"(?:correccion|rectificacion|fe de err(?:ores|atas)) ?:"
    r"|\beste articulo ha sido (?:corregido|retirado)\b",
    "versión anterior": r"\buna version anterior de est[ea]\b",
    "disculpas": r"\b(?:pedimos|ofrecemos) disculpas\b|\blamentamos el error\b",
}
_APOLOGIES = frozenset({"apology", "Entschuldigung", "excuses", "disculpas"})
"""Sites out of order say so too."""
_PATTERNS = {word: re.compile(pattern) for word, pattern in _RETRACTING.items()}
_NOT_FOUND = re.compile(
    r"\b(?:404|not found|no longer available|nicht gefunden|nicht mehr verfugbar|introuvable"
    r"|no encontrada)\b"
)


def retracting_words(text: str) -> tuple[str, ...]:
    """The ways of taking back that stand in a page, by what they are called."""
    plain = _plain(text)
    return tuple(word for word, pattern in _PATTERNS.items() if pattern.search(plain))


def _plain(text: str) -> str:
    return folded(text).casefold()


async def recheck(
    fetcher: Fetcher, page: CitedPage, *, pool: WorkerPool | None = None
) -> Correction | None:
    """Read a cited page again and say what changed; None where nothing did, or where its site does
    not answer now or does not want to be read."""
    try:
        read, _extracted = await read_page(fetcher, page.url, pool=pool)
    except FetchFailed as error:
        return _gone(page) if error.status in GONE else None
    return await asyncio.to_thread(_correction, page, read)


def _correction(page: CitedPage, read: ReadPage) -> Correction | None:
    """What changed between a cited page and what is read there now."""
    if _leads_home(page.url, read.url) or _NOT_FOUND.search(_plain(read.title)):
        return _gone(page)
    found = retracting_words(f"{read.title}\n{read.text}")
    about_it = _still_about(page, read)
    fresh = [word for word in found if word not in page.retracting_words]
    fresh = [word for word in fresh if about_it or word not in _APOLOGIES]
    if fresh:
        said = ", ".join(repr(word) for word in fresh)
        sentence = gettext(
            "The page {title!r} ({site}) now holds a correction or retraction ({words}); "
            "see {url}.",
            title=page.title,
            site=page.site,
            words=said,
            url=page.url,
        )
        return Correction(page.url, "retraction", sentence)
    # A wall before an article says nothing about the article.
    if about_it and page.title and read.title and not same_headline(page.title, read.title):
        sentence = gettext(
            "The headline {before!r} ({site}) is now {title!r}; see {url}.",
            before=page.title,
            site=page.site,
            title=read.title,
            url=page.url,
        )
        return Correction(page.url, "headline", sentence)
    return None


def _still_about(page: CitedPage, read: ReadPage) -> bool:
    """Whether what is read there now is still that article."""
    passage = telling(page.passage)
    return len(passage & telling(read.text)) >= STILL_ABOUT_IT * len(passage)


def _gone(page: CitedPage) -> Correction:
    sentence = gettext(
        "The page {title!r} ({site}) no longer exists at {url}.",
        title=page.title,
        site=page.site,
        url=page.url,
    )
    return Correction(page.url, "gone", sentence)


def _leads_home(before: str, after: str) -> bool:
    """Whether an article's address leads to the front page now."""
    return len(urlsplit(before).path) > 1 and len(urlsplit(after).path) <= 1


def same_headline(one: str, other: str) -> bool:
    """Whether two headlines say one thing: most of the shorter's words stand in the other, and no
    number is another one."""
    ours, theirs = telling(one), telling(other)
    numbers = [frozenset(word for word in side if word[0].isdigit()) for side in (ours, theirs)]
    if numbers[0] and numbers[1] and numbers[0] != numbers[1]:
        return False
    fewer = min(len(ours), len(theirs))
    return len(ours & theirs) >= SAME_HEADLINE * fewer if fewer else one == other
