"""The duties of Article 50 of the AI Act: each row of the table in the docs holds for the code."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.cards.builders import result_card
from bot.cards.models import ResultCard
from bot.discord.view.components import Frame
from bot.discord.view.render import layout
from bot.slack.view.render import Shown, drawn
from bot.terminal.view import result_lines
from domain.illustrations import ClaimMark, Illustration, Marks, Picture, RecipeCitation
from domain.requests import JobStatus
from domain.research import EvidenceVerdict, Research
from evaluation.peers.newsroom import a_story, a_text
from evaluation.peers.values import SHA, a_grounding, a_job, a_recipe, a_source, an_illustration
from generation.stamp import stamped
from jobs.common.views import JobView
from jobs.illustration.alt_text import MAX_ALT_TEXT_CHARS, alt_text
from jobs.services.pages import PageView, Relative
from web.pages.evidence import evidence_page

DOCS = Path(__file__).parents[2] / "docs/explanation/provenance.md"
LABELS = ("AI-generated image", "Reference board", "News card", "Fact card", "Text card")


def a_picture(label: str) -> Illustration:
    recipe = a_recipe(parameters={"label": label}, request="a red cat")
    return an_illustration(a_job(), recipe=recipe, alt_text=alt_text(recipe))


def a_view(picture: Illustration, *, by_model: bool = False) -> JobView:
    job = replace(a_job(), status=JobStatus.DONE)
    research = Research((), (a_source(),), a_grounding())
    story = a_story(text=a_text(by_model=by_model)) if by_model else None
    return JobView(job, research, (picture,), (), 0, story=story)


def a_page(view: JobView) -> PageView:
    picture = view.illustrations[0]
    return PageView(view, (picture,), 1, (Relative(picture, current=True),), None, None, False)


async def surfaces(view: JobView) -> dict[str, str]:
    """What each surface shows of a result, as text."""
    card = result_card(view)
    assert isinstance(card, ResultCard)
    components: Any = layout(card, Frame(files={SHA: "a.png"})).to_components
    discord = str(components())
    slack = drawn(card, shown=Shown({SHA: "F1"}))
    page = evidence_page(a_page(view), "en")
    return {
        "Discord": discord,
        "Slack": str(slack.blocks),
        "command line": "\n".join(result_lines(card)),
        "web page": f"{page.kicker} {page.alt} {page.description}",
    }


async def the_label_is_seen() -> None:
    for label in LABELS:
        for surface, text in (await surfaces(a_view(a_picture(label)))).items():
            kind = "Typographic card" if surface == "web page" and "card" in label else label
            assert kind in text, (surface, label)


async def the_label_of_words_is_seen() -> None:
    view = a_view(a_picture(LABELS[0]), by_model=True)
    for surface, text in (await surfaces(view)).items():
        assert "Text written by AI from the sources" in text, surface


async def the_alternative_text_begins_with_it() -> None:
    for label in LABELS:
        picture = a_picture(label)
        assert (picture.alt_text or "").startswith(label)
        shown = await surfaces(a_view(picture))
        assert f"{label}: a red cat." in shown["Discord"]
        assert f"{label}: a red cat." in shown["Slack"]
        assert evidence_page(a_page(a_view(picture)), "en").alt.startswith(label)


async def metadata_says_it() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    picture = Picture(buffer.getvalue(), "image/png", 64, 64)
    for is_model, kind in ((True, b"trainedAlgorithmicMedia"), (False, b"omposite")):
        assert kind in stamped(picture, is_model=is_model).data


async def the_rest_is_tested_where_it_is_made() -> None:
    """Watermark, credentials, log and look-up have tests of their own."""
    tests = Path(__file__).parents[1]
    for name in (
        "integration/test_provenance.py",
        "integration/test_gallery_pages.py",
        "contract/test_notebook.py",
    ):
        assert (tests / name).exists()


ROWS: dict[str, Callable[[], object]] = {
    "label visible at first sight": the_label_is_seen,
    "label of words that AI wrote": the_label_of_words_is_seen,
    "alternative text begins with it": the_alternative_text_begins_with_it,
    "machine-readable metadata": metadata_says_it,
    "mark in the pixels": the_rest_is_tested_where_it_is_made,
    "logging": the_rest_is_tested_where_it_is_made,
    "detection": the_rest_is_tested_where_it_is_made,
}


def test_every_row_of_the_table_has_a_test() -> None:
    table = DOCS.read_text("utf-8").partition("## Article 50")[2]
    rows = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)
    assert rows[1:] == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
async def test_a_duty_is_met_on_every_surface(row: str) -> None:
    await ROWS[row]()  # type: ignore[misc]


def test_an_alternative_text_is_short_and_says_what_was_seen_alone() -> None:
    citations = (
        RecipeCitation(1, "NASA", "https://a", "Her suit is orange", EvidenceVerdict.SUPPORTED),
        RecipeCitation(2, "NASA", "https://a", "Her visor is black", EvidenceVerdict.SUPPORTED),
        RecipeCitation(3, "NASA", "https://a", "She is in Ohio", EvidenceVerdict.CONTRADICTED),
    )
    recipe = a_recipe(
        parameters={"label": LABELS[0]}, request="Eileen Collins", citations=citations
    )
    marks = Marks(
        1, 1, None, 1, (ClaimMark(1, "", True), ClaimMark(2, "", False), ClaimMark(3, "", True))
    )
    assert alt_text(recipe).startswith("AI-generated image: Eileen Collins.")
    assert "orange" not in alt_text(recipe)
    seen = alt_text(recipe, marks)
    assert "Her suit is orange." in seen
    assert "visor" not in seen
    assert "Ohio" not in seen
    for request in ("x" * 1000, "word " * 200, "äöü " * 90, "猫" * 500):
        assert len(alt_text(replace(recipe, request=request), marks)) <= MAX_ALT_TEXT_CHARS


@pytest.mark.parametrize("characters", [160, 600])
def test_the_alternative_text_of_a_news_card_has_both_quotations_or_says_whom_it_quotes(
    characters: int,
) -> None:
    entries = [
        {"text": f"{letter * characters}.", "quoted": True, "source": outlet, "numbers": [1]}
        for letter, outlet in (("a", "Norvik Times"), ("b", "Harbour Post"))
    ]
    story = {"headline": "Ferry launched", "entries": entries}
    text = alt_text(a_recipe(parameters={"label": "News card", "story": story}, references=()))
    assert text.startswith("News card: Ferry launched.")
    if characters == 160:
        assert "“aaa" in text
        assert "“bbb" in text
    else:
        assert text.endswith("It quotes Norvik Times; Harbour Post.")
