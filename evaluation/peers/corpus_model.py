"""A model server that plays a transcript for each request of the packaged corpus.

It understands nothing: it knows from the corpus what to search for, which pictures fit and what a
right prompt says. What is scored with it is the loop around a model: that calls are read and
carried out, that the references are those that it named, and that its claims find their passages.
Some transcripts have the habits of careless models, in turn by the number of the request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from evaluation.benchmarks.corpus import CorpusRequest, corpus

MODEL: Final = "limner-transcripts"
"""The model's name in the settings, by which the benchmark puts this server in."""
TOP_K: Final = 5
HABITS: Final = ("clean", "fenced", "unknown id", "empty turn", "trailing comma")
SUMMARY_CHARS: Final = 1_500
_PICTURE: Final = re.compile(r"(IMG_\d+):? title: ([^\n]+)")
_EXCERPT: Final = re.compile(r"<excerpt>(.*?)</excerpt>", re.DOTALL)
_ABOUT: Final = {"id": "transcript", "object": "chat.completion", "created": 0, "model": MODEL}
_USAGE: Final = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}


async def complete(request: web.Request) -> web.StreamResponse:
    """The next turn of the transcript that a conversation belongs to, streamed where asked for."""
    body: dict[str, Any] = await request.json()
    text = saying(body["messages"])
    if not body.get("stream"):
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response({**_ABOUT, "choices": [choice], "usage": _USAGE})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    about = {**_ABOUT, "object": "chat.completion.chunk"}
    for delta, reason in (({"role": "assistant", "content": text}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        chunk = json.dumps({**about, "choices": [choice], "usage": _USAGE if reason else None})
        await response.write(f"data: {chunk}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    return response


def saying(messages: Sequence[Mapping[str, Any]]) -> str:
    """The model's next answer."""
    texts = [_text(message) for message in messages]
    whole = "\n".join(texts)
    request = find_request(whole)
    if '{"gaps":' in whole:
        return _gaps(request)
    if excerpt := _EXCERPT.search(whole):
        return excerpt[1].strip()[:SUMMARY_CHARS]
    if request is None or "You compare claims with passages" in whole:
        return "I can't tell."  # the rules decide then
    turns = sum(message["role"] == "assistant" for message in messages)
    return get_turn(request, turns, whole)


def find_request(text: str) -> CorpusRequest | None:
    """The request whose words a conversation holds, the longest of several."""
    found = [each for each in corpus().requests.values() if each.prompt in text]
    return max(found, key=lambda each: len(each.prompt), default=None)


def get_habit(request: CorpusRequest) -> str:
    """The model's carelessness in a request's transcript."""
    return HABITS[list(corpus().requests).index(request.id) % len(HABITS)]


def get_turn(request: CorpusRequest, number: int, seen: str) -> str:
    """The turn with a number (from 0) of a request's transcript, after what was seen."""
    habit = get_habit(request)
    if habit == "empty turn":
        if not number:
            return ""
        number -= 1
    subjects = [wordings[0] for wordings in request.subjects] if request.needs_search else []
    calls: list[tuple[str, dict[str, Any]]] = []
    if subjects:
        calls.append(("search", {"queries": subjects, "top_k": TOP_K}))
        calls += [("image_search", {"query": each, "top_k": TOP_K}) for each in subjects]
    if number < len(calls):
        return _call(*calls[number], habit=habit)
    if habit == "unknown id" and number == len(calls):
        return _answer(request, [("IMG_099", "the shape")])
    return _answer(request, _fitting(request, seen))


def _call(tool: str, arguments: Mapping[str, Any], *, habit: str) -> str:
    plain = json.dumps({"name": tool, "arguments": arguments}, ensure_ascii=False)
    if habit == "trailing comma":
        plain = f"{plain[:-1]},}}"
    if habit == "fenced":
        return (
            f"<think>Next I look it up.</think>\n<tool_call>\n```json\n{plain}\n```\n</tool_call>"
        )
    return f"<think>Next I look it up.</think>\n<tool_call>{plain}</tool_call>"


def _answer(request: CorpusRequest, references: Sequence[tuple[str, str]]) -> str:
    named = request.subjects[0][0] if request.subjects else ""
    facts = " ".join(f"{named}: {wordings[0]}." for wordings in request.facts)
    words = " ".join(part for part in (request.prompt.rstrip(".") + ".", facts) if part)
    images = [{"img_id": img_id, "note": note} for img_id, note in references]
    plain = json.dumps({"gen_prompt": words, "reference_images": images}, ensure_ascii=False)
    return f"<think>That is enough.</think>\n<answer>{plain}</answer>"


def _fitting(request: CorpusRequest, seen: str) -> list[tuple[str, str]]:
    """The pictures that were shown and that fit, one for each subject."""
    titles = {p.title: p.about for p in corpus().pictures.values() if p.fits}
    chosen: dict[str, str] = {}
    for img_id, title in _PICTURE.findall(seen):
        about = titles.get(title.strip().removesuffix(".jpg"))
        if about in request.about:
            chosen.setdefault(about, img_id)
    return [(img_id, "the shape") for img_id in chosen.values()]


def _gaps(request: CorpusRequest | None) -> str:
    subjects = request.subjects if request is not None and request.needs_search else ()
    gaps = [
        {"fact": f"how {each[0]} looks", "query": each[0], "weight": "critical"}
        for each in subjects
    ]
    return json.dumps({"gaps": gaps}, ensure_ascii=False)


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts: Sequence[Mapping[str, Any]] = content or ()
    return "\n".join(str(part.get("text", "")) for part in parts)
