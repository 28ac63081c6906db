"""What frames the parts of a conversation, and is kept where untrusted text loses its brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.ports import Message
from domain.special_tokens import break_special_tokens

_CONTROL_WORDS = (
    r"(?:/|/?(?:INST|SYS|IMG|AUDIO|THINK|ARGS|CALL|MASK|[a-z]MASK|CLS|SEP|PAD|UNK|BOS|EOS|EOD|EOP)\b"
    r"|[A-Z]*(?:TOOL|PROMPT|SYSTEM|BEGIN|END|PREFIX|SUFFIX|MIDDLE|CONTENT|MODEL|UNUSED|control)_?)"
)
RESULT_FRAMING = re.compile(
    rf"</?b>|\[(?!{_CONTROL_WORDS})[^\s\[\]|]{{1,100}}\](?=\(https?://| ---(?:\n|\Z))"
    r"|\[IMG_\d{3,4}\]"
)
"""What the formats of results put around a title, a query or an id, and the tag of bold letters."""
FRAMING = re.compile(
    r"</?(?:think(?:ing)?|tool_call|tool_response|answer|tools|excerpt|page)"
    r"(?: [a-z]+=\"[^\"<>]*\")*>"
    rf"|{RESULT_FRAMING.pattern}",
)
"""The tags with which Limner frames what it tells a model; untrusted text holds none of them, since
it went through ``break_special_tokens`` before it was framed."""


def sent_text(message: Message) -> str:
    """The text of a message as every model gets it, in use and in training.

    Whoever composed it broke the special tokens in untrusted parts. Only system messages hold
    nothing else, so in the others none is let through, whatever was forgotten.
    """
    if message.role == "system":
        return message.text
    return break_special_tokens(message.text, keep=FRAMING)


def tool_response(lines: Sequence[str]) -> str:
    """A tool's result as the model gets it. What stands in the lines can neither end the response
    nor open a chat role."""
    body = break_special_tokens("\n".join(lines), keep=RESULT_FRAMING)
    return f"<tool_response>\n{body}\n</tool_response>"
