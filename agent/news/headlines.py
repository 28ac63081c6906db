"""Headlines without what their site adds to them, and how clearly they say what happened."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from agent.news.features import folded, tokens
from agent.news.words import DIGESTS
from domain.news import NewsItem

_PARTS = re.compile(r"\s+(?:[-–—|·•»«]|::)\s+")
_BAR = re.compile(r"\s+(?:[|»«•]|::)\s+[^|]*$")
_KICKER = re.compile(
    r"(?:breaking(?: news)?|exclusive|watch|video|photos|live|updated?|just in|eilmeldung|exklusiv"
    r"|en direct|direct|vid[eé]o|exclusif|última hora|en vivo|exclusiva)\s*[:|–—-]\s+",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?<=\w)\s+(?:news|News)$|\s*[(\[](?:video|photos?|pictures|bilder|fotos?|vid[eé]o)[)\]]\s*$",
    re.I,
)
_RAW_DATE = re.compile(
    r"^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})\s?[-–—:|,]?\s*(?=[^\W\d_])"
    r"|\s?[-–—|,(]\s?(?:\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}-\d{2}-\d{2})\)?$"
)
"""A date in digits before or behind a headline."""
_DIGEST = re.compile(rf"\b(?:{'|'.join(DIGESTS)})\b")
_QUOTES = re.compile(r"(?:^|\s)[\"'‘“„«»][^\W\d_]")
"""Somebody's words in a headline, which say less than what happened."""
MAX_TAIL_WORDS = 5
OFTEN = 3
"""Headlines of a site that end alike, from which on the end is the site's own."""


def clean(title: str, *, site: str, tails: Iterable[str] = ()) -> str:
    """A headline without its site's name, its section and words such as "Breaking:"; ``tails`` are
    ends that the site is known to add, squashed."""
    title = _RAW_DATE.sub("", _ASIDE.sub("", title.strip(" +*")).strip())
    for _ in range(3):
        shorter = _KICKER.sub("", _shorter(title, site, frozenset(tails)), count=1)
        if shorter == title or len(shorter) < 3:
            break
        begins_anew = _KICKER.match(title) and shorter.split()[0].islower()
        title = shorter[0].upper() + shorter[1:] if begins_anew else shorter
    return title


def _shorter(title: str, site: str, tails: frozenset[str]) -> str:
    breaks = list(_PARTS.finditer(title))
    if not breaks:
        return title
    head, tail = title[: breaks[-1].start()], title[breaks[-1].end() :]
    added = squashed(tail) in tails or _names(tail, site)
    section = bool(_BAR.search(title)) and len(tail.split()) <= MAX_TAIL_WORDS
    if added or (section and len(tokens(head)) > 2):
        return head
    first, rest = title[: breaks[0].start()], title[breaks[0].end() :]
    return rest if _names(first, site) and len(tokens(rest)) > 2 else title


def _names(part: str, site: str) -> bool:
    """Whether a part of a headline is the name of its site, or its initials are."""
    label, plain = squashed(site.partition(".")[0]), squashed(part)
    if len(part.split()) > MAX_TAIL_WORDS:
        return False
    longer, shorter = sorted((label, plain), key=len, reverse=True)
    at_its_end = longer.startswith(shorter) or longer.endswith(shorter)
    initials = "".join(word[0] for word in folded(part).casefold().split())
    return (len(shorter) > 2 and at_its_end) or (len(label) > 1 and initials == label)


def squashed(text: str) -> str:
    """The letters and digits of a text alone."""
    return re.sub(r"[\W_]+", "", folded(text).casefold())


def site_tails(items: Iterable[NewsItem]) -> Mapping[str, frozenset[str]]:
    """The ends that each site adds to its headlines, squashed: those that stand under several."""
    ends: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        parts = _PARTS.split(item.title)
        if len(parts) > 1 and len(parts[-1].split()) <= MAX_TAIL_WORDS:
            ends[item.site][squashed(parts[-1])] += 1
    return {
        site: frozenset(e for e, n in seen.items() if n >= OFTEN) for site, seen in ends.items()
    }


def clarity(item: NewsItem) -> float:
    """How clearly (0 to 1) an article's headline and summary say what happened; a digest of many
    things, a question or half a sentence says little."""
    title = item.title
    said = tokens(title)
    score = 1.0
    if len(said) < 4 or len(title) > 140:
        score *= 0.6
    if title.rstrip().endswith(("?", "？", "…", "...")):
        score *= 0.7
    if title.isupper():
        score *= 0.8
    if _QUOTES.search(title):
        score *= 0.8
    if not item.summary:
        score *= 0.9
    if _DIGEST.search(folded(title).casefold()):
        score *= 0.3
    return score
