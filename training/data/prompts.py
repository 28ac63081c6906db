"""Requests to make trajectories from: what people asked, and what a model thinks of beside it.

None is nearly the same as another, or as a prompt of a benchmark.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from agent.ports import ChatModel, Message
from agent.research.tolerant_json import UnreadableJson, loads
from domain.errors import InvalidRequest
from domain.personal_data import PersonalData
from domain.prompt_text import clean_prompt
from domain.stores import Store
from training.data.collect import collect
from training.data.duplicates import SAME_REQUEST, NearDuplicates, benchmark_index

CATEGORIES = (
    *("astronomy", "biology", "chemistry", "physics", "engineering", "medicine", "industry"),
    *("architecture", "history", "geography", "religion", "politics", "culture", "art", "sports"),
    *("anime", "game", "film", "celebrities", "posters", "news"),
)
"""Of KnowGen, so that training covers what agents are measured on."""
DIFFICULTIES = ("easy", "medium", "hard")
AT_ONCE = 10
MAX_TOKENS = 4096
TRIES = 4
"""Answers in a row without anything new, after which a category is left."""
_SYSTEM = """\
You think of requests for pictures that can only be drawn right by somebody who looks things up: \
real people, places, works, objects and events with a lasting look, named exactly. easy: one \
well-known subject; medium: one that few know, or two together; hard: several, with facts or words \
that the picture must show. Each request is one or two sentences as a person would type them, \
without hints at how the subject looks. Nothing sexual, hateful, violent or defamatory.
Answer with a JSON array of strings and nothing else."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request; ``source`` is ``request`` where a person asked it, ``model`` where a model thought
    of it. Those of people have no category."""

    id: str
    prompt: str
    source: str
    category: str = ""
    difficulty: str = ""


class PromptSet:
    """Takes what is new."""

    def __init__(self, benchmarks: Mapping[str, Iterable[str]]) -> None:
        self._benchmarks = benchmark_index(benchmarks)
        self._known = NearDuplicates(same=SAME_REQUEST, parts=False)
        self.prompts: list[Prompt] = []
        self.left_out: dict[str, int] = {}

    def take(self, text: str, source: str, category: str = "", difficulty: str = "") -> bool:
        """Take a request unless it cannot be used, is known, or is a benchmark's."""
        try:
            prompt = clean_prompt(PersonalData().replace_in(text))
        except InvalidRequest:
            return self._leave_out("unusable")
        found = self._benchmarks.find(prompt)
        if found is not None:
            return self._leave_out(f"benchmark: {found}")
        if self._known.find(prompt) is not None:
            return self._leave_out("duplicate")
        number = f"p{len(self.prompts) + 1:06d}"
        self._known.add(number, prompt)
        self.prompts.append(Prompt(number, prompt, source, category, difficulty))
        return True

    def _leave_out(self, why: str) -> bool:
        self.left_out[why] = self.left_out.get(why, 0) + 1
        return False


async def from_requests(store: Store, prompts: PromptSet) -> None:
    """Take what people asked in workspaces that agreed."""
    async for candidate in collect(store):
        if not candidate.refused:
            prompts.take(candidate.question, "request")


async def from_model(model: ChatModel, prompts: PromptSet, count: int) -> None:
    """Let a model think of requests until there are ``count`` in all, evenly over categories and
    difficulties; fewer where it repeats itself.

    Raises:
        ModelUnavailable: It does not answer.
    """
    kinds = [(category, hard) for category in CATEGORIES for hard in DIFFICULTIES]
    idle = dict.fromkeys(kinds, 0)
    while len(prompts.prompts) < count and any(n < TRIES for n in idle.values()):
        for kind in kinds:
            if len(prompts.prompts) >= count:
                return
            if idle[kind] >= TRIES:
                continue
            category, difficulty = kind
            new = 0
            async for text in _thought_of(model, category, difficulty, prompts):
                if len(prompts.prompts) < count:
                    new += prompts.take(text, "model", category, difficulty)
            idle[kind] = 0 if new else idle[kind] + 1


async def _thought_of(
    model: ChatModel, category: str, difficulty: str, prompts: PromptSet
) -> AsyncIterator[str]:
    known = [p.prompt for p in prompts.prompts if p.category == category][-AT_ONCE:]
    asked = f"{AT_ONCE} requests; category: {category}; difficulty: {difficulty}."
    if known:
        asked += f"\nOthers than these: {json.dumps(known, ensure_ascii=False)}"
    messages = [Message("system", _SYSTEM), Message("user", asked)]
    answer = (await model.complete(messages, max_tokens=MAX_TOKENS)).text
    answer = answer.rpartition("</think>")[2]
    start, end = answer.find("["), answer.rfind("]")
    try:
        value: Any = loads(answer[start : end + 1]) if start >= 0 else []
    except UnreadableJson:
        return
    for each in cast("Sequence[Any]", value) if isinstance(value, list) else ():
        if isinstance(each, str):
            yield each


def write_prompts(file: Path, prompts: Sequence[Prompt]) -> None:
    """Write requests, a JSON object a line."""
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in prompts]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_prompts(file: Path) -> list[Prompt]:
    """The requests of a file. Raises ``InvalidRequest``."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [Prompt(**json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequest(f"{str(file)!r} holds no requests: {error}.") from error
