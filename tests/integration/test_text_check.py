"""Text in pictures is read by the real models of rapidocr, and marked."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import generation
from agent.model_clients.text_verifier import TextVerifier
from agent.sandbox.text_reading import TextReader, installed_reader
from domain.errors import ModelUnavailable
from domain.illustrations import Marks
from domain.research import GroundedPrompt
from evaluation.peers.values import a_request
from tests.fakes.search import MemoryDecoder

ASKED = "a shop with a sign that says “OPEN”"
FONTS = Path(generation.__file__).parent / "fonts"


def drawn(*lines: str, font_file: str = "") -> bytes:
    image = Image.new("RGB", (640 if font_file else 320, 160), "#335577")
    font = ImageFont.truetype(FONTS / font_file, 48) if font_file else ImageFont.load_default(48)
    for n, line in enumerate(lines):
        ImageDraw.Draw(image).text((30, 20 + 70 * n), line, font=font, fill="white")
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


async def marked(request: str, picture: bytes, *, timeout_s: float = 90) -> Marks | None:
    verifier = TextVerifier(TextReader("rapidocr", timeout_s=timeout_s), MemoryDecoder())
    grounded = GroundedPrompt(request)
    return await verifier.mark(a_request(prompt=request), grounded, picture=picture, references=[])


async def test_without_required_text_nothing_is_read() -> None:
    assert await marked("a shop in the rain", b"never looked at", timeout_s=0) is None
    assert await marked("вывеска “ОТКРЫТО”, a sign that says “ОТКРЫТО”", b"", timeout_s=0) is None


async def test_a_picture_that_cannot_be_read_gets_no_mark() -> None:
    for broken in (b"broken", drawn("OPEN")):
        with pytest.raises(ModelUnavailable):
            await marked(ASKED, broken, timeout_s=0)


@pytest.mark.parametrize(
    ("lines", "accuracy", "shown"),
    [(("OPEN",), 1.0, True), (("OBEN",), 0.5, False), ((), 0.0, False)],
)
async def test_the_text_of_a_picture_is_read_and_marked(
    lines: tuple[str, ...], accuracy: float, shown: bool
) -> None:
    pytest.importorskip("rapidocr")
    assert installed_reader().startswith("rapidocr 3.")
    marks = await marked(ASKED, drawn(*lines))
    assert marks is not None
    assert (marks.score, marks.text_accuracy, marks.faithfulness) == (accuracy, accuracy, None)
    [claim] = marks.claims
    assert (claim.claim, claim.shown, claim.n) == ("The picture reads “OPEN”", shown, 0)
    assert ("OPEN" in marks.advice) is not shown
    assert (
        claim.why == {1.0: "", 0.5: "It reads “OBEN”.", 0.0: "No text was found in it."}[accuracy]
    )


@pytest.mark.parametrize(
    ("asked", "written", "font_file"),
    [
        ("a poster that says “Café-Müller”", ("Café-Müller", "Cafe-Muller"), "DejaVuSans.ttf"),
        (
            "一家茶馆，招牌上写着“欢迎光临”",
            ("欢迎光临", "欢迎光监"),
            "DroidSansFallback-Subset.ttf",
        ),
        (
            "「いらっしゃいませ」と書かれた看板のある店",
            ("いらっしゃいませ", "いらっしゃいせま"),
            "DroidSansFallback-Subset.ttf",
        ),
    ],
    ids=["latin", "chinese", "japanese"],
)
async def test_right_and_wrong_letters_are_told_apart_in_every_script(
    asked: str, written: tuple[str, str], font_file: str
) -> None:
    pytest.importorskip("rapidocr")
    right, wrong = [await marked(asked, drawn(line, font_file=font_file)) for line in written]
    assert right is not None
    assert wrong is not None
    assert [claim.shown for claim in right.claims] == [True]
    assert [(claim.shown, claim.why) for claim in wrong.claims] == [
        (False, f"It reads “{written[1]}”.")
    ]
