"""A tool call as a model means it: the tool's name and the arguments that count."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.research.tolerant_json import UnreadableJson, loads
from domain.research import ToolCall, ToolName
from domain.special_tokens import break_special_tokens

NAMES = {
    "search": ToolName.SEARCH,
    "web_search": ToolName.SEARCH,
    "text_search": ToolName.SEARCH,
    "google_search": ToolName.SEARCH,
    "image_search": ToolName.IMAGE_SEARCH,
    "search_image": ToolName.IMAGE_SEARCH,
    "search_images": ToolName.IMAGE_SEARCH,
    "imagesearch": ToolName.IMAGE_SEARCH,
    "browse": ToolName.BROWSE,
    "browser": ToolName.BROWSE,
    "visit": ToolName.BROWSE,
    "open": ToolName.BROWSE,
    "open_page": ToolName.BROWSE,
    "read_page": ToolName.BROWSE,
    "query_knowledge": ToolName.QUERY_KNOWLEDGE,
    "knowledge": ToolName.QUERY_KNOWLEDGE,
    "query_skill": ToolName.QUERY_KNOWLEDGE,
}
"""The tools by what models call them."""
ARGUMENTS = ("arguments", "parameters", "args", "input", "tool_input", "action_input")
"""What models call the arguments."""
_ONE_ARGUMENT = {ToolName.BROWSE: "url", ToolName.QUERY_KNOWLEDGE: "skill_name"}


class MalformedTurn(Exception):
    """What a model said is no turn; the message says what is wrong with it."""


class UnknownTool(MalformedTurn):
    """A call of a tool that there is not; ``name`` is what the model called it."""

    def __init__(self, name: str, tools: Collection[ToolName]) -> None:
        super().__init__(f"there is no tool {repeated(name)}; use {', '.join(tools)}")
        self.name = name


class BadArguments(MalformedTurn):
    """A call of a tool that there is, with arguments that do not fit."""

    def __init__(self, name: ToolName, why: str) -> None:
        super().__init__(why)
        self.name = name.value


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The tools that there are, and the most queries and results of one call."""

    tools: Collection[ToolName] = (ToolName.SEARCH, ToolName.IMAGE_SEARCH, ToolName.BROWSE)
    queries: int = 5
    results: int = 5


DEFAULT_LIMITS = CallLimits()


def read_call(value: Mapping[str, Any], limits: CallLimits) -> ToolCall:
    """The call that an object with a name and arguments means. Raises :class:`MalformedTurn`."""
    inner = value.get("function")
    if isinstance(inner, dict):
        value = cast("Mapping[str, Any]", inner)
    said = value.get("name") or (inner if isinstance(inner, str) else None)
    said = said or value.get("tool") or value.get("tool_name")
    plain = re.sub(r"[\s-]+", "_", str(said or "").strip().lower())
    plain = re.sub(r"^(?:functions?|default_api|tools?)\.|:\d+$", "", plain)
    name = NAMES.get(plain)
    if name is None or name not in limits.tools:
        raise UnknownTool(str(said), limits.tools)
    arguments: Any = next((value[key] for key in ARGUMENTS if key in value), None)
    if isinstance(arguments, str):
        arguments = _text_arguments(arguments, name)
    if arguments is None:
        about = ("name", "tool", "tool_name", "type", "id")
        arguments = {k: v for k, v in value.items() if k not in about}
    if isinstance(arguments, list):
        arguments = {"queries": cast("Sequence[Any]", arguments)}
    if not isinstance(arguments, dict):
        raise BadArguments(name, f"the arguments of {name.value} are no JSON object")
    return ToolCall(name, _checked_arguments(name, cast("Mapping[str, Any]", arguments), limits))


def _text_arguments(text: str, name: ToolName) -> Any:
    """Arguments written as text: an object in quotes, or the one thing the tool needs."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return loads(text)
        except UnreadableJson as error:
            why = f"the arguments of {name.value} are no JSON object"
            raise BadArguments(name, why) from error
    return {_ONE_ARGUMENT.get(name, "query"): text}


def _checked_arguments(
    name: ToolName, said: Mapping[str, Any], limits: CallLimits
) -> dict[str, Any]:
    """The arguments that count, in the tool's own form."""
    if name is ToolName.BROWSE:
        return _browse_arguments(said)
    if name is ToolName.QUERY_KNOWLEDGE:
        return {"skill_name": _skill(said)}
    asked: Any = said.get("queries") or said.get("query") or said.get("q")
    queries = [asked] if isinstance(asked, str) else asked
    if not isinstance(queries, list):
        raise BadArguments(name, f"{name.value} needs a query")
    lines = [one_line(query) for query in cast("Sequence[Any]", queries) if isinstance(query, str)]
    lines = list(dict.fromkeys(line for line in lines if line))
    if not lines:
        raise BadArguments(name, f"{name.value} needs a query")
    asked_for = _top_k(said.get("top_k"), limits.results)
    if name is ToolName.IMAGE_SEARCH:
        return {"query": lines[0], **asked_for}
    return {"queries": lines[: limits.queries], **asked_for}


def _browse_arguments(said: Mapping[str, Any]) -> dict[str, Any]:
    url, query = said.get("url") or said.get("link"), said.get("query") or said.get("goal")
    if isinstance(url, list) and url:
        url = cast("Sequence[Any]", url)[0]
    if not isinstance(url, str) or not url.strip():
        raise BadArguments(ToolName.BROWSE, "browse needs a url")
    about = {"query": one_line(query)} if isinstance(query, str) and query.strip() else {}
    return {"url": url.strip(), **about}


def _skill(said: Mapping[str, Any]) -> str:
    name = said.get("skill_name") or said.get("skill") or said.get("name") or said.get("query")
    if not isinstance(name, str) or not name.strip():
        why = "query_knowledge needs a skill_name"
        raise BadArguments(ToolName.QUERY_KNOWLEDGE, why)
    return re.sub(r"[\s-]+", "_", one_line(name).lower())


def _top_k(said: Any, most: int) -> dict[str, int]:
    """How many results were asked for, from 1 to ``most``; nothing where that was not said."""
    if isinstance(said, str) and said.strip().isdigit():
        said = int(said.strip()[:6])
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not 1 <= said <= 1e6:
        return {}
    return {"top_k": min(int(said), most)}


def repeated(said: object) -> str:
    """What a model said, as it may be told it again."""
    return repr(break_special_tokens(str(said)[:60]))


def one_line(text: object) -> str:
    """At most 200 characters of a text, as one line."""
    return re.sub(r"\s+", " ", str(text)).strip()[:200]
