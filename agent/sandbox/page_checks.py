"""Whether what was extracted from a page is its text, or a wall that stands in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, cast

from agent.sandbox.furniture import Wall, is_furniture, wall_of, wall_of_title
from domain.bounded_json import UnacceptableJson, parse_json

SHORT_CHARS = 2_500
"""Longer texts are articles, which may be about walls."""
LONG_CHARS = 4 * SHORT_CHARS
"""No wall says so much; only whether such a text ends at a paywall is looked at."""
FEW_CHARS = 400
"""The most text beside a wall on a page that has no more than the wall."""
_END_LINES = 4
_LOG_IN = re.compile(
    r"\b(already|bereits|schon|déjà|ya eres|già|já é|al abonnee|masz już)\b", re.IGNORECASE
)
_LD = re.compile(r"<script\b[^<>]{0,300}?application/ld\+json[^<>]{0,300}>", re.IGNORECASE)
_MAX_BLOCK_CHARS = 200_000
_MAX_BLOCKS = 20
_MICRODATA = re.compile(
    r"<[^<>]{0,400}itemprop\s*=\s*[\"']?isAccessibleForFree\b[^<>]{0,400}>", re.IGNORECASE
)
_FALSE = re.compile(
    r"(?:content|href|value)\s*=\s*[\"']?\s*(?:https?://schema\.org/)?false\b", re.IGNORECASE
)
_TIER = re.compile(
    r"<meta\b(?=[^<>]{0,400}article:content_tier)[^<>]{0,400}content\s*=\s*[\"']?\s*locked\b",
    re.IGNORECASE,
)
_PLACES = re.compile(
    r"Place|Event|Attraction|Museum|Landmark|Park|Organization|Business|Zoo|Aquarium|Service"
)
"""Nouns of things with an entrance fee, which is not about the page."""
_BROKEN = re.compile(
    r"\"isAccessibleForFree\"\s*:\s*\"?(?:https?://schema\.org/)?false\b", re.IGNORECASE
)


def declared_wall(page: str) -> Wall | None:
    """The paywall that a page declares for search engines, in JSON-LD, microdata or a meta tag."""
    lower = page.lower()
    if "isaccessibleforfree" in lower:
        if any(_FALSE.search(tag[0]) for tag in _MICRODATA.finditer(page)):
            return Wall.PAYWALL
        for block in islice(_LD.finditer(page), _MAX_BLOCKS):
            end = lower.find("</script", block.end(), block.end() + _MAX_BLOCK_CHARS)
            if end >= 0 and _costs(page[block.end() : end]):
                return Wall.PAYWALL
    if "article:content_tier" in lower and _TIER.search(page):
        return Wall.PAYWALL
    return None


def without_furniture(text: str) -> str:
    """The text without lines that are no part of what it says."""
    kept = [line for line in text.split("\n") if not is_furniture(line)]
    return "\n".join(kept).strip()


def shown_wall(title: str, text: str, shown: Sequence[str] = ()) -> Wall | None:
    """The wall that stands in place of a text; ``shown`` are further lines of the page, among which
    a paywall may say that the text goes on."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(text) < SHORT_CHARS:
        named = wall_of_title(title)
        if named is not None:
            return named
    if len(text) > LONG_CHARS:
        lines = lines[-_END_LINES:]
    walls = [(wall, line) for line in lines if (wall := wall_of(line)) is not None]
    paywalls = [line for wall, line in walls if wall is Wall.PAYWALL]
    if paywalls and (len(text) < SHORT_CHARS or not set(paywalls).isdisjoint(lines[-_END_LINES:])):
        return Wall.PAYWALL
    left = sum(len(line) for line in lines if not is_furniture(line))
    wall_chars = sum(len(line) for _wall, line in walls)
    if walls and len(text) <= LONG_CHARS and left < min(FEW_CHARS, 2 * wall_chars):
        return walls[0][0]
    if len(text) < SHORT_CHARS and any(map(_goes_on_behind, shown)):
        return Wall.PAYWALL
    return None


def _goes_on_behind(line: str) -> bool:
    """Whether a line says that a text goes on for those who pay; one that asks subscribers to log
    in stands on every page of a site."""
    return wall_of(line) is Wall.PAYWALL and not _LOG_IN.search(line)


def _costs(block: str) -> bool:
    """Whether JSON-LD says of the page or of a part of it that it is not free."""
    try:
        level: list[object] = [parse_json(block.strip())]
    except UnacceptableJson:
        return bool(_BROKEN.search(block)) and "Article" in block
    while level:
        following: list[object] = []
        for value in level:
            if isinstance(value, list):
                following += cast("list[object]", value)
            elif isinstance(value, dict):
                found = cast("Mapping[str, Any]", value)
                if _is_false(found.get("isAccessibleForFree")) and not _PLACES.search(
                    str(found.get("@type", ""))[:200]
                ):
                    return True
                following += found.values()
        level = [value for value in following if isinstance(value, (dict, list))]
    return False


def _is_false(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower().rpartition("/")[2] == "false"
    return value is False
