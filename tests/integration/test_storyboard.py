"""The storyboard: the same recipe gives the same bytes, and any text finds its place."""

from __future__ import annotations

import asyncio
import hashlib
import io
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.sandbox.pool import WorkerPool
from app.generators import board_workers
from domain.errors import InvalidRequest, InvalidSettings
from domain.illustrations import Recipe, RecipeCitation, RecipeReference
from domain.news import CitedPage
from domain.requests import AspectRatio
from domain.research import Evidence, EvidenceVerdict, GroundedPrompt, Reference
from evaluation.peers.newsroom import a_text
from evaluation.peers.values import a_request, a_source
from generation.backend_context import BackendContext
from generation.backends.cards import Card
from generation.backends.fontbook import FALLBACKS, FontBook, Role
from generation.backends.layout import Box, picture_grid
from generation.backends.storyboard import Board, Cancelled, Storyboard
from generation.backends.typography import Span, Typesetter
from generation.capabilities import STORYBOARD
from generation.composition import story_parameters
from generation.registry import Renderers
from tests.fakes.web import picture

ORDINALS = ("first", "second", "third", "fourth", "fifth")


def a_recipe(
    count: int = 3, *, aspect: str = "1:1", request: str = "Bridges of the world", seed: int = 1
) -> Recipe:
    width, height = STORYBOARD.size(AspectRatio.parse(aspect))
    lines = [f"Bridge {n}: It has {n} towers of red stone." for n in range(count)]
    uses = [f"Use the {ORDINALS[n]} reference image for Bridge {n}." for n in range(count)]
    return Recipe(
        generator="storyboard",
        revision="1",
        prompt="\n".join((request, *lines, *uses)),
        request=request,
        width=width,
        height=height,
        seed=seed,
        references=tuple(
            RecipeReference(f"IMG_{n}", "a" * 64, f"Bridge {n}", "", "Ann · CC0", n + 1)
            for n in range(count)
        ),
        citations=tuple(
            RecipeCitation(n + 1, f"Bridge {n}", "https://example.org/", lines[n][10:])
            for n in range(count)
        ),
    )


def pictures(count: int) -> list[bytes]:
    return [picture(n + 1, size=(300 + 70 * n, 240)) for n in range(count)]


def rendered(recipe: Recipe) -> bytes:
    done = Storyboard().render(
        recipe,
        pictures(len(recipe.references)),
        progress=lambda _fraction: None,
        stopped=lambda: False,
    )
    return done.data


def drawn(recipe: Recipe) -> Board:
    opened = [Image.open(io.BytesIO(data)) for data in pictures(len(recipe.references))]
    board = Board(recipe, opened)
    list(board.draw())
    return board


def test_the_same_recipe_gives_the_same_bytes_in_another_process() -> None:
    recipe = a_recipe()
    code = (
        "import hashlib, sys\n"
        "from tests.integration.test_storyboard import a_recipe, rendered\n"
        "sys.stdout.write(hashlib.sha256(rendered(a_recipe())).hexdigest())"
    )
    root = Path(__file__).parent.parent.parent
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert other.stdout == hashlib.sha256(rendered(recipe)).hexdigest()


def test_another_seed_gives_another_board() -> None:
    assert rendered(a_recipe(seed=1)) != rendered(a_recipe(seed=2))


@pytest.mark.parametrize("count", range(6))
@pytest.mark.parametrize("aspect", ["1:1", "16:9", "9:16", "4:1", "1:4", "3:2"])
def test_everything_stands_inside_and_nothing_overlaps(aspect: str, count: int) -> None:
    recipe = a_recipe(count, aspect=aspect)
    board = drawn(recipe)
    assert board.image.size == (recipe.width, recipe.height)
    assert len(board.cells) == count
    boxes = [*board.texts, *board.cells]
    for number, box in enumerate(boxes):
        assert box.inside(board.page), box
        for other in boxes[number + 1 :]:
            assert not box.overlaps(other), (box, other)


@settings(max_examples=25)
@given(
    request=st.text(min_size=1, max_size=4000),
    aspect=st.sampled_from(["1:1", "4:1", "1:4", "16:9"]),
    count=st.integers(0, 2),
)
def test_any_text_finds_its_place(request: str, aspect: str, count: int) -> None:
    board = drawn(a_recipe(count, aspect=aspect, request=request))
    assert all(box.inside(board.page) for box in board.texts)


def said(text: str, role: Role = Role.BODY) -> list[Span]:
    return [Span(text, role, (0, 0, 0))]


def test_text_is_cut_with_an_ellipsis_only_when_even_the_smallest_size_is_too_large() -> None:
    type_ = Typesetter()
    small = type_.fit([said("word " * 20)], width=400, height=200, sizes=(8, 30))
    large = type_.fit([said("word " * 2000)], width=400, height=200, sizes=(8, 30))
    assert not small.cut
    assert large.cut
    assert large.height <= 200
    assert large.lines[-1].text.endswith("…")


def test_right_to_left_text_stands_at_the_right_and_is_joined() -> None:
    block = Typesetter().wrap([said("رائدة الفضاء")], size=40, width=900)
    assert block.lines[0].right_to_left
    shown = block.lines[0].text
    assert all("\ufe70" <= c <= "\ufefc" for c in shown if not c.isspace())


def test_words_of_a_right_to_left_line_stand_in_their_order_with_blanks_between() -> None:
    (line,) = Typesetter().wrap([said("אבג דהו Eileen Collins זחט")], size=20, width=900).lines
    assert line.text == "טחז Eileen Collins והד גבא"


def test_every_kind_of_blank_is_drawn_as_one() -> None:
    (line,) = Typesetter().wrap([said("a\u2003b\u00a0c")], size=20, width=900).lines
    assert line.text == "a b c"


def test_a_grid_fills_its_box() -> None:
    box = Box(10, 20, 600, 400)
    cells = picture_grid(box, [1.5, 0.7, 1.0, 2.0, 1.2], gap=10, caption=30, choice=0)
    assert min(c.left for c in cells) == 10
    assert max(c.right for c in cells) == 610
    assert (cells[0].top, cells[-1].bottom) == (20, 420)


def test_a_stopped_render_ends_at_once() -> None:
    with pytest.raises(Cancelled):
        Storyboard().render(a_recipe(0), [], progress=lambda _fraction: None, stopped=lambda: True)


async def test_cancelling_the_task_stops_the_render() -> None:
    async def told(fraction: float, preview: bytes | None = None) -> None:
        return

    task = asyncio.create_task(
        Renderers(default="storyboard").render(a_recipe(5), pictures(5), progress=told)
    )
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def silent(fraction: float, preview: bytes | None = None) -> None:
    del fraction, preview


async def test_a_worker_process_draws_the_same_bytes() -> None:
    pool = WorkerPool(size=1)
    renderers = Renderers(
        default="storyboard", backend_context=BackendContext(board_workers=board_workers(pool))
    )
    here = Renderers(default="storyboard")
    try:
        for count in (0, 3):
            recipe = a_recipe(count)
            there = await renderers.render(recipe, pictures(count), progress=silent)
            assert there == await here.render(recipe, pictures(count), progress=silent)
    finally:
        await pool.aclose()


async def test_a_board_that_no_worker_can_draw_is_drawn_here() -> None:
    pool = WorkerPool(size=1)
    await pool.aclose()  # it starts no process any more
    renderers = Renderers(
        default="storyboard", backend_context=BackendContext(board_workers=board_workers(pool))
    )
    drawn_here = await renderers.render(a_recipe(2), pictures(2), progress=silent)
    assert (drawn_here.width, drawn_here.height) == (a_recipe(2).width, a_recipe(2).height)


def test_unknown_generators_are_refused_with_those_there_are() -> None:
    renderers = Renderers(default="storyboard")
    with pytest.raises(InvalidRequest, match="storyboard. Did you mean storyboard?"):
        renderers.check("story-board", a_request())
    with pytest.raises(InvalidSettings, match="LIMNER_GENERATOR"):
        Renderers(default="nothing")
    gone = replace(a_recipe(), generator="gone")
    with pytest.raises(InvalidRequest, match="no longer available"):
        renderers.current(gone)


def test_a_recipe_holds_all_that_the_picture_says() -> None:
    sources = [a_source(1, page_url="https://www.example.org/x"), a_source(2, license=None)]
    grounded = GroundedPrompt(
        text="A bridge as in the first reference image.",
        references=(Reference("IMG_001", "b" * 64, "note", "Portrait", "s2"),),
        evidence=(
            Evidence(1, "claim", "s1", "commanded a shuttle", 15),
            Evidence(2, "claim", "s2", verdict=EvidenceVerdict.MENTIONED),
            Evidence(3, "claim", None, verdict=EvidenceVerdict.UNSUPPORTED),
        ),
    )
    renderers = Renderers(default="storyboard")
    request = a_request(aspect=AspectRatio(4, 1))
    recipe = renderers.plan(request, grounded, sources, generator="storyboard", seed=5)
    assert (recipe.width, recipe.height) == (2560, 640)
    assert [(c.n, c.verdict) for c in recipe.citations] == [
        (1, EvidenceVerdict.SUPPORTED),
        (2, EvidenceVerdict.MENTIONED),
    ]
    assert recipe.references[0].citation == 2
    assert recipe.references[0].credit == "NASA · unknown license"
    assert renderers.current(recipe) == recipe
    assert {"pillow", "freetype"} <= set(recipe.versions)


STORY = {
    "headline": "“We lost 90% of the reef…”: ½-built ferry «Solbris» floats out",
    "entries": [
        {
            "text": "The yard in Norvik floated out the ferry Solbris on Tuesday.",
            "quoted": True,
            "source": "norvikposten.example, 2026-11-24",
            "numbers": [1],
        },
        {"text": "It is to sail in May.", "quoted": False, "numbers": [1, 2]},
    ],
    "pages": [
        {"n": 1, "title": "Ferry floats out", "url": "https://norvikposten.example/a"},
        {"n": 2, "title": "A launch in Norvik", "url": "https://harbourtimes.example/b"},
    ],
}


def carded(recipe: Recipe) -> Card:
    opened = [Image.open(io.BytesIO(data)) for data in pictures(len(recipe.references))]
    card = Card(recipe, opened)
    list(card.draw())
    return card


def words(card: Card) -> str:
    """Every line of a card, in the order in which they were set."""
    return " ".join(line.text for block in card.blocks for line in block.lines)


@pytest.mark.parametrize("kind", ["story", "lead", "facts", "empty"])
@pytest.mark.parametrize("aspect", ["1:1", "16:9", "9:16", "4:1", "1:4"])
def test_everything_on_a_card_stands_inside_and_nothing_overlaps(aspect: str, kind: str) -> None:
    recipe = a_recipe({"lead": 1, "story": 0}.get(kind, 0), aspect=aspect)
    if kind in ("story", "lead"):
        recipe = replace(recipe, parameters={"story": STORY})
    if kind == "facts":
        said = a_recipe(2)
        recipe = replace(recipe, prompt=said.prompt, citations=said.citations)
    card = carded(recipe)
    page = Box(0, 0, recipe.width, recipe.height)
    for number, box in enumerate(card.texts):
        assert box.inside(page), box
        for other in card.texts[number + 1 :]:
            assert not box.overlaps(other), (box, other)


def test_a_card_of_a_story_shows_its_headline_quotations_with_their_outlets_and_its_pages() -> None:
    card = carded(replace(a_recipe(0, aspect="16:9"), parameters={"story": STORY}))
    said = words(card)
    assert "“We lost 90% of the reef…”:" in said
    assert "“The yard in Norvik" in said
    assert "— norvikposten.example, 2026-11-24" in said
    assert "It is to sail in May." in said
    assert "norvikposten.example: Ferry floats out" in said
    assert "NEWS CARD" in said
    assert "REFERENCE BOARD" not in said


@pytest.mark.parametrize("aspect", ["1:1", "16:9", "9:16", "1:4"])
def test_no_word_of_a_headline_is_parted(aspect: str) -> None:
    headline = "Electoral districts established in Turkmenistan due to parliamentary elections"
    story = {**STORY, "headline": headline}
    card = carded(replace(a_recipe(0, aspect=aspect), parameters={"story": story}))
    said = words(card).split()
    for word in headline.split():
        assert word in said


def test_a_quotation_in_its_marks_with_its_outlet_is_set_as_a_quotation() -> None:
    page = CitedPage(
        *("Quake", "https://a.example/q", "a.example", "The quake hit Qeshm on Sunday."),
        *(datetime(2026, 11, 24, tzinfo=UTC), "0" * 64),
        outlet="Harbour Times",
    )
    told = replace(
        a_text(),
        sentences=("“The quake hit Qeshm on Sunday.” (Harbour Times)", "Nobody was hurt."),
        pages=(page,),
        rests_on=((1,), (1,)),
    )
    first, second = story_parameters(told)["entries"]
    assert first["quoted"] is True
    assert first["text"] == "The quake hit Qeshm on Sunday."
    assert first["source"] == "Harbour Times"
    assert second == {"text": "Nobody was hurt.", "quoted": False, "numbers": [1]}


def test_a_request_for_which_nothing_was_found_says_so_and_what_to_do() -> None:
    nothing = replace(a_recipe(0), prompt="Bridges of the world")
    assert "no source was found" in words(carded(nothing))
    assert "Attach pictures" in words(carded(nothing))
    german = words(carded(replace(nothing, parameters={"language": "de-AT"})))
    assert "fand sich keine Quelle" in german
    assert "TEXTKARTE" in german


def test_cards_are_called_what_they_are() -> None:
    renderers = Renderers(default="storyboard")

    def label(grounded: GroundedPrompt, **more: Any) -> object:
        recipe = renderers.plan(a_request(), grounded, (), generator="storyboard", seed=1, **more)
        return recipe.parameters["label"]

    reference = Reference("IMG_001", "b" * 64, "note", "Portrait", "s2")
    fact = Evidence(1, "claim", "s1", "commanded a shuttle", 15)
    assert label(GroundedPrompt("x", references=(reference,))) == "Reference board"
    assert label(GroundedPrompt("x", evidence=(fact,))) == "Fact card"
    assert label(GroundedPrompt("x")) == "Text card"
    assert label(GroundedPrompt("x", references=(reference,)), story=a_text()) == "News card"


def test_a_card_that_is_made_again_has_the_words_that_its_story_has_by_then() -> None:
    renderers = Renderers(default="storyboard")
    recipe = renderers.plan(
        a_request(), GroundedPrompt("x"), (), generator="storyboard", seed=1, story=a_text()
    )
    assert renderers.with_story(recipe, a_text()) == recipe
    written = replace(a_text(), headline="A new pier", sentences=("It is long.",), rests_on=((),))
    told = renderers.with_story(recipe, written).parameters["story"]
    assert told["headline"] == "A new pier"
    assert told["entries"][0] == {"text": "It is long.", "quoted": False, "numbers": []}


FONTS = sorted({role.value for role in Role} | set(FALLBACKS))
LETTERS = [chr(n) for n in (*range(0x21, 0x7F), *range(0xA1, 0x180), *range(0x2010, 0x2044), 0xBD)]


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("size", [16, 24, 48, 96])
def test_no_letter_of_a_packaged_font_is_printed_over_the_next(font: str, size: int) -> None:
    face = FontBook().face(font, size)
    for letter in LETTERS:
        advance, right = face.getlength(letter), face.getbbox(letter, anchor="ls")[2]
        if advance and unicodedata.category(letter) not in ("Cf", "Mn", "Zs"):
            assert right <= advance + max(1.5, 0.2 * size), letter


def test_a_text_is_cut_where_its_font_changes_whatever_was_set_before() -> None:
    fonts = FontBook()
    plain = fonts.runs("a plain line", Role.BODY, 20)
    assert [(run.text, run.font, run.stroke) for run in plain] == [
        ("a plain line", Role.BODY.value, 0.0)
    ]
    for _ in range(2):
        mixed = fonts.runs(
            "a plain\u00a0line, \u05e9\u05dc\u05d5\u05dd \u4e2d\u6587", Role.BODY, 20
        )
        assert [(run.text, run.font) for run in mixed] == [
            ("a plain line, ", Role.BODY.value),
            ("\u05e9\u05dc\u05d5\u05dd ", FALLBACKS[0]),
            ("\u4e2d\u6587", FALLBACKS[1]),
        ]
    assert fonts.runs("", Role.BODY, 20) == ()
