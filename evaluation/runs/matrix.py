"""The matrix of conditions under which a benchmark is run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from domain.errors import InvalidRequest
from domain.requests import MAX_COUNT, ResearchDepth

PLANNER = "planner"
"""The rule-based planner even where a model is configured, as deep as ``auto`` decides."""
RESEARCH = (*(depth.value for depth in ResearchDepth), PLANNER)
CHECKS = ("default", "on", "off")


@dataclass(frozen=True, slots=True)
class Condition:
    """One cell of the matrix. ``check`` is whether a vision model checks each picture and has it
    rendered again; ``best_of`` pictures are made of each sample and the best marked one is taken.
    """

    research: str = "auto"
    generator: str = ""
    """Empty for the default generator of the settings."""
    profile: str = ""
    """The agent's profile; empty for that of the settings."""
    check: str = "default"
    best_of: int = 1
    seed: int = 1

    @property
    def name(self) -> str:
        """A short name, unique among conditions, that can stand in a path."""
        parts = [self.research]
        if self.generator:
            parts.append(self.generator)
        if self.profile:
            parts.append(f"agent-{self.profile}")
        if self.check != "default":
            parts.append(f"check-{self.check}")
        if self.best_of > 1:
            parts.append(f"best-of-{self.best_of}")
        if self.seed != 1:
            parts.append(f"seed-{self.seed}")
        return re.sub(r"[^\w.+-]+", "-", "_".join(parts))

    @property
    def depth(self) -> ResearchDepth:
        """The depth of research of a request."""
        return ResearchDepth.AUTO if self.research == PLANNER else ResearchDepth(self.research)

    def overrides(self) -> Mapping[str, Any]:
        """Settings that differ from those configured; equal ones share a process."""
        changed: dict[str, Any] = {}
        if self.research == PLANNER:
            changed["model_base_url"] = ()
        if self.check != "default":
            changed["check_pictures"] = self.check == "on"
        if self.profile:
            changed["agent_profile"] = self.profile
        return changed


def conditions(
    *,
    research: Sequence[str] = ("auto",),
    generators: Sequence[str] = ("",),
    profiles: Sequence[str] = ("",),
    checks: Sequence[str] = ("default",),
    best_of: Sequence[int] = (1,),
    seeds: Sequence[int] = (1,),
) -> tuple[Condition, ...]:
    """Every combination, in that order.

    Raises:
        InvalidRequest: One value is not known.
    """
    for name in research:
        if name not in RESEARCH:
            raise InvalidRequest(f"Research is one of {', '.join(RESEARCH)}, not {name!r}.")
    for check in checks:
        if check not in CHECKS:
            raise InvalidRequest(f"The self-check is one of {', '.join(CHECKS)}, not {check!r}.")
    for number in best_of:
        if not 1 <= number <= MAX_COUNT:
            raise InvalidRequest(f"Best of n takes n from 1 to {MAX_COUNT}, not {number}.")
    if profiles != ("",) and "agent_profile" not in _known_settings():
        raise InvalidRequest("This version of Limner has no agent profiles to choose from.")
    every = product(research, generators, profiles, checks, best_of, seeds)
    return tuple(dict.fromkeys(Condition(*cell) for cell in every))


def _known_settings() -> Sequence[str]:
    from app.settings import Settings

    return tuple(Settings.model_fields)


def evenly(items: Sequence[Any], limit: int | None) -> list[Any]:
    """At most ``limit`` items, spread evenly over all, so that no category is left out because it
    stands last."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[n * len(items) // limit] for n in range(limit)]


@dataclass(frozen=True, slots=True)
class Shard:
    """The ``number``-th (from 1) of ``of`` equal parts of the samples."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``"2/4"``. Raises ``InvalidRequest``."""
        match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text.strip())
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise InvalidRequest(f"A shard is written i/n with i from 1 to n, not {text!r}.")
        return cls(int(match[1]), int(match[2]))

    @property
    def tag(self) -> str:
        """The suffix of its files' names."""
        return "" if self.of == 1 else f"-{self.number}of{self.of}"

    def take(self, items: Sequence[Any]) -> list[Any]:
        """Its items; neighbours go to different shards."""
        return list(items[self.number - 1 :: self.of])
