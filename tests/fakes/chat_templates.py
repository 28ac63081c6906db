"""Chat templates in the published shape of each model family, with its special tokens, over a
byte-level tokenizer: the nearest thing to the real ones that needs no download.

As in the real ones, a special token is found wherever it stands in a text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

_PLAIN = "{% for message in messages %}%s{% endfor %}%s"
_DIALECT = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>",
            "</tool_response>")  # fmt: skip


def _turns(before: str, between: str, after: str, generate: str) -> str:
    """A template that writes each message as ``before`` role ``between`` content ``after``."""
    return (
        "{% for message in messages %}" + before + "{{ message.role }}" + between
        + "{% if message.content is string %}{{ message.content }}{% else %}"
        + "{% for part in message.content %}{% if part.type == 'text' %}{{ part.text }}"
        + "{% else %}IMAGE{% endif %}{% endfor %}{% endif %}" + after + "{% endfor %}" + generate
    )  # fmt: skip


@dataclass(frozen=True)
class Family:
    """A model family: its special tokens, and the template that writes a conversation."""

    tokens: tuple[str, ...]
    template: str


FAMILIES: Mapping[str, Family] = {
    "qwen": Family(
        ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
         "<|image_pad|>", "<|video_pad|>", "<|object_ref_start|>", "<|box_start|>", *_DIALECT),
        _turns("<|im_start|>", "\n", "<|im_end|>\n", "<|im_start|>assistant\n").replace(
            "IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"
        ),
    ),
    "llama-2": Family(
        ("<s>", "</s>", "<unk>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"),
        "{% for message in messages %}{% if message.role == 'system' %}<s>[INST] <<SYS>>\n"
        "{{ message.content }}\n<</SYS>>\n\n{% elif message.role == 'user' %}[INST] "
        "{{ message.content }} [/INST]{% else %} {{ message.content }} </s>{% endif %}{% endfor %}",
    ),
    "llama-3": Family(
        ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
         "<|eom_id|>", "<|python_tag|>", "<|image|>"),
        "<|begin_of_text|>"
        + _turns("<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>",
                 "<|start_header_id|>assistant<|end_header_id|>\n\n"),
    ),
    "llama-4": Family(
        ("<|begin_of_text|>", "<|header_start|>", "<|header_end|>", "<|eot|>", "<|image_start|>",
         "<|image_end|>", "<|patch|>", "<|python_start|>"),
        "<|begin_of_text|>"
        + _turns("<|header_start|>", "<|header_end|>\n\n", "<|eot|>",
                 "<|header_start|>assistant<|header_end|>\n\n"),
    ),
    "mistral": Family(
        ("<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]",
         "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "[IMG_BREAK]", "[IMG_END]",
         "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[THINK]", "[/THINK]", "[ARGS]", "[CALL_ID]",
         "[control_8]"),
        "<s>{% for message in messages %}{% if message.role == 'system' %}[SYSTEM_PROMPT]"
        "{{ message.content }}[/SYSTEM_PROMPT]{% elif message.role == 'user' %}[INST]"
        "{{ message.content }}[/INST]{% else %}{{ message.content }}</s>{% endif %}{% endfor %}",
    ),
    "gemma": Family(
        ("<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>",
         "<end_of_image>", "<image_soft_token>", "<unused0>", "<|turn>", "<turn|>", "<|channel>"),
        "<bos>" + _turns("<start_of_turn>", "\n", "<end_of_turn>\n", "<start_of_turn>model\n"),
    ),
    "deepseek": Family(
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>",
         "<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>",
         "<｜tool▁outputs▁begin｜>", "<|EOT|>", "<think>", "</think>"),
        "<｜begin▁of▁sentence｜>{% for message in messages %}{% if message.role == 'user' %}"
        "<｜User｜>{{ message.content }}{% elif message.role == 'assistant' %}<｜Assistant｜>"
        "{{ message.content }}<｜end▁of▁sentence｜>{% else %}{{ message.content }}{% endif %}"
        "{% endfor %}<｜Assistant｜>",
    ),
    "phi": Family(
        ("<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|tool|>",
         "<|im_sep|>", "<|image_1|>"),
        _turns("<|", "|>\n", "<|end|>\n", "<|assistant|>\n"),
    ),
    "harmony": Family(
        ("<|startoftext|>", "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>",
         "<|call|>", "<|constrain|>"),
        _turns("<|start|>", "<|message|>", "<|end|>", "<|start|>assistant"),
    ),
    "cohere": Family(
        ("<BOS_TOKEN>", "<EOS_TOKEN>", "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>",
         "<|SYSTEM_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>", "<|START_THINKING|>",
         "<|START_TOOL_RESULT|>", "<|START_ACTION|>"),
        "<BOS_TOKEN>"
        + _turns("<|START_OF_TURN_TOKEN|>", "", "<|END_OF_TURN_TOKEN|>",
                 "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"),
    ),
    "glm": Family(
        ("[gMASK]", "[sMASK]", "[MASK]", "<sop>", "<eop>", "<|system|>", "<|user|>",
         "<|assistant|>", "<|observation|>", "<|begin_of_image|>", "<|begin_of_box|>",
         "<arg_key>", "<arg_value>", "<think>", "</think>"),
        "[gMASK]<sop>" + _turns("<|", "|>\n", "", "<|assistant|>\n"),
    ),
    "kimi": Family(
        ("[BOS]", "[EOS]", "[EOT]", "<|im_user|>", "<|im_assistant|>", "<|im_system|>",
         "<|im_middle|>", "<|im_end|>", "<|tool_calls_section_begin|>", "<|tool_call_begin|>",
         "<|media_start|>", "<|media_pad|>"),
        _turns("<|im_", "|>user<|im_middle|>", "<|im_end|>", "<|im_assistant|>assistant"),
    ),
    "minimax": Family(
        ("]~!b[", "]~b]", "[e~[", "]!p~[", "]!d~[", "]<]image[>[", "]<]minimax[>[",
         "<minimax:tool_call>", "<think>", "</think>"),
        "]~!b[" + _turns("]~b]", "\n", "[e~[\n", "]~b]ai\n"),
    ),
    "exaone": Family(
        ("[|system|]", "[|user|]", "[|assistant|]", "[|endofturn|]", "[BOS]", "[PAD]"),
        _turns("[|", "|]", "[|endofturn|]\n", "[|assistant|]"),
    ),
    "seed": Family(
        ("<seed:bos>", "<seed:eos>", "<seed:think>", "</seed:think>", "<seed:tool_call>"),
        _turns("<seed:bos>", "\n", "<seed:eos>", "<seed:bos>assistant\n"),
    ),
    "falcon": Family(
        (">>QUESTION<<", ">>ANSWER<<", ">>SUMMARY<<", "<|endoftext|>"),
        _turns(">>QUESTION<<", "\n", "<|endoftext|>", ">>ANSWER<<"),
    ),
    "t5": Family(
        ("<pad>", "</s>", "<unk>", "<extra_id_0>", "<extra_id_99>", "<2en>", "<0x0A>"),
        _turns("", "\n", "</s>", ""),
    ),
    "granite": Family(
        ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>", "<|tool_call|>",
         "<fim_prefix>", "<reserved_106>", "<SPECIAL_12>", "<IMG_CONTEXT>", "<img>", "</img>"),
        _turns("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>\n",
               "<|start_of_role|>assistant<|end_of_role|>"),
    ),
}  # fmt: skip


@lru_cache(maxsize=64)
def tokenizer(family: str, *, normalizes: bool) -> Tokenizer:
    """A byte-level tokenizer with the family's special tokens. One that ``normalizes`` drops
    invisible characters and accents, and takes compatibility forms for the plain ones, before it
    looks for them."""
    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={sign: n for n, sign in enumerate(signs)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    raw.decoder = decoders.ByteLevel()
    if normalizes:
        raw.normalizer = cast("Any", normalizers.Sequence)(
            [
                normalizers.Replace(Regex(r"[\p{Cf}\p{Cc}&&[^\n\t]]"), ""),
                normalizers.NFKD(),
                normalizers.StripAccents(),
                normalizers.NFKC(),
            ]
        )
    special = FAMILIES[family].tokens
    cast("Any", raw).add_special_tokens(
        [AddedToken(t, special=True, normalized=normalizes) for t in special]
    )
    return raw


def special_counts(
    family: str, messages: Sequence[Mapping[str, Any]], *, normalizes: bool = False
) -> Counter[str]:
    """How often each special token of the family stands in the ids of a conversation."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    text = environment.from_string(FAMILIES[family].template).render(messages=messages)
    return counts(family, text, normalizes=normalizes)


def counts(family: str, text: str, *, normalizes: bool = False) -> Counter[str]:
    """How often each special token of the family stands in the ids of a text."""
    words = tokenizer(family, normalizes=normalizes)
    special = {words.token_to_id(token): token for token in FAMILIES[family].tokens}
    return Counter(special[n] for n in words.encode(text).ids if n in special)
