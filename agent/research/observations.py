"""What a tool found, as the model is told it: Gen-Searcher's wording, pictures beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from agent.ports import Message
from agent.providers.matching import coverage
from agent.research.protocol import tool_response
from agent.research.support.pages import get_passages
from agent.research.tools import ToolResult
from domain.research import Source, SourceKind, ToolCall, ToolName

SNIPPET_CHARS = 500
PAGE_CHARS = 4_000
MAX_PASSAGES = 1_000
"""Of a page that are compared with a query; a page of 20,000 characters has about 200."""


async def observation_message(
    call: ToolCall,
    result: ToolResult,
    *,
    shown: Callable[[Source], Awaitable[bytes]],
    calls_left: int,
    summary: str | None = None,
    listed: Sequence[Source] | None = None,
) -> Message:
    """The user message that answers a tool call; the same result gives the same bytes. ``shown``
    gives what is shown of a picture; ``listed`` is what is named, where that is more than what is
    new."""
    named = result.sources if listed is None else listed
    match call.name:
        case ToolName.SEARCH:
            lines = _search_lines(call, named)
        case ToolName.IMAGE_SEARCH:
            lines = _picture_lines(call, named)
        case ToolName.BROWSE:
            lines = _page_lines(call, result, summary)
    lines += [f"Note: {_line(problem)}" for problem in result.observation.problems]
    lines.append(f"Tool calls left: {calls_left}.")
    pictures = [source for source in result.sources if source.kind is SourceKind.PICTURE]
    images = await asyncio.gather(*(shown(source) for source in pictures))
    return Message("user", tool_response(lines), tuple(images))


def _search_lines(call: ToolCall, named: Sequence[Source]) -> list[str]:
    queries: Sequence[str] = call.arguments["queries"]
    lines = [f"Results for: {'; '.join(_line(query) for query in queries)}"]
    for number, source in enumerate(named, 1):
        lines += [
            f"{number}. title: {_line(source.title)}",
            f"   link: {_line(source.page_url)}",
            f"   snippet: {_relevant(source, ' '.join(queries), SNIPPET_CHARS)}",
        ]
    return lines if named else [*lines, "Nothing was found."]


def _picture_lines(call: ToolCall, named: Sequence[Source]) -> list[str]:
    lines = [f"Pictures for: {_line(call.arguments['query'])}"]
    for source in named:
        lines += [
            f"{source.img_id}: title: {_line(source.title)}",
            f"   url: {_line(source.url)}",
            f"   local_path: {source.img_id}.jpg",
            f"   page_url: {_line(source.page_url)}",
        ]
    return lines if named else [*lines, "No picture was found."]


def page_excerpt(call: ToolCall, source: Source) -> str:
    """The sentences of a page that speak of the call's query."""
    return _relevant(source, str(call.arguments.get("query") or ""), PAGE_CHARS)


def _page_lines(call: ToolCall, result: ToolResult, summary: str | None) -> list[str]:
    if not result.sources:
        return [f"Nothing could be read at {_line(call.arguments['url'])}."]
    source = result.sources[0]
    return [
        f"Page: {_line(source.title)}",
        f"link: {_line(source.page_url)}",
        summary or page_excerpt(call, source),
    ]


def _relevant(source: Source, query: str, most: int) -> str:
    """The sentences that speak of the query, in their order, from the beginning on where none
    does."""
    every = get_passages(source.text or "")[:MAX_PASSAGES]
    ranked = sorted(every, key=lambda p: (-coverage(p.text, query), p.start))
    chosen: set[int] = set()
    room = most
    for passage in ranked:
        if len(passage.text) > room:
            break
        room -= len(passage.text) + 1
        chosen.add(passage.start)
    return " ".join(_line(p.text) for p in every if p.start in chosen) or "(no text)"


def _line(text: object) -> str:
    return re.sub(r"\s+", " ", str(text)).strip()
