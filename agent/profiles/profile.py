"""The differences between the agents that Limner can drive, as data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.profiles.formats import ListFormat
from agent.profiles.skills import own_skills
from domain.research import ToolName

BUILT_IN = "built in"
"""The origin of a profile's texts unless they were imported."""


@dataclass(frozen=True, slots=True)
class ProfileTexts:
    """The texts that an agent was trained with, or ours around their trigger words.

    ``system`` is the system prompt before the date. ``forced`` asks for the answer, ``cut_off`` for
    a shorter turn, ``malformed`` for a turn in the right form; each is a whole user message.
    ``no_pictures`` is the result of a picture search that found nothing, "" for an empty block.
    In ours ``malformed`` and ``no_pictures`` may hold ``{why}`` and ``{query}``.
    """

    system: str
    forced: str
    cut_off: str
    malformed: str
    no_pictures: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """The publication of an agent's trained texts: the repository and the commit that importing
    reads, no other."""

    repository: str
    commit: str


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """The dialect of an agent's weights: tools, budgets, sampling, formats and texts."""

    name: str
    title: str
    served_as: re.Pattern[str]
    """Found in the names under which its weights are served."""
    tools: Mapping[ToolName, Mapping[str, Any]]
    """The signature of each tool."""
    texts: ProfileTexts
    search: ListFormat
    pictures: ListFormat
    origin: Origin | None = None
    texts_from: str = BUILT_IN
    """``built in``, or the commit that they were imported from."""
    skill_names: tuple[str, ...] = ()
    """The arguments that ``query_knowledge`` accepts."""
    skills: Mapping[str, str] = field(default_factory=dict[str, str])
    """Guides in place of our own, by name."""
    skills_from: str = BUILT_IN

    max_calls: int = 8
    max_turns: int = 9
    """Turns before the one in which only an answer is accepted."""
    max_references: int = 5
    max_queries: int = 5
    results: int = 5
    """Results of a search that does not say how many it wants."""
    max_results: int = 5
    max_new_tokens: int = 4096
    temperature: float = 0.6
    top_p: float = 0.9

    date: str = "{text} {date}"
    """The form of the date after the system prompt, whose trailing blanks are left out before;
    ``{text}`` alone keeps the prompt as it is."""
    between_blocks: str = "\n\n"
    """Between the results of two queries of one search."""
    page: str = "{summary}"
    """The format of a page; knows ``title``, ``link`` and ``summary``."""
    page_failed: str = "{why}"
    page_refused: str = "{why}"
    """In its place where the address may not be opened at all."""
    local_path: str = "{img_id}.jpg"
    """Knows ``img_id``, ``md5`` and ``sha1`` of the address, and its ``suffix``."""
    keeps_bold: bool = False
    """Whether ``<b>`` stays in titles and snippets."""
    pictures_shown: int = 5
    """Pictures of one result that go along as images."""
    shows_again: bool = True
    """Whether pictures that were shown before go along again."""
    notes: bool = False
    """Whether problems are reported beside results."""
    calls_left: str = ""
    """A last line that says how many calls are left; "" for none."""
    guide: str = "## Skill Guidance\n\n=== Skill: {name} ===\n{text}"
    unknown_guide: str = "Unknown skill '{name}'. Available skills: {names}"
    unknown_tool: str = ""
    """A result for a call of a tool that there is not; "" where it counts as malformed."""
    bad_arguments: str = ""
    """A result for a call with arguments that do not fit; "" where it counts as malformed."""
    complaint: str = "{why}"
    """A user message about an answer that cannot be taken."""
    several_calls: bool = False
    """Whether all calls of a turn are run; otherwise those behind the first are left out, as in
    training, unless they are native ones."""

    @property
    def is_imported(self) -> bool:
        """Whether its texts are those that it was trained with."""
        return self.texts_from != BUILT_IN

    def system_prompt(
        self, *, calls: int, references: int, today: str, template: str | None = None
    ) -> str:
        """The system message. ``template`` is another text for it, used as it stands."""
        text = self.texts.system if template is None else template
        if template is None and not self.is_imported:
            text = self._filled(text, calls, references)
        if self.date == "{text}":
            return text
        return self.date.replace("{date}", today).replace("{text}", text.rstrip())

    def _filled(self, text: str, calls: int, references: int) -> str:
        values = {
            "{tools}": "\n".join(json.dumps(tool) for tool in self.tools.values()),
            "{calls}": str(calls),
            "{references}": str(references),
            "{guides}": ", ".join(self.skill_names),
        }
        for place, value in values.items():
            text = text.replace(place, value)
        return text

    def guide_to(self, skill: str) -> str | None:
        """The guide to a skill; None where there is no such skill."""
        if skill not in self.skill_names:
            return None
        return self.skills.get(skill) or own_skills()[skill]

    def described(self) -> dict[str, str]:
        """The profile's entry in a recipe."""
        texts = self.texts_from
        if self.is_imported:
            texts = f"imported from {self.texts_from[:7]}"
        return {"profile": self.name, "texts": texts}


def signature(
    name: ToolName, description: str, properties: Mapping[str, Any], *required: str
) -> Mapping[str, Any]:
    """A tool's signature in OpenAI's form."""
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    function = {"name": name.value, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


def search_signature(results: int) -> Mapping[str, Any]:
    """The signature of ``search``."""
    queries = {
        "type": "array",
        "items": {"type": "string"},
        "description": "What to search for, one or several texts.",
    }
    return signature(
        ToolName.SEARCH,
        "Searches texts for one or several queries at once.",
        {"queries": queries, "top_k": _top_k(results)},
        "queries",
    )


def image_search_signature(results: int) -> Mapping[str, Any]:
    """The signature of ``image_search``."""
    return signature(
        ToolName.IMAGE_SEARCH,
        "Searches pictures; each gets an id such as IMG_001.",
        {"query": {"type": "string"}, "top_k": _top_k(results)},
        "query",
    )


def browse_signature() -> Mapping[str, Any]:
    """The signature of ``browse``."""
    return signature(
        ToolName.BROWSE,
        "Reads a page that stood in a result, and says what it has on a query.",
        {"url": {"type": "string"}, "query": {"type": "string"}},
        "url",
        "query",
    )


def _top_k(results: int) -> Mapping[str, Any]:
    return {"type": "integer", "description": f"Most results (default: {results})."}
