"""The model's answer, held against what it was shown: ids, order, number and ordinals of the
references.

While turns are left the model is told what is wrong; the last answer is mended instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.evidence import Passage, passages
from agent.protocol import Answer, NamedReference
from domain.research import Source

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_ORDINAL = re.compile(
    rf"\b({'|'.join(ORDINALS)}|[1-9](?:st|nd|rd|th))\s+reference\s+(?:image|picture|photo)",
    re.IGNORECASE,
)
_ID = re.compile(r"\bIMG_\d{1,4}\b", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A prompt whose ordinals agree with its references, and those in its order."""

    prompt: str
    references: tuple[NamedReference, ...]


def complaints(answer: Answer, shown: Mapping[str, Source], *, most: int) -> list[str]:
    """What is wrong with an answer, one sentence each; none when it can be taken as it is."""
    found: list[str] = []
    unknown = [r.img_id for r in answer.references if r.img_id not in shown]
    if unknown:
        found.append(f"No picture has the id {', '.join(unknown)}.")
    if len(answer.references) > most:
        found.append(f"Choose at most {most} reference images.")
    high = [n for n in _spoken(answer.gen_prompt) if n > len(answer.references)]
    if high:
        found.append(
            f"The gen_prompt speaks of the {ORDINALS[high[0] - 1]} reference image, but there are "
            f"{len(answer.references)}."
        )
    if _ID.search(answer.gen_prompt) or _ADDRESS.search(answer.gen_prompt):
        found.append("The gen_prompt must not name ids or addresses.")
    return found


def accepted(answer: Answer, shown: Mapping[str, Source], *, most: int) -> Accepted:
    """The answer with its references known, sorted by id and at most ``most``; the ordinals in
    the prompt follow, and a sentence about a reference that is gone is left out."""
    kept = [r for r in answer.references if r.img_id in shown][:most]
    ordered = sorted(kept, key=lambda reference: reference.img_id)
    places = {
        position: ordered.index(reference) + 1
        for position, reference in enumerate(answer.references, 1)
        if reference in kept
    }
    prompt = _ADDRESS.sub("", answer.gen_prompt)
    prompt = _without_lost_references(prompt, places)
    prompt = _ORDINAL.sub(lambda match: _renumbered(match, places), prompt)
    by_id = {reference.img_id: n for n, reference in enumerate(ordered, 1)}
    prompt = _ID.sub(lambda match: _named(match[0].upper(), by_id), prompt)
    return Accepted(re.sub(r"[ \t]+", " ", prompt).strip(), tuple(ordered))


def sentences(prompt: str) -> list[str]:
    """The sentences of a prompt."""
    return [passage.text for passage in passages(prompt)]


def spoken_of(sentence: str) -> list[int]:
    """Which references a sentence speaks of, counted from 1."""
    return _spoken(sentence)


def _spoken(text: str) -> list[int]:
    return [_number(match[1]) for match in _ORDINAL.finditer(text)]


def _number(word: str) -> int:
    return int(word[0]) if word[0].isdigit() else ORDINALS.index(word.lower()) + 1


def _without_lost_references(prompt: str, places: Mapping[int, int]) -> str:
    lost: Sequence[Passage] = [
        passage
        for passage in passages(prompt)
        if any(number not in places for number in _spoken(passage.text))
    ]
    if len(lost) == len(passages(prompt)):
        # Nothing else would be left, so only the words about the reference go.
        return _ORDINAL.sub(
            lambda m: m[0] if _number(m[1]) in places else "the reference description", prompt
        )
    for passage in reversed(lost):
        prompt = prompt[: passage.start] + prompt[passage.start + len(passage.text) :]
    return prompt


def _renumbered(match: re.Match[str], places: Mapping[int, int]) -> str:
    place = places.get(_number(match[1]))
    return match[0] if place is None else f"{ORDINALS[place - 1]} reference image"


def _named(img_id: str, by_id: Mapping[str, int]) -> str:
    number = int(img_id.rpartition("_")[2])
    place = by_id.get(f"IMG_{number:03d}")
    return f"the {ORDINALS[place - 1]} reference image" if place else "the subject"
