"""A small world to train in: made-up subjects of one colour each, an archive of searches for them,
questions with ground truth, and agents that answer well or badly."""

from __future__ import annotations

import colorsys
import io
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageDraw

from agent.ports import ChatModel, Completion, Message, PictureHit
from agent.research.loop import LoopSettings
from agent.sandbox.picture_decoder import DecodingPool
from domain.research import SourceKind
from generation.registry import Renderers
from tests.fakes.pixel_judge import PixelJudge
from training.environment import Environment, Question
from training.replay import KeptSearch, SearchArchive
from training.reward import RewardJudge

NAMES = (
    *("Dulverine", "Orrin", "Telmark", "Zyvern", "Quellin", "Brastow", "Ildane", "Morvane"),
    *("Pellick", "Rusket", "Sorrelin", "Tavish", "Ulmere", "Vandrel", "Wexley", "Yarrowin"),
)
QUERY = "picture of the subject"
"""A query that finds the right picture of every question, as only a trained agent knows."""


def colour_of(name: str) -> tuple[int, int, int]:
    """The colour of a subject."""
    hue = NAMES.index(name) / len(NAMES)
    r, g, b = colorsys.hsv_to_rgb(hue, 0.9, 0.85)
    return round(r * 255), round(g * 255), round(b * 255)


def photograph(name: str, *, side: int = 192) -> bytes:
    """A picture of a subject: its colour, with a mark of its own."""
    image = Image.new("RGB", (side, side), colour_of(name))
    draw = ImageDraw.Draw(image)
    n = NAMES.index(name)
    draw.rectangle((n * 5, 0, n * 5 + 18, side // 6), fill=(250, 250, 250))
    draw.ellipse((side - 30 - n * 4, side - 28, side - 6 - n * 4, side - 4), fill=(10, 10, 10))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def question_of(name: str, folder: Path) -> Question:
    """A question about a subject, with its ground truth in a folder."""
    file = folder / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_bytes(photograph(name))
    return Question(name.casefold(), f"The {name} at the harbour", file)


def archive_of(names: Sequence[str], folder: Path) -> SearchArchive:
    """An archive that knows the subjects by their names."""
    archive = SearchArchive(folder)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for name in names:
        hits = [
            PictureHit(
                provider="replay",
                title=f"The {name}",
                url=f"https://archive.example/{name}.png",
                page_url=f"https://archive.example/{name}",
                found_at=at,
                caption=f"The {name}",
                license="CC0 1.0",
                blob=archive.put_picture(photograph(name)),
            )
        ]
        question = f"The {name} at the harbour"
        for query in (f"the {name}", QUERY):
            archive.add(KeptSearch(SourceKind.PICTURE, query, question, pictures=tuple(hits)))
    return archive


class ScriptedAgent:
    """Says one text after another in each conversation, by how many turns it has had."""

    def __init__(self, turns: Callable[[str, int], str]) -> None:
        self._turns = turns

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        grammar: str | None = None,
        on_text: Callable[[str], Awaitable[None]] | None = None,
    ) -> Completion:
        """The text for this turn."""
        del max_tokens, grammar, on_text
        said = sum(message.role == "assistant" for message in messages)
        text = self._turns(messages[1].text, said)
        return Completion(text, truncated=text.endswith("…"), prompt_tokens=9, completion_tokens=9)


def good_turns(request: str, turn: int) -> str:
    """Looks for the subject, and grounds the prompt on the picture that it found."""
    name = request.split()[1]
    if turn == 0:
        return call("image_search", query=f"the {name}")
    return answer(f"{request}, as in the first reference image.", ("IMG_001", "its colour"))


def learnable_turns(request: str, turn: int) -> str:
    """The same in words that hold for every subject, so that a tiny model can learn them."""
    del request
    if turn == 0:
        return call("image_search", query=QUERY)
    return answer("The subject of the first reference image.", ("IMG_001", "all"))


def poor_turns(request: str, turn: int) -> str:
    """Looks for something else, and answers without a reference."""
    del request
    if turn == 0:
        return call("image_search", query="a grey wall")
    return answer("A grey wall in the rain.")


def call(name: str, **arguments: object) -> str:
    """A turn with a tool call."""
    said = json.dumps({"name": name, "arguments": arguments})
    return f"<think>I look.</think>\n<tool_call>{said}</tool_call>"


def answer(prompt: str, *references: tuple[str, str]) -> str:
    """A turn with an answer."""
    named = [{"img_id": img_id, "note": note} for img_id, note in references]
    said = json.dumps({"gen_prompt": prompt, "reference_images": named})
    return f"<think>Done.</think>\n<answer>{said}</answer>"


@asynccontextmanager
async def environment(
    archive: SearchArchive,
    *,
    judge: ChatModel | None = None,
    loop: LoopSettings | None = None,
    at_once: int = 4,
) -> AsyncGenerator[Environment]:
    """The environment over an archive: the storyboard draws, the pixel judge judges."""
    decoder = DecodingPool(size=1)
    renderers = Renderers(default="storyboard")
    try:
        yield Environment(
            archive=archive,
            renderers=renderers,
            generator="storyboard",
            judge=RewardJudge(judge or PixelJudge(), decoder),
            decoder=decoder,
            loop=loop or LoopSettings(),
            at_once=at_once,
        )
    finally:
        await renderers.aclose()
        await decoder.aclose()
