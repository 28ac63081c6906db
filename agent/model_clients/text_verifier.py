"""Checks the text in a finished picture without a vision model: it is read by PP-OCR's models and
compared with what the request asks to be written."""

from __future__ import annotations

from collections.abc import Sequence

from agent.model_clients.required_text import required_texts
from agent.model_clients.text_comparison import agreement, closest_line, is_readable
from agent.ports import PictureDecoder
from agent.sandbox.text_reading import TextNotRead, TextReader
from domain.errors import ModelUnavailable, UnusableReference
from domain.illustrations import ClaimMark, Marks
from domain.requests import Request
from domain.research import GroundedPrompt
from domain.translation.messages import gettext

MAX_SHOWN_PIXELS = 1_500_000
MAX_WHY_CHARS = 120


class TextVerifier:
    """Marks the text in pictures, and nothing else."""

    def __init__(self, reader: TextReader, decoder: PictureDecoder) -> None:
        self._reader = reader
        self._decoder = decoder

    @property
    def unanswered(self) -> str:
        """The result for a picture that could not be checked."""
        return gettext("The text in the picture wasn't checked because it couldn't be read.")

    async def mark(
        self,
        request: Request,
        grounded: GroundedPrompt,
        *,
        picture: bytes,
        references: Sequence[bytes],
    ) -> Marks | None:
        """Mark the text that the picture must show; None where it must show none, or only text in
        scripts that the models do not know.

        Raises:
            ModelUnavailable: The picture could not be read.
        """
        del references
        texts = [t for t in required_texts(request.prompt, grounded.text) if is_readable(t)]
        if not texts:
            return None
        try:
            shown = await self._decoder.decode(picture, max_pixels=MAX_SHOWN_PIXELS)
            lines = await self._reader.read(shown.data)
        except (TextNotRead, UnusableReference) as error:
            raise ModelUnavailable(str(error)) from error
        return _marks(texts, lines, self._reader.name)


def _marks(texts: Sequence[str], lines: Sequence[str], model: str) -> Marks:
    found = {text: agreement(text, lines) for text in texts}
    wrong = [text for text, mark in found.items() if mark < 1]
    same = next(iter(found.values())) if len(set(found.values())) == 1 else 0.5
    return Marks(
        faithfulness=None,
        visual_correctness=None,
        text_accuracy=same,
        aesthetics=None,
        claims=tuple(
            ClaimMark(
                n=0,
                claim=gettext("The picture reads “{text}”", text=text),
                shown=mark == 1,
                why="" if mark == 1 else _why(text, lines),
            )
            for text, mark in found.items()
        ),
        advice=" ".join(f"Write “{text}” in exactly these letters." for text in wrong)[:300],
        model=model,
    )


def _why(text: str, lines: Sequence[str]) -> str:
    line = " ".join(closest_line(text, lines).split())[:MAX_WHY_CHARS]
    if not line:
        return gettext("No text was found in it.")
    return gettext("It reads “{text}”.", text=line)
