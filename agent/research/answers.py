"""The model's answer, held against what it was shown: ids, order, number and ordinals of the
references.

While turns are left the model is told what is wrong; the last answer is mended instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent.research.evidence import passages
from agent.research.protocol import Answer, NamedReference
from domain.ordinals import mention, renumbered, replace_mentions, spelled_out, spoken_of
from domain.research import Source

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
    high = [n for n in spoken_of(answer.gen_prompt) if n > len(answer.references)]
    if high:
        found.append(
            f"The gen_prompt speaks of the {mention(high[0])}, but there are "
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
    prompt = spelled_out(_ADDRESS.sub("", answer.gen_prompt))
    prompt = renumbered(_without_lost_references(prompt, places), places)
    by_id = {reference.img_id: n for n, reference in enumerate(ordered, 1)}
    prompt = _ID.sub(lambda match: _named(match[0].upper(), by_id), prompt)
    return Accepted(re.sub(r"[ \t]+", " ", prompt).strip(), tuple(ordered))


def sentences(prompt: str) -> list[str]:
    """The sentences of a prompt."""
    return [passage.text for passage in passages(prompt)]


def _without_lost_references(prompt: str, places: Mapping[int, int]) -> str:
    every = passages(prompt)
    lost = [p for p in every if any(n not in places for n in spoken_of(p.text))]
    if len(lost) == len(every):
        # Nothing else would be left, so only the words about the reference go.
        return replace_mentions(
            prompt, lambda number: None if number in places else "the reference description"
        )
    for passage in reversed(lost):
        prompt = prompt[: passage.start] + prompt[passage.start + len(passage.text) :]
    return prompt


def _named(img_id: str, by_id: Mapping[str, int]) -> str:
    number = int(img_id.rpartition("_")[2])
    place = by_id.get(f"IMG_{number:03d}")
    return f"the {mention(place)}" if place else "the subject"
