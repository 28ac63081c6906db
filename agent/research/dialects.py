"""Tool calls as other model families write them, where their server leaves them in the text.

Each family was trained to frame a call in its own way: tags with a name in them, a channel of its
own, Python, an action in words. What they mean is the same: a tool's name and arguments. Only names
of tools count, so that prose and code in an answer are never taken for a call.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.research.tolerant_json import UnreadableJson, loads

MAX_CALLS = 8
"""Calls that are read of one turn."""
MAX_PYTHON_CHARS = 4_000
_TAG = r"(?:[a-z]+:|｜DSML｜|\|DSML\|)?"
_NAME = r"(?:functions?|default_api|tools)?\.?([A-Za-z_][\w-]{0,40})"
_HEADS = (
    # gpt-oss: <|channel|>commentary to=functions.search <|constrain|>json<|message|>{…}, also where
    # the server drops the special tokens.
    rf"\bto={_NAME}[^{{\n]{{0,80}}(?=\{{)",
    # Kimi: <|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>{…}
    rf"\b{_NAME}:\d+\s*(?:<\|tool_call_argument_begin\|>)?\s*(?=\{{)",
    # Mistral: [TOOL_CALLS]search[ARGS]{…}, [TOOL_CALLS]search{…}
    rf"\[TOOL_CALLS\]\s*{_NAME}\s*(?:\[CALL_ID\]\w*)?(?:\[ARGS\])?\s*(?=\{{)",
    # DeepSeek: <｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n{…}
    rf"<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?{_NAME}\s*(?:<｜tool▁sep｜>)?\s*(?:```json)?\s*(?=\{{)",
    # Llama 3: <function=search>{…}</function>
    rf"<function[= ]\"?{_NAME}\"?>\s*(?=\{{)",
    # A name and an object, one under the other or side by side.
    rf"^\s*{_NAME}\s*\n\s*(?:```json\s*)?(?=\{{)",
)
_OBJECT_AFTER = re.compile("|".join(_HEADS), re.MULTILINE)
_TAGGED = re.compile(
    rf"<{_TAG}(?:invoke\s+name=|function[= ])[\"']?{_NAME}[\"']?\s*>(.*?)"
    rf"(?=</{_TAG}(?:invoke|function)>|<{_TAG}(?:invoke\s+name=|function=)|\Z)",
    re.DOTALL,
)
_PARAMETER = re.compile(
    rf"<{_TAG}parameter(?:\s+name=|[= ])[\"']?(\w+)[\"']?[^>]*>(.*?)"
    rf"(?=</{_TAG}parameter>|<{_TAG}parameter|</|\Z)",
    re.DOTALL,
)
_PAIRED = re.compile(
    rf"(?:^|[\s>]){_NAME}\s*(?:<tool_sep>)?\s*((?:<arg_key>.*?</arg_key>\s*<arg_value>.*?"
    r"(?:</arg_value>|\Z)\s*)+)",
    re.DOTALL,
)
_PAIR = re.compile(r"<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)(?:</arg_value>|\Z)", re.DOTALL)
_ACTION = re.compile(
    rf"^\s*\**Action:?\**:?\s*`?{_NAME}`?\s*\n\s*\**Action Input:?\**:?\s*(.+?)"
    r"(?=\n\s*\**(?:Observation|Thought|Final)|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_ESCAPED = re.compile(rf"call:{_NAME}\{{(.*?)\}}\s*(?:<end_function_call>|\Z)", re.DOTALL)
_ESCAPED_FIELD = re.compile(r"(\w+):(\[.*?\]|<escape>.*?<escape>|[^,]+)", re.DOTALL)
_PYTHON = re.compile(rf"(?<![\w.]){_NAME}(?:\.call)?\(")
_NAMED_TAG = re.compile(r"<([a-z_]{3,20})>")


@dataclass(frozen=True, slots=True)
class ForeignCall:
    """A call that stands at ``start`` of a text; ``arguments`` are as they were written."""

    start: int
    name: str
    arguments: Any


def foreign_calls(text: str, names: Collection[str]) -> list[ForeignCall]:
    """The calls of tools with these names in a text, in its order."""
    for reader in _READERS:
        found = [call for call in reader(text) if _plain(call.name) in names]
        if found:
            return found[:MAX_CALLS]
    return []


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _with_object(text: str) -> Iterator[ForeignCall]:
    for match in _OBJECT_AFTER.finditer(text):
        name = next(filter(None, match.groups()))
        try:
            yield ForeignCall(match.start(), name, loads(text[match.end() :]))
        except UnreadableJson:
            continue


def _tagged(text: str) -> Iterator[ForeignCall]:
    for match in _TAGGED.finditer(text):
        arguments = {name: _value(said) for name, said in _PARAMETER.findall(match[2])}
        if arguments:
            yield ForeignCall(match.start(), match[1], arguments)


def _paired(text: str) -> Iterator[ForeignCall]:
    for match in _PAIRED.finditer(text):
        arguments = {name.strip(): _value(said) for name, said in _PAIR.findall(match[2])}
        yield ForeignCall(match.start(), match[1], arguments)


def _action(text: str) -> Iterator[ForeignCall]:
    for match in _ACTION.finditer(text):
        yield ForeignCall(match.start(), match[1], _value(match[2].strip().strip("`")))


def _escaped(text: str) -> Iterator[ForeignCall]:
    for match in _ESCAPED.finditer(text):
        fields = _ESCAPED_FIELD.findall(match[2])
        arguments = {name: _value(said.replace("<escape>", '"')) for name, said in fields}
        yield ForeignCall(match.start(), match[1], arguments)


def _python(text: str) -> Iterator[ForeignCall]:
    for match in _PYTHON.finditer(text):
        source = _balanced(text[match.end() - 1 : match.end() + MAX_PYTHON_CHARS])
        arguments = _python_arguments(source) if source else None
        if arguments is not None:
            yield ForeignCall(match.start(), match[1], arguments)


def _balanced(text: str) -> str:
    """The text up to the bracket that closes its first one; "" where none does."""
    depth, quote, skip = 0, "", False
    for at, here in enumerate(text):
        if skip:
            skip = False
        elif here == "\\":
            skip = True
        elif quote:
            quote = "" if here == quote else quote
        elif here in "\"'":
            quote = here
        elif here in "([{":
            depth += 1
        elif here in ")]}":
            depth -= 1
            if depth == 0:
                return text[: at + 1]
    return ""


def _python_arguments(source: str) -> Any:
    try:
        call = ast.parse(f"f{source}", mode="eval").body
        if not isinstance(call, ast.Call):
            return None
        named = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
        if named:
            return named
        return ast.literal_eval(call.args[0]) if call.args else None
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _named_tags(text: str) -> Iterator[ForeignCall]:
    """<search>who built it</search>"""
    at, unclosed = 0, set[str]()
    while match := _NAMED_TAG.search(text, at):
        name, at = match[1], match.end()
        # A name that is closed nowhere below is not looked for again: many of them would take the
        # square of the time.
        close = -1 if name in unclosed else text.find(f"</{name}>", at)
        if close < 0:
            unclosed.add(name)
            continue
        yield ForeignCall(match.start(), name, _value(text[match.end() : close]))
        at = close + len(name) + 3


def _objects(text: str) -> Iterator[ForeignCall]:
    """An object, or a list of objects, that names a tool, wherever it stands."""
    start = min((i for i in (text.find("{"), text.find("[{")) if i >= 0), default=-1)
    if start < 0:
        return
    try:
        value = loads(text[start:])
    except UnreadableJson:
        return
    for name, arguments in _named(value):
        yield ForeignCall(start, name, arguments)


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    """The names and arguments in what may be a call, a list of calls or a wrapper of either."""
    if isinstance(value, list):
        for each in cast("Sequence[Any]", value)[:MAX_CALLS]:
            yield from _named(each)
        return
    if not isinstance(value, dict):
        return
    fields = cast("Mapping[str, Any]", value)
    for wrapper in ("tool_calls", "tool_call", "function_call", "function", "calls"):
        if isinstance(fields.get(wrapper), (dict, list)):
            yield from _named(fields[wrapper])
            return
    for key in ("name", "tool_name", "tool", "action", "function", "recipient_name"):
        name = fields.get(key)
        if isinstance(name, str):
            yield re.sub(r"^functions?\.", "", name), _arguments(fields)
            return
    if len(fields) == 1:  # {"search": {"queries": […]}}
        yield from fields.items()


def _arguments(fields: Mapping[str, Any]) -> Any:
    for key in ("arguments", "parameters", "args", "input", "action_input", "tool_input"):
        if key in fields:
            return fields[key]
    about = ("name", "tool_name", "tool", "action", "function", "type", "id")
    return {key: value for key, value in fields.items() if key not in about}


def _value(said: str) -> Any:
    """What a parameter's text means."""
    said = said.strip()
    if said.startswith(("[", "{", '"')) or re.fullmatch(r"-?\d{1,9}", said):
        try:
            return loads(said) if said[0] in "[{" else loads(f"[{said}]")[0]
        except (UnreadableJson, IndexError):
            return said
    return said


_READERS: tuple[Callable[[str], Iterator[ForeignCall]], ...] = (
    _with_object,
    _tagged,
    _paired,
    _action,
    _escaped,
    _objects,
    _python,
    _named_tags,
)
"""The most telling first."""

_THOUGHT_TAGS = (
    (r"◁(/?)think▷", r"<\1think>"),
    (r"\[(/?)THINK\]", r"<\1think>"),
    (
        r"<(/?)(?:seed:think|thought|reasoning|reflection|thoughts|analysis|scratchpad)>",
        r"<\1think>",
    ),
    (r"<\|(?:START_THINKING|begin_of_thought)\|>", "<think>"),
    (r"<\|(?:END_THINKING|end_of_thought)\|>", "</think>"),
    # gpt-oss, with its special tokens and without.
    (r"<\|channel\|>analysis<\|message\|>(.*?)(?:<\|end\|>|\Z)", r"<think>\1</think>"),
    (r"\Aanalysis(?=[A-Z])(.*?)assistant(?=final|commentary)", r"<think>\1</think>"),
    (r"<\|(?:start|channel|end|return|call)\|>(?:assistant)?|<\|channel\|>final<\|message\|>", ""),
    # GLM's box around an answer, a header of ReAct.
    (r"<\|(?:begin|end)_of_box\|>", ""),
    (r"\A\s*\**Thought:?\**:?\s*(.*?)(?=\n\s*\**(?:Action|Final Answer):?)", r"<think>\1</think>"),
    (r"^\s*\**Final Answer:?\**:?\s*(?=[{`<])", "<answer>"),
    (r"<(/?)(?:final_answer|final|response|output)>", r"<\1answer>"),
)
_FOREIGN_THOUGHT = re.compile(
    r"◁|\[/?THINK\]|<\||<[a-z:]{5,12}>|\A\s*\**Thought|Final Answer|\Aanalysis[A-Z]"
)


def own_tags(text: str) -> str:
    """The text with the tags that other families frame a thought and an answer with replaced by
    the protocol's."""
    if not _FOREIGN_THOUGHT.search(text):
        return text
    for pattern, tag in _THOUGHT_TAGS:
        text = re.sub(pattern, tag, text, flags=re.DOTALL | re.MULTILINE)
    return text
