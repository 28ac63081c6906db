"""The recipe parameters of generators that arrange words and pictures, and draw nothing
themselves."""

from __future__ import annotations

from typing import Any, Final

from domain.news import CitedPage, StoryText
from domain.quotations import within_quotation
from domain.requests import Request
from domain.research import GroundedPrompt
from domain.team_messages import TOLD
from domain.translation.messages import gettext

NOTHING_TO_SHOW: Final = gettext(
    "No picture or source was found, so this is only a text card. Attach "
    "pictures, name something that can be looked up, or choose an image "
    "generator."
)


def composition(
    request: Request, grounded: GroundedPrompt, story: StoryText | None, *, references: int
) -> dict[str, Any]:
    """The recipe's parameters: the language of the labels, the story's words, and what to call the
    picture where it is no board."""
    parameters: dict[str, Any] = {}
    if request.origin.language:
        parameters["language"] = request.origin.language
    if story is not None:
        parameters |= {"label": gettext("News card"), "story": story_parameters(story)}
    elif not references:
        found = any(evidence.source_id for evidence in grounded.evidence)
        parameters["label"] = gettext("Fact card") if found else gettext("Text card")
        if not found and TOLD not in grounded.text:
            parameters["notes"] = [NOTHING_TO_SHOW]
    return parameters


def story_parameters(story: StoryText) -> dict[str, Any]:
    """A story as a card shows it: its sentences, of which one that stands in a cited page is a
    quotation and names that page alone, and its pages."""
    entries: list[dict[str, Any]] = []
    for sentence, numbers in story.numbered:
        quoted = next((n for n in numbers if story.pages[n - 1].is_quoted_in(sentence)), None)
        if quoted is None:
            entries.append({"text": sentence, "quoted": False, "numbers": [*numbers]})
        else:
            page = story.pages[quoted - 1]
            passage = page.quoted_passage(sentence) or page.passage
            entries.append(_quotation(page, quoted, passage))
    return {
        "headline": story.headline,
        "entries": entries,
        "pages": [
            {"n": n, "title": page.shown_title, "url": page.url, "outlet": page.outlet}
            for n, page in enumerate(story.pages, 1)
        ],
    }


def _quotation(page: CitedPage, number: int, text: str) -> dict[str, Any]:
    text = page.explained(within_quotation(text))
    return {"text": text, "quoted": True, "source": _attribution(page), "numbers": [number]}


def _attribution(page: CitedPage) -> str:
    """Outlet, author, and when it was published, as far as the page says."""
    published = page.published_at
    day = page.dated or (published.date().isoformat() if published else "")
    return ", ".join(part for part in (page.named, page.author, day) if part)
