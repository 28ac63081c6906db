"""How other model families write a call or an answer: each habit is read as it was meant.

The forms are those of the families' chat templates and of what their servers leave in the text,
with the special tokens and, where a server drops those, without.
"""

from __future__ import annotations

import pytest

from agent.research.calls import MalformedTurn, UnknownTool
from agent.research.protocol import read_turn
from domain.research import ToolCall, ToolName

SEARCH = ToolCall(ToolName.SEARCH, {"queries": ["a b"]})
IMAGES = ToolCall(ToolName.IMAGE_SEARCH, {"query": "a b"})
BROWSE = ToolCall(ToolName.BROWSE, {"url": "https://x.org/", "query": "height"})
ARGUMENTS = '{"queries": ["a b"]}'
OBJECT = '{"name": "search", "arguments": {"queries": ["a b"]}}'
ANSWER = '{"gen_prompt": "A bridge.", "reference_images": [{"img_id": "IMG_001", "note": "n"}]}'

CALLS = {
    "Qwen, Hermes": f"<think>t</think>\n<tool_call>\n{OBJECT}\n</tool_call>",
    "Qwen3-Coder": (
        "<tool_call>\n<function=search>\n<parameter=queries>\n[\"a b\"]\n</parameter>\n"
        "</function>\n</tool_call>"
    ),
    "Llama 3.1, tags": f"<function=search>{ARGUMENTS}</function>",
    "Llama 3.1, JSON": '<|python_tag|>{"name": "search", "parameters": {"queries": ["a b"]}}',
    "Llama 3.2, built-in tool": '<|python_tag|>search.call(query="a b")',
    "Llama 4, Python list": '[search(queries=["a b"])]',
    "Mistral": f"[TOOL_CALLS] [{OBJECT}]",
    "Mistral Small 3.2": f"[TOOL_CALLS]search[ARGS]{ARGUMENTS}",
    "Magistral": f"[THINK]t[/THINK][TOOL_CALLS]search{ARGUMENTS}",
    "DeepSeek R1": (
        "<think>t</think><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n"
        f"```json\n{ARGUMENTS}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
    ),
    "DeepSeek V3.1": (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search<｜tool▁sep｜>"
        f"{ARGUMENTS}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
    ),
    "DeepSeek V3.2": (
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="search">\n<｜DSML｜parameter '
        'name="queries" string="false">["a b"]</｜DSML｜parameter>\n</｜DSML｜invoke>\n'
        "</｜DSML｜function_calls>"
    ),
    "Claude": (
        '<function_calls>\n<invoke name="search">\n<parameter name="queries">["a b"]</parameter>\n'
        "</invoke>\n</function_calls>"
    ),
    "MiniMax": (
        '<minimax:tool_call>\n<invoke name="search">\n<parameter name="queries">["a b"]'
        "</parameter>\n</invoke>\n</minimax:tool_call>"
    ),
    "Gemma, Python": '```tool_code\nprint(default_api.search(queries=["a b"]))\n```',
    "FunctionGemma": (
        "<start_function_call>call:search{queries:[<escape>a b<escape>]}<end_function_call>"
    ),
    "GLM-4.5": (
        '<think>t</think>\n<tool_call>search\n<arg_key>queries</arg_key>\n<arg_value>["a b"]'
        "</arg_value>\n</tool_call>"
    ),
    "Hunyuan": (
        "<tool_calls>\n<tool_call>search<tool_sep>\n<arg_key>queries</arg_key>\n"
        '<arg_value>["a b"]</arg_value>\n</tool_call>\n</tool_calls>'
    ),
    "Kimi K2": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0"
        f"<|tool_call_argument_begin|>{ARGUMENTS}<|tool_call_end|><|tool_calls_section_end|>"
    ),
    "Kimi K2, without tokens": f"functions.search:0{ARGUMENTS}",
    "Kimi-VL": f"◁think▷t◁/think▷<tool_call>{OBJECT}</tool_call>",
    "gpt-oss": (
        "<|channel|>analysis<|message|>t<|end|><|start|>assistant<|channel|>commentary "
        f"to=functions.search <|constrain|>json<|message|>{ARGUMENTS}<|call|>"
    ),
    "gpt-oss, without tokens": (
        f"analysisWe look it up.assistantcommentary to=functions.search json{ARGUMENTS}"
    ),
    "Granite": f"<|tool_call|>[{OBJECT}]",
    "Phi-4-mini": f"<|tool_call|>[{OBJECT}]<|/tool_call|>",
    "Phi, functools": f"functools[{OBJECT}]",
    "Nemotron": f"<TOOLCALL>[{OBJECT}]</TOOLCALL>",
    "Jamba, Apriel": f"<tool_calls>[{OBJECT}]</tool_calls>",
    "Command A": (
        "<|START_THINKING|>t<|END_THINKING|><|START_ACTION|>[\n"
        '{"tool_call_id": "0", "tool_name": "search", "parameters": {"queries": ["a b"]}}\n'
        "]<|END_ACTION|>"
    ),
    "Command R": (
        'Action: ```json\n[{"tool_name": "search", "parameters": {"queries": ["a b"]}}]\n```'
    ),
    "InternLM": (
        '<|action_start|><|plugin|>{"name": "search", "parameters": {"queries": ["a b"]}}'
        "<|action_end|>"
    ),
    "LFM2": '<|tool_call_start|>[search(queries=["a b"])]<|tool_call_end|>',
    "OLMo 3": '<function_calls>\nsearch(queries=["a b"])\n</function_calls>',
    "Seed-OSS": (
        "<seed:think>t</seed:think><seed:tool_call>\n<function=search>\n<parameter=queries>"
        '["a b"]</parameter>\n</function>\n</seed:tool_call>'
    ),
    "Step-3": (
        '<steptml:invoke name="search"><steptml:parameter name="queries">["a b"]'
        "</steptml:parameter></steptml:invoke>"
    ),
    "ReAct": f"Thought: t\nAction: search\nAction Input: {ARGUMENTS}\nObservation: a bridge",
    "ReAct, plain input": "Thought: t\nAction: search\nAction Input: a b",
    "LangChain": '```json\n{"action": "search", "action_input": {"queries": ["a b"]}}\n```',
    "OpenAI, as text": (
        '{"tool_calls": [{"id": "c", "type": "function", "function": {"name": "search", '
        '"arguments": "{\\"queries\\": [\\"a b\\"]}"}}]}'
    ),
    "Older OpenAI, as text": (
        '{"function_call": {"name": "search", "arguments": "{\\"queries\\": [\\"a b\\"]}"}}'
    ),
    "the name as the key": '{"search": {"queries": ["a b"]}}',
    "xLAM": f"[{OBJECT}]",
    "after a sentence": f"I will look it up.\n\n```json\n{OBJECT}\n```",
    "a tag with the name": "<think>t</think><search>a b</search>",
    "a tag and an object": f"<search>{ARGUMENTS}</search>",
    "another tag": f"<function_call>{OBJECT}</function_call>",
    "a module's name": '<tool_call>{"name": "functions.search", "arguments": {"q": "a b"}}',
    "the call in the thought": f"<think>t <tool_call>{OBJECT}</tool_call>",
}  # fmt: skip
ANSWERS = {
    "Gen-Searcher": f"<think>t</think>\n<answer>{ANSWER}</answer>",
    "without a tag": ANSWER,
    "in a fence after a sentence": f"Here it is:\n```json\n{ANSWER}\n```",
    "gpt-oss": (
        "<|channel|>analysis<|message|>t<|end|><|start|>assistant<|channel|>final<|message|>"
        f"<answer>{ANSWER}</answer><|return|>"
    ),
    "gpt-oss, without tokens": f"analysisWe are done.assistantfinal{ANSWER}",
    "GLM-4.5V": f"<answer><|begin_of_box|>{ANSWER}<|end_of_box|></answer>",
    "ReAct": f"Thought: t\nFinal Answer: {ANSWER}",
    "another tag": f"<think>t</think><final_answer>{ANSWER}</final_answer>",
    "inside an object": f'{{"answer": {ANSWER}}}',
    "as a call": f'<tool_call>{{"name": "answer", "arguments": {ANSWER}}}</tool_call>',
    "as a call named so": f'{{"name": "final_answer", "arguments": {ANSWER}}}',
    "as a string": (
        '<answer>"{\\"gen_prompt\\": \\"A bridge.\\", \\"reference_images\\": '
        '[\\"IMG_001\\"]}"</answer>'
    ),
    "with tags for fields": (
        "<answer><gen_prompt>A bridge.</gen_prompt><reference_images>IMG_001</reference_images>"
        "</answer>"
    ),
    "with lines for fields": (
        "<answer>\ngen_prompt: A bridge.\nreference_images: IMG_001\n</answer>"
    ),
}


@pytest.mark.parametrize("habit", CALLS)
def test_a_call_is_read_in_the_form_of_its_family(habit: str) -> None:
    turn = read_turn(CALLS[habit])
    assert turn.call == SEARCH
    assert turn.further == ()


@pytest.mark.parametrize("habit", ANSWERS)
def test_an_answer_is_read_in_the_form_of_its_family(habit: str) -> None:
    answer = read_turn(ANSWERS[habit]).answer
    assert answer is not None
    assert answer.gen_prompt == "A bridge."
    assert [reference.img_id for reference in answer.references] == ["IMG_001"]


@pytest.mark.parametrize(
    "text",
    [
        (
            f"<tool_call>{OBJECT}</tool_call>\n<tool_call>"
            '{"name": "image_search", "arguments": {"query": "a b"}}</tool_call>'
        ),
        f'<tool_call>[{OBJECT}, {{"name": "image_search", "arguments": {{"query": "a b"}}}}]',
        '[search(queries=["a b"]), image_search(query="a b")]',
        (
            '<function_calls><invoke name="search"><parameter name="queries">["a b"]</parameter>'
            '</invoke><invoke name="image_search"><parameter name="query">a b</parameter></invoke>'
            "</function_calls>"
        ),
    ],
)
def test_further_calls_of_a_turn_are_read_too(text: str) -> None:
    turn = read_turn(text)
    assert turn.call == SEARCH
    assert turn.further == (IMAGES,)


@pytest.mark.parametrize(
    "text",
    [
        '<function=browse>{"url": "https://x.org/", "query": "height"}</function>',
        '<browse>{"url": "https://x.org/", "query": "height"}</browse>',
        '[visit(url="https://x.org/", goal="height")]',
        '<tool_call>{"name": "visit", "arguments": {"url": ["https://x.org/"], "goal": "height"}}',
    ],
)
def test_the_other_tools_too(text: str) -> None:
    assert read_turn(text).call == BROWSE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I would call search(a, b) or look at the image_search results.", "neither"),
        ("The colours are {red, green} and [blue].", "neither"),
        ("<think>t</think><shell>ls</shell>", "neither"),
        ('<function=shell>{"cmd": "ls"}</function>', "neither"),
        ("<answer>A bridge in fog.</answer>", "no JSON object"),
        ("<answer>I'm sorry, I can't help with that.</answer>", "no JSON object"),
        ("<search></search>", "needs a query"),
        ("search(" * 2000, "neither"),
        ("[search(queries=[__import__('os').system('ls')])]", "neither"),
    ],
)
def test_what_is_no_turn_in_any_form_is_explained(text: str, why: str) -> None:
    with pytest.raises(MalformedTurn, match=why):
        read_turn(text)


def test_an_unknown_tool_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownTool, match="no tool 'shell'; use search, image_search, browse"):
        read_turn('<tool_call>{"name": "shell", "arguments": {"cmd": "ls"}}</tool_call>')
