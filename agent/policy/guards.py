"""Guard models behind an OpenAI-compatible server such as vLLM.

The chat template of the server wraps what they are asked into each family's own prompt; here stand
only what they are asked, how their answers are read, and their categories in ours:

- Qwen3Guard-Gen (Apache-2.0, 119 languages, texts): https://github.com/QwenLM/Qwen3Guard
- Llama Guard 3 and 4 (texts; 4 sees pictures): https://github.com/meta-llama/PurpleLlama
- ShieldGemma 2 (pictures): https://ai.google.dev/gemma/docs/shieldgemma
- gpt-oss-safeguard takes our rubric as its policy: ``rubric.py``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from agent.policy.asking import describe, verdict
from agent.policy.rubric import show
from agent.ports import ChatModel, Message, PictureDecoder
from domain.errors import ModelUnavailable
from domain.policy import Category, JudgedText, Verdict
from domain.translation.messages import gettext

MAX_TOKENS: Final = 100
SURE: Final = 0.9
CONTROVERSIAL: Final = 0.5
"""Qwen3Guard's middle answer: harmful or not, depending on who asks."""

Scores = Sequence[tuple[Category, float]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked: ``before`` stands in front of the text or the picture's words;
    ``category`` is what a yes means where it is asked for one category at a time."""

    before: str = ""
    category: Category | None = None


@dataclass(frozen=True, slots=True)
class GuardFamily:
    """Models that are asked and answer in the same way.

    ``read`` gives the findings of an answer, None where it is not of the family's form.
    """

    marks: tuple[str, ...]
    """Parts of the names of its models, in lower case."""
    read: Callable[[str, Question], Scores | None]
    texts: bool = True
    pictures: bool = False
    questions: tuple[Question, ...] = (Question(),)


_MLCOMMONS: Final[Mapping[str, Category | None]] = MappingProxyType(
    {
        "S1": Category.VIOLENCE,
        "S2": Category.FRAUD,
        "S3": Category.SEXUAL,
        "S4": Category.MINORS,
        "S5": Category.REAL_PEOPLE,
        "S6": None,  # specialised advice
        "S7": Category.REAL_PEOPLE,
        "S8": Category.RIGHTS,
        "S9": Category.DANGEROUS,
        "S10": Category.HATE,
        "S11": Category.SELF_HARM,
        "S12": Category.SEXUAL,
        "S13": Category.DECEPTION,
        "S14": Category.DANGEROUS,
    }
)
_QWEN: Final[Mapping[str, Category | None]] = MappingProxyType(
    {
        "violent": Category.VIOLENCE,
        "non-violent illegal acts": Category.FRAUD,
        "sexual content or sexual acts": Category.SEXUAL,
        "pii": Category.REAL_PEOPLE,
        "personally identifiable information": Category.REAL_PEOPLE,
        "suicide & self-harm": Category.SELF_HARM,
        "unethical acts": Category.HATE,
        "politically sensitive topics": Category.DECEPTION,
        "copyright violation": Category.RIGHTS,
        "jailbreak": None,
    }
)


def read_llama_guard(text: str, _question: Question) -> Scores | None:
    """``safe``, or ``unsafe`` and a line of hazards such as ``S1,S12``."""
    lines = text.strip().splitlines()
    if not lines or lines[0].strip().lower() not in ("safe", "unsafe"):
        return None
    if lines[0].strip().lower() == "safe":
        return ()
    hazards = re.findall(r"S\d+", " ".join(lines[1:]))
    if not hazards or any(hazard not in _MLCOMMONS for hazard in hazards):
        return None
    return _mapped([_MLCOMMONS[hazard] for hazard in hazards], SURE)


def read_qwen_guard(text: str, _question: Question) -> Scores | None:
    """``Safety: Unsafe`` and ``Categories: Violent, …``."""
    body = text.rpartition("</think>")[2]
    level = re.search(r"Safety:\s*(Safe|Unsafe|Controversial)\b", body)
    if level is None:
        return None
    if level[1] == "Safe":
        return ()
    listed = re.search(r"Categories:\s*(.+)", body)
    names = [n.strip().lower() for n in re.split(r"[,\n]", listed[1])] if listed else []
    if not names or any(name not in _QWEN for name in names):
        return None
    return _mapped([_QWEN[name] for name in names], SURE if level[1] == "Unsafe" else CONTROVERSIAL)


def read_yes_or_no(text: str, question: Question) -> Scores | None:
    """An answer that begins with yes or no to a question about one category."""
    word = re.match(r"\W*(yes|no)\b", text, re.IGNORECASE)
    if word is None or question.category is None:
        return None
    return ((question.category, SURE),) if word[1].lower() == "yes" else ()


def _mapped(categories: Sequence[Category | None], score: float) -> Scores:
    return [(category, score) for category in categories if category is not None]


def _asked_of_shieldgemma(policy: str) -> str:
    return (
        "You are a policy expert trying to help determine whether an image violates the safety "
        f"policy below.\n\n{policy}\n\nDoes this image violate it? Your answer must start with "
        "'Yes' or 'No'."
    )


FAMILIES: Final[Mapping[str, GuardFamily]] = MappingProxyType(
    {
        "qwen3guard": GuardFamily(("qwen3guard",), read_qwen_guard),
        "llama-guard-4": GuardFamily(
            ("llama-guard-4", "llama guard 4", "llamaguard4"), read_llama_guard, pictures=True
        ),
        "llama-guard": GuardFamily(("llama-guard", "llamaguard", "llama guard"), read_llama_guard),
        "shieldgemma-2": GuardFamily(
            ("shieldgemma-2", "shieldgemma2"),
            read_yes_or_no,
            texts=False,
            pictures=True,
            questions=(
                Question(
                    _asked_of_shieldgemma(
                        "No Sexually Explicit content: the image shall not contain explicit or "
                        "graphic sexual acts or erotic nudity."
                    ),
                    Category.SEXUAL,
                ),
                Question(
                    _asked_of_shieldgemma(
                        "No Dangerous content: the image shall not facilitate or encourage "
                        "activities that could cause real-world harm, such as building firearms "
                        "or explosive devices, terrorism or suicide."
                    ),
                    Category.DANGEROUS,
                ),
                Question(
                    _asked_of_shieldgemma(
                        "No Violence or Gore content: the image shall not contain shocking, "
                        "sensational or gratuitous violence."
                    ),
                    Category.VIOLENCE,
                ),
            ),
        ),
    }
)
"""The first whose mark stands in a model's name is taken."""


def get_family(model: str) -> str | None:
    """The family of a model by its name; None where it is no guard model that is known here."""
    name = model.lower()
    return next(
        (key for key, family in FAMILIES.items() if any(mark in name for mark in family.marks)),
        None,
    )


class GuardModelJudge:
    """Asks a guard model of a family."""

    local = False

    def __init__(
        self,
        model: ChatModel,
        family: GuardFamily,
        *,
        name: str,
        decoder: PictureDecoder | None = None,
    ) -> None:
        self.name = name
        self._model = model
        self._family = family
        self._decoder = decoder

    async def judge_text(self, text: JudgedText) -> Verdict:
        """Its findings for a text. Raises ``ModelUnavailable``."""
        return await self._judge(describe(text), ())

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
        """Its findings for a picture and the words it came from. Raises ``ModelUnavailable``."""
        return await self._judge(describe(JudgedText(text)), (await show(self._decoder, picture),))

    async def _judge(self, text: str, pictures: tuple[bytes, ...]) -> Verdict:
        found: list[tuple[Category, float]] = []
        for question in self._family.questions:
            asked = Message("user", question.before or text, pictures)
            answer = await self._model.complete([asked], max_tokens=MAX_TOKENS)
            scores = self._family.read(answer.text, question)
            if scores is None:
                raise ModelUnavailable(gettext("its verdict couldn't be read"))
            found += scores
        return verdict(found, self.name)
