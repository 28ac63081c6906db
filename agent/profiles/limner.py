"""The profile ``limner``: ours, for any vision-language model that was not trained for this."""

from __future__ import annotations

import re

from agent.profiles import texts
from agent.profiles.formats import Line, ListFormat
from agent.profiles.profile import (
    AgentProfile,
    ProfileTexts,
    browse_signature,
    image_search_signature,
    search_signature,
)
from domain.research import ToolName

LIMNER = AgentProfile(
    name="limner",
    title="Limner's own, for any model",
    served_as=re.compile("$^"),
    tools={
        ToolName.SEARCH: search_signature(5),
        ToolName.IMAGE_SEARCH: image_search_signature(5),
        ToolName.BROWSE: browse_signature(),
    },
    texts=ProfileTexts(
        system=f"{texts.TASK}{texts.TOOLS}{texts.RULES}\nToday is",
        forced=texts.LAST,
        cut_off=texts.CUT_OFF,
        malformed=f"That was no turn: {{why}}. Write <think></think> and then either {texts.FORM}.",
        no_pictures="No picture was found.",
    ),
    search=ListFormat(
        head="Results for: {query}",
        hit=(
            Line("{n}. title: {title}"),
            Line("   link: {link}"),
            Line("   snippet: {snippet}", needs="snippet"),
        ),
        nothing="Nothing was found.",
    ),
    pictures=ListFormat(
        head="Pictures for: {query}",
        hit=(
            Line("{img_id}: title: {title}"),
            Line("   url: {url}"),
            Line("   local_path: {local_path}"),
            Line("   page_url: {page_url}", needs="page_url"),
        ),
    ),
    page="Page: {title}\nlink: {link}\n{summary}",
    page_failed="Nothing could be read at {link}.",
    page_refused="Nothing could be read at {link}.",
    shows_again=False,
    notes=True,
    calls_left="Tool calls left: {left}.",
    several_calls=True,
)
