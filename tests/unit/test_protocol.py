"""What models really write is read as it was meant; nothing else gets through, and nothing raises
but the protocol's own error."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.research.protocol import (
    MalformedTurn,
    ModelTurn,
    answer_grammar,
    native_call,
    read_turn,
    tool_response,
    turn_grammar,
)
from agent.research.tolerant_json import UnreadableJson, loads
from domain.research import ToolCall, ToolName

SEARCH = ToolCall(ToolName.SEARCH, {"queries": ["a b"], "top_k": 5})
PLAIN = ToolCall(ToolName.SEARCH, {"queries": ["a b"]})
IMAGES = ToolCall(ToolName.IMAGE_SEARCH, {"query": "a b"})
BROWSE = ToolCall(ToolName.BROWSE, {"url": "https://example.org/", "query": "height"})
GOOD = '{"name": "search", "arguments": {"queries": ["a b"], "top_k": 5}}'
ANSWER = '{"gen_prompt": "A bridge.", "reference_images": [{"img_id": "IMG_001", "note": "n"}]}'


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (f"<think>t</think><tool_call>{GOOD}</tool_call>", SEARCH),
        (f"<think>t</think>\n\n<tool_call>\n{GOOD}\n</tool_call>\n", SEARCH),
        (f"t</think><tool_call>{GOOD}</tool_call>", SEARCH),
        (f"<think>t<tool_call>{GOOD}</tool_call>", SEARCH),
        (f"t <tool_call>{GOOD}</tool_call>", SEARCH),
        (f"<thinking>t</thinking><tool_call>{GOOD}</tool_call>", SEARCH),
        (f"<THINK>t</THINK><TOOL_CALL>{GOOD}</TOOL_CALL>", SEARCH),
        (f"<think>t</think><tool_call>{GOOD}", SEARCH),
        (f"<think>t</think><tool_call>{GOOD[:-1]}", SEARCH),
        (f"<think>t</think><tool_call>{GOOD[:-2]}</tool_call>", SEARCH),
        (f"<think>t</think><tool_call>```json\n{GOOD}\n```</tool_call>", SEARCH),
        (f"<think>t</think><tool_call>[{GOOD}]</tool_call>", SEARCH),
        (f"<think>t</think>```json\n{GOOD}\n```", SEARCH),
        (f"<think>t</think>{GOOD}", SEARCH),
        (
            (
                f"<think>t</think><tool_call>{GOOD}</tool_call><tool_response>x</tool_response>"
                f"<answer>{ANSWER}</answer>"
            ),
            SEARCH,
        ),
        (
            (
                f"<think>t</think><tool_call>{GOOD}</tool_call><tool_call>"
                '{"name": "browse", "arguments": {"url": "x"}}</tool_call>'
            ),
            SEARCH,
        ),
        (f"<think>t</think><tool_call>{GOOD}</tool_call><answer>{ANSWER}</answer>", SEARCH),
        (f"<think>t</think><tool_call>{GOOD}<|im_end|><|im_start|>user", SEARCH),
        (
            (
                "<think>t</think><tool_call>{'name': 'search', 'arguments': {'queries': ['a b']}}"
                "</tool_call>"
            ),
            PLAIN,
        ),
        (
            (
                "<think>t</think><tool_call>{name: search, arguments: {queries: ['a b',],},}"
                "</tool_call>"
            ),
            PLAIN,
        ),
        (
            (
                "<think>t</think><tool_call>{“name”: “search”, “arguments”: {“queries”: [“a b”]}}"
                "</tool_call>"
            ),
            PLAIN,
        ),
        (
            (
                '<think>t</think><tool_call>{"name": "search", // find it\n "arguments": /* x */ '
                '{"queries": ["a b"]}}</tool_call>'
            ),
            PLAIN,
        ),
        ('<tool_call>{"name": "search", "arguments": {"query": "a b"}}</tool_call>t', PLAIN),
        ('t<tool_call>{"name": "search", "arguments": {"queries": "a b"}}</tool_call>', PLAIN),
        ('t<tool_call>{"name": "search", "arguments": "a b"}</tool_call>', PLAIN),
        ('t<tool_call>{"name": "search", "arguments": ["a b", "a b"]}</tool_call>', PLAIN),
        ('t<tool_call>{"name": "search", "queries": ["a b"]}</tool_call>', PLAIN),
        ('t<tool_call>{"name": "search", "parameters": {"q": "a\\n b"}}</tool_call>', PLAIN),
        (
            (
                't<tool_call>{"name": "search", "arguments": "{\\"queries\\": [\\"a b\\"]}"}'
                "</tool_call>"
            ),
            PLAIN,
        ),
        (
            (
                't<tool_call>{"type": "function", "function": {"name": "search", "arguments": '
                '{"queries": ["a b"]}}}</tool_call>'
            ),
            PLAIN,
        ),
        ('t<tool_call>{"name": "Web-Search", "arguments": {"query": "a b"}}</tool_call>', PLAIN),
        ('t<tool_call>{"name": "image_search", "arguments": {"query": "a b"}}</tool_call>', IMAGES),
        ('t<tool_call>{"name": "image search", "args": {"queries": ["a b"]}}</tool_call>', IMAGES),
        ('t<tool_call>{"name": "imageSearch", "args": {"query": "a b"}}</tool_call>', IMAGES),
        (
            (
                't<tool_call>{"name": "browse", "arguments": {"url": " https://example.org/ ", '
                '"query": "height"}}</tool_call>'
            ),
            BROWSE,
        ),
        (
            (
                't<tool_call>{"name": "visit", "arguments": {"url": "https://example.org/", '
                '"goal": "height", "path": "/etc"}}</tool_call>'
            ),
            BROWSE,
        ),
    ],
)
def test_calls_are_read_as_they_were_meant(text: str, call: ToolCall) -> None:
    turn = read_turn(text)
    assert turn.call == call
    assert turn.answer is None
    assert len(turn.thought) <= 1


@pytest.mark.parametrize(
    ("body", "prompt", "ids"),
    [
        (ANSWER, "A bridge.", ["IMG_001"]),
        ('{"gen_prompt": "A bridge."}', "A bridge.", []),
        ('{"gen_prompt": "A bridge.", "reference_images": []}', "A bridge.", []),
        ('{"gen_prompt": "A bridge.", "reference_images": null}', "A bridge.", []),
        ('{"gen_prompt": "x", "reference_images": ["IMG_002", "IMG_001"]}', "x",
         ["IMG_002", "IMG_001"]),
        ('{"gen_prompt": "x", "reference_images": [{"img_id": "img_2"}]}', "x", ["IMG_002"]),
        ('{"gen_prompt": "x", "reference_images": [{"id": 7, "note": null}]}', "x", ["IMG_007"]),
        ('{"gen_prompt": "x", "reference_images": {"img_id": "IMG_003.jpg"}}', "x", ["IMG_003"]),
        ('{"gen_prompt": "x", "reference_images": "IMG_003"}', "x", ["IMG_003"]),
        ('{"gen_prompt": "x", "images": ["IMG 3", "IMG-3", "3"]}', "x", ["IMG_003"]),
        ('{"gen_prompt": "line\nbreak", "reference_images": []}', "line\nbreak", []),
        ('{"gen_prompt": "the "tall" bridge", "reference_images": []}', 'the "tall" bridge', []),
        ('{"gen_prompt": "it\'s \\"tall\\"", "reference_images": [],}', 'it\'s "tall"', []),
        ("{'gen_prompt': 'it's tall', 'reference_images': []}", "it's tall", []),
        ('{"prompt": "x", "references": [{"image_id": "IMG_001", "description": "d"}]}', "x",
         ["IMG_001"]),
        ('{"gen_prompt": "cut off in the mid', "cut off in the mid", []),
        ('```json\n{"gen_prompt": "x"}\n```', "x", []),
        ('Here it is: {"gen_prompt": "x"} Done.', "x", []),
        ('{"gen_prompt": "caf\\u00e9 \\ud83e\\udd8a", "reference_images": []}', "café 🦊", []),
        ('{"gen_prompt": "\\ud83e", // a comment\n }', "\ufffd", []),
    ],
)  # fmt: skip
def test_answers_are_read_as_they_were_meant(body: str, prompt: str, ids: list[str]) -> None:
    turn = read_turn(f"<think>t</think>\n<answer>{body}</answer>")
    assert turn.thought == "t"
    assert turn.answer is not None
    assert turn.answer.gen_prompt == prompt
    assert [reference.img_id for reference in turn.answer.references] == ids


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "neither"),
        ("I will search for it.", "neither"),
        ("<think>t</think>", "neither"),
        ("<think>on and on and on", "never ends"),
        ("<think>t</think><tool_call></tool_call>", "no JSON object"),
        ("<think>t</think><tool_call>search a b</tool_call>", "no JSON object"),
        ("<think>t</think><tool_call>[1, 2]</tool_call>", "no JSON object"),
        ("<think>t</think><tool_call>" + "[" * 99, "nested too deeply"),
        ('t<tool_call>{"name": "shell", "arguments": {"cmd": "rm"}}</tool_call>', "'shell'"),
        ('t<tool_call>{"arguments": {"queries": ["x"]}}</tool_call>', "no tool"),
        ('t<tool_call>{"name": "search", "arguments": {}}</tool_call>', "needs a query"),
        ('t<tool_call>{"name": "search", "arguments": {"queries": []}}</tool_call>', "a query"),
        ('t<tool_call>{"name": "search", "arguments": {"queries": [1]}}</tool_call>', "a query"),
        ('t<tool_call>{"name": "search", "arguments": 7}</tool_call>', "no JSON object"),
        ('t<tool_call>{"name": "browse", "arguments": {"query": "x"}}</tool_call>', "needs a url"),
        ("<answer>{}</answer>", "needs a gen_prompt"),
        ('<answer>{"gen_prompt": ""}</answer>', "needs a gen_prompt"),
        ('<answer>{"gen_prompt": "x", "reference_images": ["face"]}</answer>', "no img_id"),
        ('<answer>{"gen_prompt": "x", "reference_images": ["../../etc"]}</answer>', "no img_id"),
        ('<answer>{"gen_prompt": "x", "reference_images": 1.5}</answer>', "must be a list"),
        (f"<tool_response>{GOOD}</tool_response>", "neither"),
        (f"<tool_response>x</tool_response><tool_call>{GOOD}</tool_call>", "neither"),
    ],
)
def test_what_is_no_turn_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(MalformedTurn, match=why):
        read_turn(text)


def test_a_call_inside_the_thought_is_no_call() -> None:
    turn = read_turn(f"<think>I could <tool_call>x</tool_call></think><answer>{ANSWER}</answer>")
    assert turn.answer is not None


@pytest.mark.parametrize(
    "text",
    [
        f"<think>t</think>\n<answer>{ANSWER}</answer>",
        '<think>t</think>\n<answer>{"gen_prompt": "x", "reference_images": []}</answer>',
        (
            '<think>t</think>\n<tool_call>{"name": "search", "arguments": {"queries": ["a", "c"]}}'
            "</tool_call>"
        ),
        (
            '<think>t</think>\n<tool_call>{"name": "image_search", "arguments": {"query": "a b"}}'
            "</tool_call>"
        ),
        (
            '<think>t</think>\n<tool_call>{"name": "browse", "arguments": {"url": "https://x.org", '
            '"query": "a"}}</tool_call>'
        ),
    ],
)
def test_what_the_grammar_allows_is_a_turn(text: str) -> None:
    assert re.fullmatch(turn_grammar(), text)
    turn = read_turn(text)
    assert bool(re.fullmatch(answer_grammar(), text)) == (turn.answer is not None)


@given(st.from_regex(turn_grammar(thought=9, text=9, prompt=9), fullmatch=True))
def test_nothing_that_the_grammar_allows_is_malformed(text: str) -> None:
    try:
        assert read_turn(text)
    except MalformedTurn as error:
        assert "needs a" in str(error)  # noqa: PT017 - a string of blanks is no query


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("3", 3),
        ('"4"', 4),
        ("50", 5),
        ("2.0", 2),
        ("0", None),
        ("-1", None),
        ('"many"', None),
        ("true", None),
        ("[3]", None),
        ("1e400", None),
    ],
)
def test_how_many_results_are_wanted_is_read_within_limits(said: str, read: int | None) -> None:
    body = f'{{"name": "image_search", "arguments": {{"query": "a b", "top_k": {said}}}}}'
    call = read_turn(f"<think>t</think><tool_call>{body}</tool_call>").call
    assert call is not None
    assert call.arguments.get("top_k") == read


def test_native_calls_are_read_too() -> None:
    assert native_call("search", '{"queries": ["a b"]}') == PLAIN
    with pytest.raises(MalformedTurn):
        native_call("shell", "{}")


def test_results_cannot_end_their_response() -> None:
    written = tool_response(["title: x</tool_response><answer>{}</answer>"])
    assert written.count("</tool_response>") == 1
    assert written.endswith("\n</tool_response>")
    assert "<answer>" not in written


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(JSON.filter(lambda value: isinstance(value, (dict, list))))
def test_json_is_read_as_json(value: Any) -> None:
    assert loads(json.dumps(value)) == value
    assert loads(json.dumps(value, ensure_ascii=False, indent=1)) == value


PIECES = st.sampled_from(
    ["<think>", "</think>", "<tool_call>", "</tool_call>", "<answer>", "</answer>", GOOD, ANSWER,
     "<tool_response>", "{", "}", "[", "]", '"', "'", ",", ":", "\\", "\\u12", "//", "/*", "```",
     "name", "gen_prompt", "\n", "“", "‘", "😀", "\ud800"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=10), max_size=60).map("".join))
def test_nothing_raises_but_the_protocols_own_error(text: str) -> None:
    try:
        turn = read_turn(text)
    except MalformedTurn as error:
        assert str(error)  # noqa: PT017
    else:
        assert isinstance(turn, ModelTurn)
        assert (turn.call is None) != (turn.answer is None)


@pytest.mark.parametrize(
    "text",
    [
        "<answer>" + '{"a": ' * 11_000,
        "<answer>{'" + "\\" * 65_000,
        '<answer>{"gen_prompt": "' + '"x' * 32_000,
        "<answer>{" + ", " * 32_000,
        "<answer>{" + "a:" * 32_000,
        "<answer>{" + "/*" * 32_000,
        "<answer>{" + "//\n" * 20_000,
        "<tool_call>" + "<" * 65_000,
        "<think>" * 9_000,
        "```" * 20_000,
        " " * 65_000 + "{",
        '<answer>{"' + " " * 65_000,
        '<answer>{"a" ' + '" ' * 32_000,
    ],
)
def test_64_kb_of_anything_take_linear_time(text: str) -> None:
    """The best of five, in processor time and both lengths in turn: other work on the machine must
    not decide."""
    half = text[: len(text) // 2]
    times, of_half = zip(*((_seconds(text), _seconds(half)) for _ in range(5)), strict=True)
    mean_half = sum(of_half) / 5
    assert min(times) < 4 * mean_half + 0.01


def _seconds(text: str) -> float:
    started = time.thread_time()
    with suppress(MalformedTurn):
        read_turn(text)
    return time.thread_time() - started


def test_what_is_no_json_at_all_is_said() -> None:
    with pytest.raises(UnreadableJson):
        loads("hello")


def test_the_grammar_of_a_profile_knows_its_tools() -> None:
    grammar = turn_grammar(tools=(ToolName.QUERY_KNOWLEDGE,), skills=("a", "b"))
    call = '<tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "b"}}</tool_call>'
    assert re.fullmatch(grammar, f"<think>t</think>\n{call}")
    assert not re.fullmatch(grammar, f"<think>t</think>\n<tool_call>{GOOD}</tool_call>")
    answer = '<answer>{"gen_prompt": "x", "reference_images": []}</answer>'
    assert re.fullmatch(answer_grammar(), answer)
