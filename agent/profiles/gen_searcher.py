"""The profile ``gen-searcher``: Gen-Searcher-8B (arXiv 2603.28767), as its repository drives it.

The formats are those of ``gen_image_deepresearch_agent.py`` and ``tools/gen_web_tools.py`` there.
"""

from __future__ import annotations

import re

from agent.profiles import texts
from agent.profiles.formats import Line, ListFormat
from agent.profiles.profile import (
    AgentProfile,
    Origin,
    ProfileTexts,
    browse_signature,
    image_search_signature,
    search_signature,
)
from domain.research import ToolName

GEN_SEARCHER = AgentProfile(
    name="gen-searcher",
    title="Gen-Searcher-8B",
    served_as=re.compile(r"gen[-_ ]?searcher", re.IGNORECASE),
    origin=Origin("tulerfeng/Gen-Searcher", "e5078d31859bafee6b6b610f0cd40095cc72e2a4"),
    tools={
        ToolName.SEARCH: search_signature(5),
        ToolName.IMAGE_SEARCH: image_search_signature(5),
        ToolName.BROWSE: browse_signature(),
    },
    texts=ProfileTexts(
        system=f"{texts.TASK}{texts.TRIGGERS}{texts.TOOLS}{texts.RULES}",
        forced=texts.FORCED,
        cut_off=texts.TOO_LONG,
        malformed=f"Error: Invalid format. {{why}}. Write exactly one of {texts.FORM}.",
        no_pictures=(
            "[ImageSearch] No image results found for '{query}'. Call image_search again with at "
            "most 3 words (<= 3 words) that name only the main subject."
        ),
    ),
    search=ListFormat(
        head="--- search result for [{query}] ---",
        hit=(Line("[{title}]({link}) {snippet}"),),
        tail="--- end of search result ---",
        nothing="No results for '{plain}'.",
        failed="Search failed for '{plain}': {why}",
        between_hits="\n\n",
    ),
    pictures=ListFormat(
        head="--- image search result for [{query}] ---",
        hit=(
            Line("{img_id}: title: {title}"),
            Line("  url: {url}"),
            Line("  local_path: {local_path}"),
            Line("  page_url: {page_url}", needs="page_url"),
        ),
        tail="--- end of image search result ---",
        failed="[ImageSearch] Error: {why}",
        failed_alone=True,
    ),
    max_calls=8,
    max_turns=9,
    max_references=5,
    max_queries=10,
    max_results=10,
    date="{text}\n {date}",
    page_failed="Browse error. Please try again.",
    page_refused="Browse error. {why}",
    local_path="saved_img/{md5}.jpg",
    unknown_tool="Tool {name} not found. Available tools: ['image_search', 'search', 'browse']",
    bad_arguments="[Tool Error]: {why}",
    complaint="Error: {why}",
)
