"""Alternative text of a picture for screen readers: its kind, then what is known to be on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from domain.illustrations import Marks, Recipe
from domain.research import EvidenceVerdict

MAX_ALT_TEXT_CHARS: Final = 250
"""As long as screen readers are listened to; the page of a picture has a longer description."""
MAX_STORY_CHARS: Final = 900
"""A story's card is text, all of which a reader who cannot see it must get."""
DISCLOSURE: Final = "AI-generated image"


def alt_text(recipe: Recipe, marks: Marks | None = None) -> str:
    """The alternative text of a picture, in whole sentences as far as they fit.

    It begins with the kind of picture and what was asked for. Of a picture that was checked, the
    passages follow whose claims were seen in it; of one that was not, only which references it was
    drawn from: the rest of the picture was not checked.
    """
    label = str(recipe.parameters.get("label", DISCLOSURE))
    story = recipe.parameters.get("story")
    subject = str(story["headline"]) if story else recipe.request
    begin = f"{label}: {' '.join(subject.split())}"
    begin = _cut(begin, MAX_ALT_TEXT_CHARS - 1)
    text = begin if begin.endswith((".", "!", "?", "…", "。")) else f"{begin}."
    most = MAX_STORY_CHARS if story else MAX_ALT_TEXT_CHARS
    room = most - len(text) - 1
    for sentence in (*_printed(recipe, room), *_seen(recipe, marks), *_references(recipe)):
        if len(text) + 1 + len(sentence) <= most:
            text += f" {sentence}"
    return text


def _printed(recipe: Recipe, room: int) -> list[str]:
    """The sentences of a story that are printed on its card, quotations with their outlet; where
    they don't all fit into so many characters, whom the card quotes."""
    story: Any = recipe.parameters.get("story") or {}
    entries = story.get("entries", ())
    whole = [
        f"“{entry['text']}” – {entry['source']}." if entry["quoted"] else str(entry["text"])
        for entry in entries
    ]
    quoted = [str(entry["source"]) for entry in entries if entry["quoted"]]
    if len(" ".join(whole)) <= room or not quoted:
        return whole
    return [f"It quotes {'; '.join(dict.fromkeys(quoted))}."]


def _seen(recipe: Recipe, marks: Marks | None) -> list[str]:
    """The passages whose claims the check saw in the picture, and none that disagrees."""
    if marks is None:
        return []
    shown = {mark.n for mark in marks.claims if mark.shown is True}
    doubtful = (EvidenceVerdict.CONTRADICTED, EvidenceVerdict.UNSUPPORTED)
    return _sentences(
        [
            citation.passage
            for citation in recipe.citations
            if citation.n in shown and citation.passage and citation.verdict not in doubtful
        ]
    )


def _references(recipe: Recipe) -> list[str]:
    titles = list(dict.fromkeys(" ".join(each.title.split()) for each in recipe.references))
    return [f"Drawn from pictures of: {'; '.join(titles)}."] if titles else []


def _sentences(passages: Sequence[str]) -> list[str]:
    plain = (" ".join(passage.split()) for passage in passages)
    return list(
        dict.fromkeys(each if each[-1:] in ".!?。" else f"{each}." for each in plain if each)
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
