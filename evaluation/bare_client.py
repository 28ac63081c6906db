"""The least that a client must do: the calls of a job's script with asyncio and aiohttp, nothing
kept, checked or drawn. What Limner takes is related to it in the same run."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import aiohttp

from evaluation.peers import script
from evaluation.peers.running import RunningPeers

SHOWN_BYTES = 40_000
"""Of each picture that the model is shown, as much as a small copy would have."""


async def bare_jobs(peers: RunningPeers, names: list[str]) -> list[float]:
    """The seconds that each of these jobs takes, all begun at once."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        return list(await asyncio.gather(*(_job(session, peers, name) for name in names)))


async def _job(session: aiohttp.ClientSession, peers: RunningPeers, name: str) -> float:
    began = time.monotonic()
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "You prepare a picture."},
        {"role": "user", "content": script.request_for(name)},
    ]
    while True:
        answer = await _completed(session, peers, messages)
        messages.append({"role": "assistant", "content": answer})
        body = answer.partition("<tool_call>")[2].removesuffix("</tool_call>")
        if not body:
            return time.monotonic() - began
        call = json.loads(body)
        messages.append({"role": "user", "content": await _tool(session, peers, call)})


async def _completed(
    session: aiohttp.ClientSession, peers: RunningPeers, messages: list[dict[str, Any]]
) -> str:
    url, body = f"{peers.base_url}/v1/chat/completions", {"model": "bench", "messages": messages}
    async with session.post(url, json=body) as answer:
        return str((await answer.json())["choices"][0]["message"]["content"])


async def _tool(session: aiohttp.ClientSession, peers: RunningPeers, call: Any) -> Any:
    arguments = call["arguments"]
    match call["name"]:
        case "search":
            queries = arguments["queries"]
            found = await asyncio.gather(*(_search(session, peers, "search", q) for q in queries))
            return json.dumps(found)
        case "browse":
            async with session.get(arguments["url"]) as answer:
                text = (await answer.text())[:4000]
            asked = [{"role": "user", "content": f"<excerpt>{text}</excerpt>"}]
            return await _completed(session, peers, asked)
        case _:
            found = await _search(session, peers, "images", arguments["query"])
            shown = await _pictures(session, [hit["imageUrl"] for hit in found["images"]])
            parts = [{"type": "text", "text": json.dumps(found)}]
            return parts + [_part(picture) for picture in shown]


async def _search(
    session: aiohttp.ClientSession, peers: RunningPeers, kind: str, query: str
) -> Any:
    url, headers = f"{peers.base_url}/serper/{kind}", {"X-API-KEY": script.KEY}
    async with session.post(url, json={"q": query}, headers=headers) as answer:
        return await answer.json()


async def _pictures(session: aiohttp.ClientSession, urls: list[str]) -> list[bytes]:
    """The first pictures to come; the rest is not waited for."""

    async def one(url: str) -> bytes | None:
        async with session.get(url) as answer:
            return await answer.read() if answer.status == 200 else None

    pending = {asyncio.ensure_future(one(url)) for url in urls}
    shown: list[bytes] = []
    while pending and len(shown) < script.SHOWN:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        shown += [picture for task in done if (picture := task.result()) is not None]
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return shown[: script.SHOWN]


def _part(picture: bytes) -> dict[str, Any]:
    plain = base64.b64encode(picture[:SHOWN_BYTES]).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{plain}"}}
