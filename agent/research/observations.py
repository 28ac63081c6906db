"""What a tool found, as the model is told it: in the format of its profile, pictures beside it."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from agent.ports import Message
from agent.profiles.limner import LIMNER
from agent.profiles.profile import AgentProfile
from agent.providers.matching import coverage
from agent.research.framing import tool_response
from agent.research.support.pages import get_passages
from agent.research.tools import UNKNOWN_ADDRESS, ToolResult
from domain.errors import NotFound
from domain.research import Source, SourceKind, ToolCall, ToolName
from domain.special_tokens import break_special_tokens

SNIPPET_CHARS = 500
PAGE_CHARS = 4_000
MAX_PASSAGES = 2_000
"""Of a page that are compared with a query; a page of 20,000 characters has about 200."""
_BOLD = re.compile(r"</?b>")
_PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif"})
NO_TITLE = "untitled"


async def observation_message(
    call: ToolCall,
    result: ToolResult,
    *,
    shown: Callable[[Source], Awaitable[bytes]],
    calls_left: int,
    summary: str | None = None,
    listed: Sequence[Source] | None = None,
    profile: AgentProfile = LIMNER,
) -> Message:
    """The user message that answers a tool call; the same result gives the same bytes. ``shown``
    gives what is shown of a picture; ``listed`` is what is named, where that is more than what is
    new."""
    named = result.sources if listed is None else listed
    lines = [await _written(call, result, named, profile, summary)]
    if profile.notes:
        lines += [f"Note: {_clean(problem, profile)}" for problem in result.observation.problems]
    if profile.calls_left:
        lines.append(profile.calls_left.replace("{left}", str(calls_left)))
    offered = named if profile.shows_again else result.sources
    pictures = [source for source in offered if source.kind is SourceKind.PICTURE]
    images = await asyncio.gather(*(_image(s, shown) for s in pictures[: profile.pictures_shown]))
    return Message("user", tool_response(lines), tuple(filter(None, images)))


async def _written(
    call: ToolCall,
    result: ToolResult,
    named: Sequence[Source],
    profile: AgentProfile,
    summary: str | None,
) -> str:
    match call.name:
        case ToolName.SEARCH:
            # In a thread: each query is compared with every sentence of what it found.
            return await asyncio.to_thread(_searched, call, result, named, profile)
        case ToolName.IMAGE_SEARCH:
            return _pictures(call, result, named, profile)
        case ToolName.BROWSE:
            return await asyncio.to_thread(_page, call, result, profile, summary)
        case ToolName.QUERY_KNOWLEDGE:
            return _guide(call, profile)


async def _image(source: Source, shown: Callable[[Source], Awaitable[bytes]]) -> bytes:
    try:
        return await shown(source)
    except NotFound:
        return b""  # somebody had it removed meanwhile


def _searched(
    call: ToolCall, result: ToolResult, named: Sequence[Source], profile: AgentProfile
) -> str:
    """A block for each query."""
    queries: Sequence[str] = call.arguments["queries"]
    known = {source.id: source for source in named}
    blocks = [[known[i] for i in ids if i in known] for ids in result.blocks]
    if len(blocks) != len(queries):  # a result that was kept before blocks were
        blocks = [list(named), *([] for _ in queries[1:])]
    why = _why_nothing(result, profile)
    return profile.between_blocks.join(
        profile.search.written(
            _query(query),
            [_hit(source, query, profile) for source in found],
            why=why,
        )
        for query, found in zip(queries, blocks, strict=True)
    )


def _hit(source: Source, query: str, profile: AgentProfile) -> dict[str, object]:
    return {
        "title": _clean(source.title, profile),
        "link": _clean(source.page_url, profile),
        "snippet": _clean(_relevant(source, query, SNIPPET_CHARS), profile),
    }


def _pictures(
    call: ToolCall, result: ToolResult, named: Sequence[Source], profile: AgentProfile
) -> str:
    query = _query(call.arguments["query"])
    why = _why_nothing(result, profile)
    if not named and profile.texts.no_pictures and not (why and profile.pictures.failed):
        text = profile.texts.no_pictures.replace("{query}", query)
        return text if profile.pictures.tail else f"{profile.pictures.written(query, ())}\n{text}"
    return profile.pictures.written(query, [_picture(s, profile) for s in named], why=why)


def _picture(source: Source, profile: AgentProfile) -> dict[str, object]:
    url = source.url.encode("utf-8", "replace")
    suffix = PurePosixPath(urlsplit(source.url).path).suffix.lower()
    path = profile.local_path.format(
        img_id=source.img_id,
        md5=hashlib.md5(url, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(url, usedforsecurity=False).hexdigest()[:24],
        suffix=suffix if suffix in _PICTURE_SUFFIXES else ".jpg",
    )
    own_page = source.page_url != source.url
    return {
        "img_id": source.img_id or "",
        "title": _clean(source.title if source.title != NO_TITLE else "image", profile),
        "url": _clean(source.url, profile),
        "local_path": path,
        "page_url": _clean(source.page_url, profile) if own_page else "",
    }


def _page(call: ToolCall, result: ToolResult, profile: AgentProfile, summary: str | None) -> str:
    if not result.sources:
        problems = result.observation.problems
        refused = UNKNOWN_ADDRESS in problems
        text = profile.page_refused if refused else profile.page_failed
        link = _clean(call.arguments["url"], profile)
        why = _clean(" ".join(problems), profile)
        return text.replace("{link}", link).replace("{why}", why)
    source = result.sources[0]
    fields = {
        "title": _clean(source.title, profile),
        "link": _clean(source.page_url, profile),
        "summary": break_special_tokens((summary or page_excerpt(call, source)).strip()),
    }
    return profile.page.format_map(fields)


def _guide(call: ToolCall, profile: AgentProfile) -> str:
    name = _clean(call.arguments["skill_name"], profile)
    text = profile.guide_to(name)
    if text is None:
        names = ", ".join(profile.skill_names)
        return profile.unknown_guide.replace("{names}", names).replace("{name}", name)
    return profile.guide.replace("{name}", name).replace("{text}", text)


def _why_nothing(result: ToolResult, profile: AgentProfile) -> str:
    """Why a search found nothing, where that is because nobody answered."""
    if not result.unavailable or result.asked:
        return ""
    return _clean(" ".join(result.observation.problems), profile)


def page_excerpt(call: ToolCall, source: Source) -> str:
    """The sentences of a page that speak of the call's query."""
    return _relevant(source, str(call.arguments.get("query") or ""), PAGE_CHARS)


def excerpt(text: str, query: str, most: int) -> str:
    """The sentences of a text that speak of the query, in their order, from the beginning on where
    none does; at most ``most`` characters."""
    if len(text) <= most:
        return _line(text)
    every = get_passages(text)[:MAX_PASSAGES]
    ranked = sorted(every, key=lambda p: (-coverage(p.text, query), p.start))
    chosen: set[int] = set()
    room = most
    for passage in ranked:
        if len(passage.text) > room:
            break
        room -= len(passage.text) + 1
        chosen.add(passage.start)
    if ranked and not chosen:
        return _line(ranked[0].text[:most])
    return " ".join(_line(p.text) for p in every if p.start in chosen)


def _relevant(source: Source, query: str, most: int) -> str:
    return excerpt(source.text or "", query, most)


def _query(text: object) -> str:
    """What the model searched for as one harmless line."""
    return break_special_tokens(_line(text), keep=_BOLD)


def _clean(text: object, profile: AgentProfile) -> str:
    """Text of a stranger as one harmless line."""
    line = _line(text)
    if not profile.keeps_bold:
        line = _BOLD.sub("", line)
    return break_special_tokens(line, keep=_BOLD)


def _line(text: object) -> str:
    return re.sub(r"\s+", " ", str(text)).strip()
