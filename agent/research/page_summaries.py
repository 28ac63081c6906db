"""What a page says about a query, in the words of a model that reads all of it, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.ports import ChatModel, Completion, Message
from agent.research import prompts
from agent.research.calls import BadArguments, MalformedTurn, UnknownTool
from agent.research.dialects import own_tags
from agent.research.protocol import read_turn
from domain.errors import ContextTooLong, ModelUnavailable

PIECE_CHARS = 20_000
"""Of a page that are read at once, about 5,000 tokens."""
LEAST_PIECE_CHARS = 2_500
PIECES_AT_ONCE = 4
_NOTHING = frozenset({"", "nothing", "none", "no relevant information", "n/a"})
_ANSWER = ("<answer>", "</answer>")


async def summarize(model: ChatModel, query: str, text: str) -> Completion:
    """What a page's text says about a query; the text is empty where it says nothing.

    Each piece is summed up by itself, and what they give is put together. The tokens are those of
    all requests. Never raises ``ModelUnavailable``: its reason is the completion's ``failure``.
    """
    places = asyncio.Semaphore(PIECES_AT_ONCE)
    answers = await asyncio.gather(
        *(_one(model, prompts.SUMMARY, query, piece, places) for piece in pieces(text))
    )
    found = [said for said in (summary_in(answer) for answer in answers) if said]
    if len(answers) == 1 or not found:
        failure = next((answer.failure for answer in answers if answer.failure), None)
        return _total(answers, text="\n".join(found), failure=None if found else failure)
    if len(found) > 1:
        merged = await _one(model, prompts.MERGED, query, "\n\n".join(found), places)
        answers = [*answers, merged]
        found = [summary_in(merged) or "\n".join(found)]
    return _total(answers, text=found[0], failure=None)


def pieces(text: str, most: int = PIECE_CHARS) -> list[str]:
    """The text in parts of at most ``most`` characters, cut between paragraphs or words where that
    is possible."""
    parts: list[str] = []
    while len(text) > most:
        at = max(text.rfind("\n", most // 2, most), 0)
        at = at or text.rfind(". ", most // 2, most) + 1
        at = at or text.rfind(" ", most // 2, most) or most
        at = at if at > 0 else most
        parts.append(text[:at].strip())
        text = text[at:]
    parts.append(text.strip())
    return [part for part in parts if part]


def summary_in(completion: Completion) -> str | None:
    """The summary that a model gave; None where it gave a turn of the agent's own instead, or said
    that there is nothing."""
    if completion.calls:
        return None
    text = own_tags(completion.text).rpartition("</think>")[2].strip()
    lowered = text.lower()
    if lowered.startswith("<think>") or "<tool_call>" in lowered:
        return None
    try:
        read_turn(text)
    except (UnknownTool, BadArguments):
        return None
    except MalformedTurn:
        pass
    else:
        return None
    if lowered.startswith(_ANSWER[0]):
        text = text[len(_ANSWER[0]) :].removesuffix(_ANSWER[1]).strip()
    return None if text.strip(" .!").lower() in _NOTHING else text


async def _one(
    model: ChatModel, system: str, query: str, text: str, places: asyncio.Semaphore
) -> Completion:
    asked = prompts.summary_request(query, text)
    try:
        async with places:
            return await model.complete(
                [Message("system", system), Message("user", asked)],
                max_tokens=prompts.SUMMARY_TOKENS,
            )
    except ContextTooLong as error:
        if len(text) <= LEAST_PIECE_CHARS:
            return Completion("", failure=error.why)
    except ModelUnavailable as error:
        return Completion("", failure=error.why)
    halves = pieces(text, len(text) // 2 + 1)
    answers = await asyncio.gather(*(_one(model, system, query, half, places) for half in halves))
    found = filter(None, map(summary_in, answers))
    return _total(answers, text="\n".join(found), failure=None)


def _total(answers: Sequence[Completion], *, text: str, failure: str | None) -> Completion:
    return Completion(
        text,
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        completion_tokens=sum(answer.completion_tokens for answer in answers),
        failure=failure,
    )
