"""Gen-Searcher's protocol (arXiv 2603.28767): what a model says is read, what it is told written.

A turn is a thought and then exactly one of a tool call and an answer::

    <think>…</think><tool_call>{"name": …, "arguments": {…}}</tool_call>
    <think>…</think><answer>{"gen_prompt": …, "reference_images": [{"img_id": …, "note": …}]}
    </answer>

The reader is strict about that and forgiving about everything else. It never raises anything but
:class:`MalformedTurn`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.research.tolerant_json import UnreadableJson, loads
from domain.research import ToolCall, ToolName
from domain.special_tokens import break_special_tokens

MAX_TURN_CHARS = 65_536
MAX_NOTE_CHARS = 500
MAX_TOP_K = 5
_NAMES = {
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
}
_OPEN_THINK = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSE_THINK = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_BLOCK = re.compile(r"<(tool_call|answer)>", re.IGNORECASE)
_INVENTED = re.compile(r"</?tool_response>|<\|im_(?:start|end)\|>", re.IGNORECASE)
_END_OF_BLOCK = r"</{kind}>|<(?:tool_call|answer|think)>"
FRAMING = re.compile(
    r"</?(?:think(?:ing)?|tool_call|tool_response|answer|tools|excerpt|page)"
    r"(?: [a-z]+=\"[^\"<>]*\")*>",
    re.IGNORECASE,
)
"""The tags with which Limner frames what it tells a model; untrusted text holds none of them, since
it went through ``break_special_tokens`` before it was framed."""
_FENCE = re.compile(r"^\s*```[\w-]*\s*|\s*```\s*$")
_IMG_ID = re.compile(r"(?:img|image)?[\s_#-]*(\d{1,4})\Z", re.IGNORECASE)


class MalformedTurn(Exception):
    """What a model said is no turn; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class NamedReference:
    """A reference as the model names it."""

    img_id: str
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The model's answer, in its own order."""

    gen_prompt: str
    references: tuple[NamedReference, ...]


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """One reading of a model's turn: ``call`` or ``answer`` is set, never both."""

    thought: str
    call: ToolCall | None = None
    answer: Answer | None = None


def read_turn(text: str) -> ModelTurn:
    """What a model's turn says.

    What it invents after its call (results, further turns) is cut off; of several calls the first
    counts, because the later ones were written without its result.

    Raises:
        MalformedTurn: It holds neither a call nor an answer that can be understood.
    """
    text = text[:MAX_TURN_CHARS]
    thought, rest = _thought(text)
    invented = _INVENTED.search(rest)
    if invented is not None:
        rest = rest[: invented.start()]
    block = _BLOCK.search(rest)
    if block is None:
        return _bare_turn(thought, rest)
    kind = block[1].lower()
    body = rest[block.end() :]
    end = re.search(_END_OF_BLOCK.format(kind=kind), body, re.IGNORECASE)
    body = body[: end.start()] if end else body
    value = _object(body, kind)
    if kind == "answer":
        return ModelTurn(thought, answer=_answer(value))
    return ModelTurn(thought, call=_call(value))


def replayed(text: str) -> str:
    """A model's turn as it stays in the conversation: nothing of what it invented after its call,
    and no tags inside its thought."""
    closing = _CLOSE_THINK.search(text)
    begin = 0
    if closing is not None and not _BLOCK.search(text, 0, closing.start()):
        opening = _OPEN_THINK.search(text, 0, closing.start())
        inside = opening.end() if opening else 0
        thought = break_special_tokens(text[inside : closing.start()])
        text = text[:inside] + thought + text[closing.start() :]
        begin = closing.end()
    invented = _INVENTED.search(text, begin)
    return (text[: invented.start()] if invented else text).rstrip()


def replayed_call(thought: str, name: str, arguments: str) -> str:
    """A native call as it stays in the conversation, in the protocol's own form."""
    thought, name, arguments = map(break_special_tokens, (thought, name, arguments))
    body = f'{{"name": "{name}", "arguments": {arguments or "{}"}}}'
    return f"<think>{thought}</think><tool_call>{body}</tool_call>"


def native_call(name: str, arguments: str) -> ToolCall:
    """A call in the dialect of OpenAI's tool calls. Raises :class:`MalformedTurn`."""
    return _call({"name": name, "arguments": arguments})


def _thought(text: str) -> tuple[str, str]:
    opening = _OPEN_THINK.search(text)
    ending = _CLOSE_THINK.search(text, opening.end()) if opening else None
    if opening and ending and not _BLOCK.search(text, 0, opening.start()):
        thought = text[opening.end() : ending.start()].strip()
        return thought, text[: opening.start()] + text[ending.end() :]
    closing = _CLOSE_THINK.search(text)
    if closing is not None and not _OPEN_THINK.search(text[: closing.start()]):
        # The chat template wrote <think> itself, so only its end is in the text.
        return text[: closing.start()].strip(), text[closing.end() :]
    block = _BLOCK.search(text)
    if block is None or _INVENTED.search(text, 0, block.start()):
        return "", text
    return _OPEN_THINK.sub("", text[: block.start()]).strip(), text[block.start() :]


def _bare_turn(thought: str, rest: str) -> ModelTurn:
    """A turn without tags, if its whole text is one object that can only mean one thing."""
    plain = _FENCE.sub("", rest.strip())
    if plain.startswith("{"):
        value = _object(plain, "tool_call")
        if "gen_prompt" in value:
            return ModelTurn(thought, answer=_answer(value))
        if "name" in value:
            return ModelTurn(thought, call=_call(value))
    if _OPEN_THINK.search(rest):
        raise MalformedTurn("the thought never ends")
    raise MalformedTurn("there is neither a <tool_call> nor an <answer>")


def _object(body: str, kind: str) -> Mapping[str, Any]:
    try:
        value = loads(_FENCE.sub("", body.strip()))
    except UnreadableJson as error:
        raise MalformedTurn(f"what stands in <{kind}> is no JSON object: {error}") from error
    if isinstance(value, list) and len(cast("Sequence[Any]", value)) == 1:
        value = cast("Sequence[Any]", value)[0]
    if not isinstance(value, dict):
        raise MalformedTurn(f"what stands in <{kind}> is no JSON object")
    return cast("Mapping[str, Any]", value)


def _call(value: Mapping[str, Any]) -> ToolCall:
    inner = value.get("function")
    if isinstance(inner, dict):
        value = cast("Mapping[str, Any]", inner)
    said = value.get("name") or (inner if isinstance(inner, str) else None) or value.get("tool")
    name = _NAMES.get(re.sub(r"[\s-]+", "_", str(said or "").strip().lower()))
    if name is None:
        raise MalformedTurn(f"there is no tool {_repeated(said)}; use search, image_search, browse")
    arguments: Any = next(
        (value[key] for key in ("arguments", "parameters", "args", "input") if key in value), None
    )
    if (isinstance(arguments, str) and name is not ToolName.BROWSE) or isinstance(arguments, str):
        arguments = _text_arguments(arguments, name)
    if arguments is None:
        arguments = {k: v for k, v in value.items() if k not in ("name", "tool", "type", "id")}
    if isinstance(arguments, list):
        arguments = {"queries": cast("Sequence[Any]", arguments)}
    if not isinstance(arguments, dict):
        raise MalformedTurn(f"the arguments of {name.value} are no JSON object")
    return ToolCall(name, _arguments(name, cast("Mapping[str, Any]", arguments)))


def _text_arguments(text: str, name: ToolName) -> Any:
    """Arguments written as text: an object in quotes, or the one thing the tool needs."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return loads(text)
        except UnreadableJson as error:
            raise MalformedTurn(f"the arguments of {name.value} are no JSON object") from error
    return {"url" if name is ToolName.BROWSE else "query": text}


def _arguments(name: ToolName, said: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that count, in the tool's own form."""
    if name is ToolName.BROWSE:
        url, query = said.get("url") or said.get("link"), said.get("query") or said.get("goal")
        if not isinstance(url, str) or not url.strip():
            raise MalformedTurn("browse needs a url")
        about = {"query": _line(query)} if isinstance(query, str) and query.strip() else {}
        return {"url": url.strip(), **about}
    asked: Any = said.get("queries") or said.get("query") or said.get("q")
    queries = [asked] if isinstance(asked, str) else asked
    if not isinstance(queries, list):
        raise MalformedTurn(f"{name.value} needs a query")
    lines = [_line(query) for query in cast("Sequence[Any]", queries) if isinstance(query, str)]
    lines = list(dict.fromkeys(line for line in lines if line))
    if not lines:
        raise MalformedTurn(f"{name.value} needs a query")
    asked_for = _top_k(said.get("top_k"))
    if name is ToolName.IMAGE_SEARCH:
        return {"query": lines[0], **asked_for}
    return {"queries": lines[:5], **asked_for}


def _top_k(said: Any) -> dict[str, int]:
    """How many results were asked for, from 1 to 5; nothing where that was not said."""
    if isinstance(said, str) and said.strip().isdigit():
        said = int(said.strip()[:6])
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not 1 <= said <= 1e6:
        return {}
    return {"top_k": min(int(said), MAX_TOP_K)}


def _answer(value: Mapping[str, Any]) -> Answer:
    prompt = value.get("gen_prompt") or value.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise MalformedTurn("the answer needs a gen_prompt")
    listed: Any = value.get("reference_images")
    if listed is None:
        listed = value.get("references") or value.get("images") or []
    if isinstance(listed, (str, int, dict)):
        listed = [listed]
    if not isinstance(listed, list):
        raise MalformedTurn("reference_images must be a list")
    named = [_reference(entry) for entry in cast("Sequence[Any]", listed)]
    unique = {reference.img_id: reference for reference in reversed(named)}
    order = dict.fromkeys(reference.img_id for reference in named)
    return Answer(prompt.strip(), tuple(unique[img_id] for img_id in order))


def _reference(entry: Any) -> NamedReference:
    said, note = entry, ""
    if isinstance(entry, dict):
        about = cast("Mapping[str, Any]", entry)
        said = about.get("img_id", about.get("id", about.get("image_id")))
        note = str(about.get("note") or about.get("description") or "")
    match = _IMG_ID.match(str(said).strip().removesuffix(".jpg").removesuffix(".png"))
    if match is None:
        raise MalformedTurn(f"{_repeated(said)} is no img_id such as IMG_001")
    return NamedReference(f"IMG_{int(match[1]):03d}", _line(note)[:MAX_NOTE_CHARS])


def _repeated(said: object) -> str:
    """What a model said, as it may be told it again."""
    return repr(break_special_tokens(str(said)[:60]))


def _line(text: object) -> str:
    return re.sub(r"\s+", " ", str(text)).strip()[:200]


def tool_response(lines: Sequence[str]) -> str:
    """A tool's result as the model gets it. What stands in the lines can neither end the response
    nor open a chat role."""
    body = break_special_tokens("\n".join(lines))
    return f"<tool_response>\n{body}\n</tool_response>"


def turn_grammar(*, thought: int = 1500, text: int = 180, prompt: int = 3000) -> str:
    """A regular expression that holds a model to the protocol, for servers that take one (vLLM's
    ``structured_outputs.regex``); the arguments are the most characters of each part.

    With it a malformed turn cannot happen.
    """
    calls = (
        (
            rf'\{{"name": "search", "arguments": \{{"queries": \[{_string(text)}'
            rf"(, {_string(text)}){{0,4}}\]\}}\}}"
        ),
        rf'\{{"name": "image_search", "arguments": \{{"query": {_string(text)}\}}\}}',
        (
            rf'\{{"name": "browse", "arguments": \{{"url": "https?://[^"\\\s<]{{1,{text}}}", '
            rf'"query": {_string(text)}\}}\}}'
        ),
    )
    call = rf"<tool_call>({'|'.join(calls)})</tool_call>"
    return rf"{_thought_grammar(thought)}({call}|{_answer_grammar(text, prompt)})"


def answer_grammar(*, thought: int = 1500, text: int = 180, prompt: int = 3000) -> str:
    """The same for a turn in which only an answer is accepted."""
    return _thought_grammar(thought) + _answer_grammar(text, prompt)


def _thought_grammar(most: int) -> str:
    return rf"<think>[^<]{{1,{most}}}</think>\n"


def _answer_grammar(text: int, prompt: int) -> str:
    reference = rf'\{{"img_id": "IMG_[0-9]{{3}}", "note": {_string(text)}\}}'
    listed = rf"\[({reference}(, {reference}){{0,4}})?\]"
    return rf'<answer>\{{"gen_prompt": {_string(prompt)}, "reference_images": {listed}\}}</answer>'


def _string(most: int) -> str:
    return rf'"[^"\\\x00-\x1f<]{{1,{most}}}"'
