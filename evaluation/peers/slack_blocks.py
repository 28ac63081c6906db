"""Slack's rules for blocks and views: the library's own checks, and what they miss."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from evaluation.peers.slack_newer_blocks import newer_problems, table_problems

Json = Mapping[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
_FILE = re.compile(r"F[A-Z0-9]{8,}")


def block_problems(blocks: Any, *, most: int = MESSAGE_BLOCKS) -> list[str]:
    """Slack's complaints about a list of blocks."""
    if not isinstance(blocks, list) or not blocks:
        return ["no blocks"]
    every = cast("list[Json]", blocks)
    found = [f"{len(every)} blocks"] if len(every) > most else []
    ids = [str(block["block_id"]) for block in every if "block_id" in block]
    found += [f"block_id {name!r} twice" for name in set(ids) if ids.count(name) > 1]
    for block in every:
        found += _library_problems(block)
    for node in _nodes(every):
        found += _text_problems(node)
        found += newer_problems(node)
    found += table_problems(every)
    return found


def view_problems(view: Json) -> list[str]:
    """Slack's complaints about a view."""
    blocks = view.get("blocks")
    found = block_problems(blocks, most=VIEW_BLOCKS)
    if view.get("type") == "modal" and not 1 <= len(_text(view.get("title"))) <= 24:
        found.append("the title")
    inputs = any(block.get("type") == "input" for block in cast("list[Json]", blocks or []))
    if inputs and not _text(view.get("submit")):
        found.append("fields without a submit button")
    if len(str(view.get("private_metadata", ""))) > 3000:
        found.append("private_metadata")
    if len(json.dumps(view)) > VIEW_BYTES:
        found.append("the view is too large")
    return found


def _library_problems(block: Json) -> list[str]:
    try:
        library: Any = Block
        for parsed in library.parse_all([dict(block)]):
            parsed.validate_json()
    except (SlackObjectFormationError, ValueError) as error:
        return [str(error)]
    return []


def _nodes(value: Any) -> Iterator[Json]:
    """Every object, however deep."""
    if isinstance(value, Mapping):
        node = cast("Json", value)
        yield node
        for part in node.values():
            yield from _nodes(part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _nodes(part)


def _text_problems(node: Json) -> list[str]:
    """Errors that the library lets pass: empty texts, texts that are too long in parts, files
    without a name of a file, links to nowhere, boxes and options without anything in them."""
    kind, text = node.get("type"), str(node.get("text", ""))
    match kind:
        case "plain_text" | "mrkdwn":
            return [f"an empty {kind}"] * (not text) + [f"a long {kind}"] * (len(text) > 3000)
        case "text":
            return ["an empty piece of rich text"] * (not text)
        case "date":
            good = isinstance(node.get("timestamp"), int) and node.get("fallback")
            return [] if good and node.get("format") else ["a date without a time"]
        case "link":
            address = re.fullmatch(r"https?://[!-~]+", str(node.get("url", "")))
            return [] if address and text else ["a link without an address or text"]
        case "rich_text_section" | "rich_text_list" | "rich_text_quote":
            return [f"an empty {kind}"] * (not node.get("elements"))
        case "header":
            return ["a long header"] * (len(_text(node.get("text"))) > 150)
        case "image":
            file_id = str(cast("Json", node.get("slack_file") or {}).get("id", ""))
            good = bool(_FILE.fullmatch(file_id)) or bool(node.get("image_url"))
            return ["a picture without a file"] * (not good) + (
                ["a picture without a description"] * (not node.get("alt_text"))
            )
        case "checkboxes":
            return ["the number of boxes"] * (not 1 <= len(node.get("options") or []) <= 10)
        case "static_select":
            return ["the number of options"] * (not 1 <= len(node.get("options") or []) <= 100)
        case _:
            return []


def _text(value: Any) -> str:
    return str(cast("Json", value).get("text", "")) if isinstance(value, Mapping) else ""
