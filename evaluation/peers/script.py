"""The script of one job of the benches: the model's turns, what is searched, how long each takes.

The critical path is what no client can avoid: every model turn, every search and every page one
after another, and the pictures of one search side by side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

SUBJECT = "the Bridge of"
"""A request is this and a name; the name decides what is found."""
PICTURES = 8
"""Results of a picture search."""
SHOWN = 5
"""Pictures that the model asks for and is shown."""
HANGING, MISSING = 3, 6
"""Of ten pictures, the numbers of the one that hangs and of the one that is missing."""
KEY = "bench-key"
"""The query that the search service expects."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds that each answer takes; a hanging picture gives nothing for ``hang_s``."""

    model_s: float = 0.8
    first_token_s: float = 0.5
    search_s: float = 0.3
    page_s: float = 0.25
    picture_s: float = 0.25
    hang_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of the script; ``query`` holds ``{name}``."""

    tool: str
    query: str


CALLS = (
    Call("search", "Bridge of {name} history"),
    Call("browse", "who built the Bridge of {name}"),
    Call("image_search", "Bridge of {name} by day"),
    Call("image_search", "Bridge of {name} by night"),
)
MODEL_CALLS = len(CALLS) + 3
"""A turn for each call, the summary of the page, the answer, and what pages say of its claims."""


def critical_path_s(delays: Delays) -> float:
    """The least time of a job in seconds."""
    took = {"search": delays.search_s, "browse": delays.page_s}
    pictures_s = delays.search_s + delays.picture_s
    return MODEL_CALLS * delays.model_s + sum(took.get(c.tool, pictures_s) for c in CALLS)


def request_for(name: str) -> str:
    """The words of a request."""
    return f"{SUBJECT} {name}"


def saying(body: bytes, page_url: Callable[[str], str]) -> str:
    """The model's answer to the body of a request, which is not parsed: it may hold megabytes of
    pictures. ``page_url`` gives the address of a name's page."""
    found = re.search(rb"Bridge of (\w+)", body)
    name = found[1].decode() if found else "Nowhere"
    if b"<excerpt>" in body:
        return f"The Bridge of {name} was built of red stone in 1874 and is 120 metres long. " * 3
    if b"You compare claims with passages" in body:
        return '{"claims": [{"n": 1, "supports": [1], "contradicts": []}]}'
    turn = body.count(b'"role":"assistant"') + body.count(b'"role": "assistant"')
    if turn >= len(CALLS):
        return answer(name)
    return tool_call(CALLS[turn], name, page_url(name))


def tool_call(call: Call, name: str, page_url: str) -> str:
    """A turn with a call, of about a hundred tokens."""
    query = call.query.format(name=name)
    arguments: dict[str, object] = {"query": query, "top_k": SHOWN}
    if call.tool == "search":
        arguments = {"queries": [query, f"{query} and builders"], "top_k": SHOWN}
    elif call.tool == "browse":
        arguments = {"query": query, "url": page_url}
    thought = f"The picture must show the Bridge of {name} as it is. " * 4 + f"Next: {query}."
    plain = json.dumps({"name": call.tool, "arguments": arguments})
    return f"<think>{thought}</think>\n<tool_call>{plain}</tool_call>"


def answer(name: str) -> str:
    """The last turn."""
    prompt = (
        f"The Bridge of {name} by day as in the first reference image, with the lamps of the "
        "second reference image. The bridge was built of red stone in 1874."
    )
    images = [
        {"img_id": "IMG_001", "note": "the shape of the arches"},
        {"img_id": "IMG_006", "note": "the lamps"},
    ]
    plain = json.dumps({"gen_prompt": prompt, "reference_images": images})
    return f"<think>Both views are there.</think>\n<answer>{plain}</answer>"


def page(name: str) -> str:
    """A page as a site writes it, about 30 KB, with two paragraphs to the point."""
    filler = "".join(
        f"<p>Paragraph {n} speaks of rivers, roads and markets that lie near the town, of its "
        "people and their trades, and of the years in which the walls were raised.</p>"
        for n in range(60)
    )
    links = "".join(f'<li><a href="/page/Town{n}">Town number {n}</a></li>' for n in range(120))
    return (
        f"<!doctype html><html><head><title>Bridge of {name}</title></head><body><nav><ul>{links}"
        f"</ul></nav><article><h1>The Bridge of {name}</h1><p>The Bridge of {name} was built of "
        f"red stone in 1874 and is 120 metres long.</p>{filler}<p>Who built the Bridge of {name} "
        "is known: the masons of the town.</p></article></body></html>"
    )
