"""Guides to writing prompts, one for each skill that GenEvolve can ask for; the words are ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

SKILLS = (
    "spatial_layout",
    "aesthetic_drawing",
    "text_rendering",
    "creative_drawing",
    "anatomy_body_coherence",
    "attribute_binding",
    "physical_material_consistency",
    "quantity_counting",
)


@cache
def own_skills() -> Mapping[str, str]:
    """The text of each guide by the skill's name."""
    folder = files("agent.profiles.skills")
    return {name: (folder / f"{name}.md").read_text(encoding="utf-8") for name in SKILLS}
