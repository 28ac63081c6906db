"""Slack's rules for the newer kinds of blocks, as its reference states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

Json = Mapping[str, Any]

TABLE_CHARS = 10_000
TASK_STATES = ("pending", "in_progress", "complete", "error")


def newer_problems(node: Json) -> list[str]:
    """Slack's complaints about one block or element of the newer kinds."""
    match node.get("type"):
        case "carousel":
            cards = cast("Sequence[Json]", node.get("elements") or [])
            found = ["the number of cards"] * (not 1 <= len(cards) <= 10)
            return found + ["no card"] * any(card.get("type") != "card" for card in cards)
        case "card":
            return _card_problems(node)
        case "context_actions":
            few = 1 <= len(node.get("elements") or []) <= 5
            return ["the number of context actions"] * (not few)
        case "feedback_buttons":
            pair = [cast("Json", node.get(f"{name}_button") or {}) for name in _SIDES]
            found = ["feedback without an action_id"] * (not node.get("action_id"))
            return found + [problem for one in pair for problem in _feedback_problems(one)]
        case "plan":
            tasks = cast("Sequence[Json]", node.get("tasks") or [])
            ids = [one.get("task_id") for one in tasks]
            found = ["a plan without a title"] * (not isinstance(node.get("title"), str))
            return found + ["task_id twice"] * (len(set(ids)) != len(ids))
        case "task_card":
            return _task_problems(node)
        case "url":
            address = str(node.get("url", ""))
            good = address.startswith(("http://", "https://")) and node.get("text")
            return [] if good else ["a source without an address or text"]
        case "raw_text":
            return ["an empty raw_text"] * (not node.get("text"))
        case _:
            return []


_SIDES = ("positive", "negative")


def table_problems(blocks: Sequence[Json]) -> list[str]:
    """Slack's complaints about the tables of a message."""
    tables = [block for block in blocks if block.get("type") == "table"]
    rows = [row for table in tables for row in cast("list[list[Json]]", table.get("rows") or [])]
    found = ["more than one table"] * (len(tables) > 1) + ["the rows"] * (len(rows) > 100)
    found += ["the columns"] * any(not 1 <= len(row) <= 20 for row in rows)
    found += ["columns that differ"] * (len({len(row) for row in rows}) > 1)
    kinds = {cell.get("type") for row in rows for cell in row}
    found += ["a cell"] * bool(kinds - {"raw_text", "raw_number", "rich_text"})
    chars = sum(_chars(cell) for row in rows for cell in row)
    return found + ["too many characters in tables"] * (chars > TABLE_CHARS)


def _chars(node: Any) -> int:
    if isinstance(node, Mapping):
        own = cast("Json", node).get("text")
        below = sum(_chars(part) for part in cast("Json", node).values())
        return (len(own) if isinstance(own, str) else 0) + below
    if isinstance(node, list):
        return sum(_chars(part) for part in node)  # pyright: ignore[reportUnknownVariableType]
    return 0


def _card_problems(card: Json) -> list[str]:
    found = ["a card with nothing on it"] * (
        not any(card.get(name) for name in ("hero_image", "title", "actions", "body"))
    )
    most = {"title": 150, "subtitle": 150, "body": 200}
    for name, chars in most.items():
        text = cast("Json", card.get(name) or {})
        found += [f"a long {name} of a card"] * (len(str(text.get("text", ""))) > chars)
    return found + ["the buttons of a card"] * (len(card.get("actions") or []) > 3)


def _feedback_problems(button: Json) -> list[str]:
    text = cast("Json", button.get("text") or {})
    good = 1 <= len(str(text.get("text", ""))) <= 75 and len(str(button.get("value", ""))) >= 1
    label = len(str(button.get("accessibility_label", "")))
    return ["a feedback button"] * (not good or label > 75 or text.get("type") != "plain_text")


def _task_problems(card: Json) -> list[str]:
    found = ["a task without an id"] * (not card.get("task_id"))
    found += ["the state of a task"] * (card.get("status") not in TASK_STATES)
    title = card.get("title")
    good = isinstance(title, str) and 1 <= len(title) <= 256
    found += ["the title of a task"] * (not good)
    for name in ("details", "output"):
        part = cast("Json", card.get(name) or {"type": "rich_text"})
        found += [f"the {name} of a task"] * (part.get("type") != "rich_text")
    sources = cast("Sequence[Json]", card.get("sources") or [])
    return found + ["a source"] * any(one.get("type") != "url" for one in sources)
