"""How many tokens diffusers' pipelines make of a prompt, counted with a model's own tokenizer, and
how many of them its pipeline reads.

Pipelines of diffusers 0.42 cut in silence what is longer. Most put the prompt into a chat template
first, and some count the template too.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
import transformers

from generation.backends.diffusion.weights import Weights
from generation.prompt_reading import UNLIMITED, PromptReader

log = structlog.get_logger(__name__)

DEFAULT_LENGTH: Final = 512
"""Tokens that most pipelines read where nothing else is asked for."""
TOKENIZERS: Final = ("tokenizer", "tokenizer_2", "tokenizer_3")
_AFTER_PROMPT: Final = "<|im_end|>\n<|im_start|>assistant\n"
"""What Qwen's templates put after the prompt; pipelines leave out what they put before it."""
_BEFORE_PROMPT: Final = "<|im_start|>user\n"


@dataclass(frozen=True, slots=True)
class _Family:
    """Pipelines of one kind: ``count`` gives the tokens that count against the limit."""

    part: str
    """The tokenizer's name in the pipeline, and its folder."""
    count: Callable[[Any, str], int]
    length: int = 0
    """What is read where nothing else is asked for; 0: as much as the tokenizer says."""
    is_fixed: bool = False
    """Whether ``max_sequence_length`` changes nothing."""


def _plain(tokenizer: Any, prompt: str) -> int:
    return len(tokenizer(prompt, verbose=False).input_ids)


def _before_answer(tokenizer: Any, prompt: str) -> int:
    return len(tokenizer(prompt + _AFTER_PROMPT, verbose=False).input_ids)


def _in_chat(tokenizer: Any, prompt: str, *, thinking: bool) -> int:
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=thinking,
    )
    return len(tokenizer(chat, verbose=False).input_ids)


def _thinking_chat(tokenizer: Any, prompt: str) -> int:
    return _in_chat(tokenizer, prompt, thinking=True)


def _plain_chat(tokenizer: Any, prompt: str) -> int:
    return _in_chat(tokenizer, prompt, thinking=False)


def _ovis_chat(tokenizer: Any, prompt: str) -> int:
    """Ovis-Image leaves out its instruction and what stands before it."""
    before = len(tokenizer(_BEFORE_PROMPT, verbose=False).input_ids)
    return _in_chat(tokenizer, prompt, thinking=False) - before


def _flux2_chat(processor: Any, prompt: str) -> int:
    """FLUX.2's instruction to its language model counts against the limit."""
    pipeline: Any = importlib.import_module("diffusers.pipelines.flux2.pipeline_flux2")
    chat = processor.apply_chat_template(
        pipeline.format_input([prompt]),
        add_generation_prompt=False,
        tokenize=True,
        return_dict=True,
    )
    return len(chat["input_ids"][0])


def _longcat(tokenizer: Any, prompt: str) -> int:
    """LongCat-Image reads what stands in quotation marks letter by letter."""
    pipeline: Any = importlib.import_module(
        "diffusers.pipelines.longcat_image.pipeline_longcat_image"
    )
    parts: list[str] = []
    for part, is_quoted in pipeline.split_quotation(prompt):
        parts += part if is_quoted else [part]
    return sum(len(tokenizer(part, add_special_tokens=False).input_ids) for part in parts)


_QWEN: Final = _Family("tokenizer", _before_answer, length=512)
FAMILIES: Final[Mapping[str, _Family]] = {
    "StableDiffusionXLPipeline": _Family("tokenizer", _plain, is_fixed=True),
    "StableDiffusionUpscalePipeline": _Family("tokenizer", _plain, is_fixed=True),
    "FluxPipeline": _Family("tokenizer_2", _plain, length=512),
    "Flux2Pipeline": _Family("tokenizer", _flux2_chat, length=512),
    "Flux2KleinPipeline": _Family("tokenizer", _plain_chat, length=512),
    "QwenImagePipeline": _QWEN,
    "QwenImageEditPipeline": _QWEN,
    "QwenImageEditPlusPipeline": _QWEN,
    "ZImagePipeline": _Family("tokenizer", _thinking_chat, length=512),
    "LongCatImagePipeline": _Family("tokenizer", _longcat, length=512, is_fixed=True),
    "LongCatImageEditPipeline": _Family("tokenizer", _longcat, length=512, is_fixed=True),
    "Krea2Pipeline": _QWEN,
    "ErnieImagePipeline": _Family("tokenizer", _plain, is_fixed=True),
    "OvisImagePipeline": _Family("tokenizer", _ovis_chat, length=256),
}
UNCUT: Final = frozenset({"GlmImagePipeline", "QwenImage21Pipeline"})
"""Pipelines that give all of a prompt to a language model with a long context."""


def reader_of_pipeline(pipe: Any, arguments: Mapping[str, Any]) -> PromptReader:
    """How a loaded pipeline reads prompts. ``arguments`` are those of its call."""
    name = type(pipe).__name__
    if name in UNCUT:
        return UNLIMITED
    if family := FAMILIES.get(name):
        return _reader(family, getattr(pipe, family.part), arguments)
    return _longest(pipe, arguments)


def reader_of_folder(
    weights: Weights, source: str, revision: str, arguments: Mapping[str, Any]
) -> PromptReader | None:
    """How a model that is not loaded reads prompts, by its tokenizer's files; None where they
    can't be had or its pipeline is not known."""
    name = weights.describe(source, revision).pipeline
    if name in UNCUT:
        return UNLIMITED
    family = FAMILIES.get(name)
    if family is None:
        return None
    try:
        folder, kind = weights.tokenizer(source, revision, family.part)
        return _reader(family, _opened(folder, kind), arguments)
    except Exception as error:  # whatever a library makes of a tokenizer's files
        log.warning("tokenizer_unusable", model=source, error=str(error).partition("\n")[0])
        return None


def _opened(folder: Path, kind: str) -> Any:
    opener: Any = getattr(transformers, kind, transformers.AutoTokenizer)
    return opener.from_pretrained(folder, local_files_only=True)


def _reader(family: _Family, tokenizer: Any, arguments: Mapping[str, Any]) -> PromptReader:
    asked = 0 if family.is_fixed else int(arguments.get("max_sequence_length") or 0)
    limit = asked or family.length or int(tokenizer.model_max_length)
    return PromptReader(limit, lambda prompt: family.count(tokenizer, prompt))


def _longest(pipe: Any, arguments: Mapping[str, Any]) -> PromptReader:
    """For a pipeline that is not known here: of several encoders the one that reads most counts."""
    takes = inspect.signature(type(pipe).__call__).parameters.get("max_sequence_length")
    usual = takes.default if takes is not None and type(takes.default) is int else DEFAULT_LENGTH
    asked = int(arguments.get("max_sequence_length") or usual)
    readers: Sequence[PromptReader] = [
        PromptReader(
            min(asked, int(getattr(tokenizer, "model_max_length", asked))),
            lambda prompt, tokenizer=tokenizer: _plain(tokenizer, prompt),  # type: ignore[misc]
        )
        for name in TOKENIZERS
        if hasattr(tokenizer := getattr(pipe, name, None), "encode")
    ]
    return max(readers, key=lambda reader: reader.limit, default=UNLIMITED)
