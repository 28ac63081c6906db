"""The protocol of Gen-Searcher (arXiv 2603.28767) and its kin: what a model says is read.

A turn is a thought and then exactly one of a tool call and an answer::

    <think>…</think><tool_call>{"name": …, "arguments": {…}}</tool_call>
    <think>…</think><answer>{"gen_prompt": …, "reference_images": [{"img_id": …, "note": …}]}
    </answer>

The reader is strict about that and forgiving about everything else. It never raises anything but
:class:`MalformedTurn`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

from agent.research.calls import (
    ARGUMENTS,
    DEFAULT_LIMITS,
    NAMES,
    CallLimits,
    one_line,
    read_call,
    repeated,
)
from agent.research.calls import MalformedTurn as MalformedTurn
from agent.research.dialects import foreign_calls, own_tags
from agent.research.framing import tool_response as tool_response
from agent.research.tolerant_json import UnreadableJson, loads
from domain.research import ToolCall, ToolName
from domain.special_tokens import break_special_tokens

MAX_TURN_CHARS = 65_536
MAX_NOTE_CHARS = 500
MAX_FURTHER_CALLS = 7
_ANSWERS = frozenset({"answer", "final_answer", "submit_answer", "submit", "finish", "final"})
"""Names under which models answer by a call."""
_OPEN_THINK = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSE_THINK = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_BLOCK = re.compile(r"<(tool_call|answer)>", re.IGNORECASE)
_INVENTED = re.compile(
    r"</?tool_(?:response|result|output)s?>|</?function_results?>|<\|im_(?:start|end)\|>"
    r"|<\|(?:eot_id|eom_id|end_of_turn|observation|user)\|>|^\s*\**Observation:",
    re.IGNORECASE | re.MULTILINE,
)
_END_OF_BLOCK = r"</{kind}>|<(?:tool_call|answer|think)>"
_FENCE = re.compile(r"^\s*```[\w-]*\s*|\s*```\s*$")
_TAGGED_FIELD = re.compile(r"<(gen_prompt|reference_images)>(.*?)</\1>", re.DOTALL)
_FIELD_LINE = re.compile(
    r"^[\s*_#-]*(gen_prompt|reference_images)[*_\"']*\s*[:=]\s*(.*?)"
    r"(?=^[\s*_#-]*reference_images|\Z)",
    re.DOTALL | re.MULTILINE,
)
_IMG_IDS = re.compile(r"IMG[_\s-]?\d{1,4}", re.IGNORECASE)
_IMG_ID = re.compile(r"(?:img|image)?[\s_#-]*(\d{1,4})\Z", re.IGNORECASE)


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
    further: tuple[ToolCall, ...] = ()
    """Calls behind the first, which were written without its result."""


def read_turn(text: str, limits: CallLimits = DEFAULT_LIMITS) -> ModelTurn:
    """What a model's turn says.

    What it invents after its call (results, further turns) is cut off. Calls are understood in the
    forms of other model families too.

    Raises:
        MalformedTurn: It holds neither a call nor an answer that can be understood.
    """
    text = own_tags(text[:MAX_TURN_CHARS])
    thought, rest = _thought(text)
    invented = _INVENTED.search(rest)
    if invented is not None:
        rest = rest[: invented.start()]
    blocks = _blocks(rest)
    if not blocks:
        return _untagged(thought, rest, limits)
    kind, body = blocks[0]
    if kind == "answer":
        return ModelTurn(thought, answer=_answer(_answer_object(body)))
    turn = _call_turn(thought, body, limits)
    return replace(turn, further=(*turn.further, *_further(blocks[1:], limits)))


def _blocks(text: str) -> list[tuple[str, str]]:
    """The kind and the body of each block, to the next one's beginning where it is not closed."""
    found: list[tuple[str, str]] = []
    block = _BLOCK.search(text)
    while block is not None and len(found) <= MAX_FURTHER_CALLS:
        kind = block[1].lower()
        end = re.compile(_END_OF_BLOCK.format(kind=kind), re.IGNORECASE).search(text, block.end())
        found.append((kind, text[block.end() : end.start() if end else len(text)]))
        block = _BLOCK.search(text, end.start() if end else len(text))
    return found


def _call_turn(thought: str, body: str, limits: CallLimits) -> ModelTurn:
    """The turn of a block for calls: one object, a list of them, or another family's form."""
    if not _FENCE.sub("", body.strip()).startswith(("{", "[")):
        calls = _foreign(body, limits)
        if calls:
            return ModelTurn(thought, call=calls[0], further=calls[1:])
    value = _objects(body, "tool_call")
    if _says_answer(value[0]):
        return ModelTurn(thought, answer=_answer(_called_answer(value[0])))
    first = read_call(value[0], limits)
    return ModelTurn(thought, call=first, further=_those_that_fit(value[1:], limits))


def _further(blocks: Sequence[tuple[str, str]], limits: CallLimits) -> tuple[ToolCall, ...]:
    found: list[ToolCall] = []
    for kind, body in blocks:
        if kind != "tool_call":
            break
        with suppress(MalformedTurn):
            turn = _call_turn("", body, limits)
            found += ([turn.call] if turn.call else []) + list(turn.further)
    return tuple(found)


def _those_that_fit(
    values: Sequence[Mapping[str, Any]], limits: CallLimits
) -> tuple[ToolCall, ...]:
    found: list[ToolCall] = []
    for value in values[:MAX_FURTHER_CALLS]:
        with suppress(MalformedTurn):
            found.append(read_call(value, limits))
    return tuple(found)


def _foreign(text: str, limits: CallLimits) -> tuple[ToolCall, ...]:
    """The calls in another family's form. Raises :class:`MalformedTurn` where the first does not
    fit."""
    every = foreign_calls(text, NAMES.keys())
    if not every:
        return ()
    calls: list[Mapping[str, Any]] = [{"name": c.name, "arguments": c.arguments} for c in every]
    return (read_call(calls[0], limits), *_those_that_fit(calls[1:], limits))


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
    return (text[: invented.start()] if invented else text).strip()


def replayed_call(thought: str, name: str, arguments: str) -> str:
    """A native call as it stays in the conversation, in the protocol's own form."""
    thought, name, arguments = map(break_special_tokens, (thought, name, arguments))
    body = f'{{"name": "{name}", "arguments": {arguments or "{}"}}}'
    return f"<think>{thought}</think><tool_call>{body}</tool_call>"


def native_call(name: str, arguments: str, limits: CallLimits = DEFAULT_LIMITS) -> ToolCall:
    """A call in the dialect of OpenAI's tool calls. Raises :class:`MalformedTurn`."""
    return read_call({"name": name, "arguments": arguments}, limits)


def native_turn(thought: str, name: str, arguments: str, limits: CallLimits) -> ModelTurn:
    """The turn of a native call, which may be a call that answers. Raises
    :class:`MalformedTurn`."""
    said: Mapping[str, Any] = {"name": name, "arguments": arguments}
    if _says_answer(said):
        return ModelTurn(thought, answer=_answer(_called_answer(said)))
    return ModelTurn(thought, call=native_call(name, arguments, limits))


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


def _untagged(thought: str, rest: str, limits: CallLimits) -> ModelTurn:
    """A turn without tags, if it can only mean one thing."""
    plain = _FENCE.sub("", rest.strip())
    if plain.startswith("{"):
        value = _objects(plain, "tool_call")[0]
        if "gen_prompt" in value or isinstance(value.get("answer"), dict):
            return ModelTurn(thought, answer=_answer(value))
        if "name" in value and _says_answer(value):
            return ModelTurn(thought, answer=_answer(_called_answer(value)))
        if "name" in value:
            return ModelTurn(thought, call=read_call(value, limits))
    calls = _foreign(rest, limits)
    if calls:
        return ModelTurn(thought, call=calls[0], further=calls[1:])
    if '"gen_prompt"' in rest or "'gen_prompt'" in rest:
        return ModelTurn(thought, answer=_answer(_answer_object(rest)))
    if _OPEN_THINK.search(rest):
        raise MalformedTurn("the thought never ends")
    raise MalformedTurn("there is neither a <tool_call> nor an <answer>")


def _objects(body: str, kind: str) -> Sequence[Mapping[str, Any]]:
    """The object in a block, or the objects of the list in it; never none."""
    try:
        value = loads(_FENCE.sub("", body.strip()))
    except UnreadableJson as error:
        raise MalformedTurn(f"what stands in <{kind}> is no JSON object: {error}") from error
    every = cast("Sequence[Any]", value) if isinstance(value, list) else [value]
    if not every or not all(isinstance(each, dict) for each in every):
        raise MalformedTurn(f"what stands in <{kind}> is no JSON object")
    return cast("Sequence[Mapping[str, Any]]", every)


def _answer_object(body: str) -> Mapping[str, Any]:
    """What an answer says: an object, an object written as a string, or tags and lines with the
    same names."""
    plain = _FENCE.sub("", body.strip())
    if plain.startswith('"'):
        with suppress(ValueError):
            said: object = json.loads(plain)
            plain = said if isinstance(said, str) else plain
    if "{" not in plain or plain.startswith("<"):
        fields = dict(_TAGGED_FIELD.findall(plain)) or dict(_FIELD_LINE.findall(plain))
        if "gen_prompt" in fields:
            ids = _IMG_IDS.findall(fields.get("reference_images", ""))
            return {"gen_prompt": fields["gen_prompt"].strip(), "reference_images": ids}
    return _objects(plain, "answer")[0]


def _says_answer(value: Mapping[str, Any]) -> bool:
    """Whether a call is meant as the answer."""
    name = value.get("name") or value.get("tool")
    return isinstance(name, str) and name.strip().lower() in _ANSWERS


def _called_answer(value: Mapping[str, Any]) -> Mapping[str, Any]:
    arguments: Any = next((value[k] for k in ARGUMENTS if k in value), value)
    if isinstance(arguments, str):
        return _answer_object(arguments)
    if not isinstance(arguments, dict):
        raise MalformedTurn("the answer is no JSON object")
    return cast("Mapping[str, Any]", arguments)


def _answer(value: Mapping[str, Any]) -> Answer:
    inner = value.get("answer") or value.get("final_answer")
    if isinstance(inner, dict):
        value = cast("Mapping[str, Any]", inner)
    prompt = value.get("gen_prompt") or value.get("genPrompt") or value.get("prompt")
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
        keys = ("img_id", "id", "image_id", "imgId", "image")
        said = next((about[key] for key in keys if key in about), None)
        note = str(about.get("note") or about.get("description") or "")
    match = _IMG_ID.match(str(said).strip().removesuffix(".jpg").removesuffix(".png"))
    if match is None:
        raise MalformedTurn(f"{repeated(said)} is no img_id such as IMG_001")
    return NamedReference(f"IMG_{int(match[1]):03d}", one_line(note)[:MAX_NOTE_CHARS])


def turn_grammar(
    *,
    thought: int = 1500,
    text: int = 180,
    prompt: int = 3000,
    tools: Collection[ToolName] = DEFAULT_LIMITS.tools,
    skills: Sequence[str] = (),
) -> str:
    """A regular expression that holds a model to the protocol, for servers that take one (vLLM's
    ``structured_outputs.regex``); the numbers are the most characters of each part.

    With it a malformed turn cannot happen.
    """
    arguments = {
        ToolName.SEARCH: rf'\{{"queries": \[{_string(text)}(, {_string(text)}){{0,4}}\]\}}',
        ToolName.IMAGE_SEARCH: rf'\{{"query": {_string(text)}\}}',
        ToolName.BROWSE: (
            rf'\{{"url": "https?://[^"\\\s<]{{1,{text}}}", "query": {_string(text)}\}}'
        ),
        ToolName.QUERY_KNOWLEDGE: rf'\{{"skill_name": "({"|".join(skills)})"\}}',
    }
    calls = (rf'\{{"name": "{tool.value}", "arguments": {arguments[tool]}\}}' for tool in tools)
    call = rf"<tool_call>({'|'.join(calls)})</tool_call>"
    return rf"{_thought_grammar(thought)}({call}|{_answer_grammar(text, prompt)})"


def answer_grammar(*, thought: int = 1500, text: int = 180, prompt: int = 3000) -> str:
    """The same for a turn in which only an answer is accepted, which needs no thought."""
    return rf"({_thought_grammar(thought)})?{_answer_grammar(text, prompt)}"


def _thought_grammar(most: int) -> str:
    return rf"<think>[^<]{{1,{most}}}</think>\n"


def _answer_grammar(text: int, prompt: int) -> str:
    reference = rf'\{{"img_id": "IMG_[0-9]{{3}}", "note": {_string(text)}\}}'
    listed = rf"\[({reference}(, {reference}){{0,4}})?\]"
    return rf'<answer>\{{"gen_prompt": {_string(prompt)}, "reference_images": {listed}\}}</answer>'


def _string(most: int) -> str:
    return rf'"[^"\\\x00-\x1f<]{{1,{most}}}"'
