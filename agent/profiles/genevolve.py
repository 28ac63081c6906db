"""The profile ``genevolve``: GenEvolve (arXiv 2605.21605), as its repository drives it.

The formats are those of ``genevolve/agent.py``, ``genevolve/knowledge_tool.py`` and
``genevolve/tools/web_search.py`` there. It is given no date, and sees picture results as text.
"""

from __future__ import annotations

import re

from agent.profiles import texts
from agent.profiles.formats import Line, ListFormat
from agent.profiles.profile import (
    AgentProfile,
    Origin,
    ProfileTexts,
    image_search_signature,
    search_signature,
    signature,
)
from agent.profiles.skills import SKILLS
from domain.research import ToolName

GENEVOLVE = AgentProfile(
    name="genevolve",
    title="GenEvolve",
    served_as=re.compile(r"gen[-_ ]?evolve", re.IGNORECASE),
    origin=Origin("MeiGen-AI/GenEvolve", "23c847c559ccc0f95bbf4b3d8925898463822f4c"),
    tools={
        ToolName.SEARCH: search_signature(5),
        ToolName.IMAGE_SEARCH: image_search_signature(5),
        ToolName.QUERY_KNOWLEDGE: signature(
            ToolName.QUERY_KNOWLEDGE,
            "Gives a guide to writing prompts for one skill.",
            {"skill_name": {"type": "string", "enum": list(SKILLS)}},
            "skill_name",
        ),
    },
    texts=ProfileTexts(
        system=f"{texts.TASK}{texts.TRIGGERS}{texts.TOOLS}{texts.RULES}{texts.GUIDES}",
        forced=texts.FORCED,
        cut_off=texts.TOO_LONG,
        malformed=(
            "<tool_response>\nFormat error: {why}; must output one of "
            f"{texts.FORM}.\n</tool_response>"
        ),
    ),
    skill_names=SKILLS,
    search=ListFormat(
        head="--- search result for [{query}] ---",
        hit=(
            Line("{n}. title: {title}"),
            Line("  url: {link}", needs="link"),
            Line("  snippet: {snippet}", needs="snippet"),
        ),
        tail="--- end of search result ---",
        failed="--- search error for [{query}]: {why} ---",
        failed_alone=True,
    ),
    pictures=ListFormat(
        head="--- image search result for [{query}] ---",
        hit=(
            Line("{img_id}: title: {title}"),
            Line("  url: {url}", needs="url"),
            Line("  local_path: {local_path}", needs="local_path"),
            Line("  page_url: {page_url}", needs="page_url"),
        ),
        tail="--- end of image search result ---",
    ),
    max_calls=10,
    max_turns=10,
    max_references=2,
    max_queries=10,
    max_results=10,
    date="{text}",
    between_blocks="\n",
    local_path="/tmp/genevolve_images/{sha1}{suffix}",  # noqa: S108 - words, never opened
    keeps_bold=True,
    pictures_shown=0,
    unknown_tool="Unknown tool: {name}",
    bad_arguments="[tool error] {name}: {why}",
    complaint="<tool_response>\nFormat error: {why}\n</tool_response>",
)
