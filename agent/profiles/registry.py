"""The profiles by name, and which one fits a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.profiles.gen_searcher import GEN_SEARCHER
from agent.profiles.genevolve import GENEVOLVE
from agent.profiles.limner import LIMNER
from agent.profiles.profile import AgentProfile

AUTO = "auto"
PROFILES: Mapping[str, AgentProfile] = {
    profile.name: profile for profile in (GEN_SEARCHER, GENEVOLVE, LIMNER)
}


def profile_for(names: Iterable[str]) -> AgentProfile:
    """The profile that fits a model that is served under these names: that of the first name that
    one knows, and ours where none does."""
    for name in names:
        for profile in PROFILES.values():
            if profile.served_as.search(name):
                return profile
    return LIMNER
