"""The model's answer, held against what it was shown: ids, order, number and ordinals of the
references.

While turns are left the model is told what is wrong; the last answer is mended instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.language.identification import find_languages
from agent.research.protocol import Answer, NamedReference
from agent.research.support.pages import get_passages
from domain.ordinals import (
    find_mentions,
    mention,
    mention_in,
    named_as_references,
    renumbered,
    replace_mentions,
    spoken_of,
)
from domain.research import Source

# No \b: a Chinese letter beside an id is a word character too.
_ID = re.compile(
    r"(?<![A-Za-z0-9])(?:the\s+)?(?:IMG|ＩＭＧ)[\s_＿#-]{0,2}(\d{1,4})(?![0-9])", re.IGNORECASE
)
_BRACKETED_ID = re.compile(rf"\s*[(\[（【]\s*{_ID.pattern}\s*[)\]）】]", re.IGNORECASE)
# Only what addresses are written with, so that the Chinese words behind one stay.
_ADDRESS = re.compile(r"https?://[!-;=?-~]+", re.IGNORECASE)


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
    count = len(answer.references)
    said = spoken_of(named_as_references(answer.gen_prompt, count))
    high = [n for n in said if n > count]
    if high:
        found.append(f"The gen_prompt speaks of the {mention(high[0])}, but there are {count}.")
    if _ID.search(answer.gen_prompt) or _ADDRESS.search(answer.gen_prompt):
        found.append("The gen_prompt must not name ids or addresses.")
    return found


def accepted(answer: Answer, shown: Mapping[str, Source], *, most: int) -> Accepted:
    """The answer with its references known and at most ``most``, sorted by id as far as the prompt
    can follow; a sentence about a reference that is gone is left out, and no id or address stays.
    """
    kept = [r for r in answer.references if r.img_id in shown][:most]
    prompt = named_as_references(_ADDRESS.sub("", answer.gen_prompt), len(answer.references))
    kept_places = [n for n, r in enumerate(answer.references, 1) if r in kept]
    ordered = sorted(kept, key=lambda reference: reference.img_id)
    if ordered != kept and not _can_follow(prompt, kept_places):
        ordered = kept
    places = {n: ordered.index(answer.references[n - 1]) + 1 for n in kept_places}
    prompt = renumbered(_without_lost_references(prompt, places), places)
    by_id = {reference.img_id: n for n, reference in enumerate(ordered, 1)}
    prompt = _without_ids(prompt, by_id)
    return Accepted(re.sub(r"[ \t]+", " ", prompt).strip(), tuple(ordered))


def _can_follow(prompt: str, places: Sequence[int]) -> bool:
    """Whether every word of the prompt about a reference is understood, so that the references can
    change their order."""
    return set(places) <= set(spoken_of(prompt)) or find_languages(prompt) == frozenset({"en"})


def _without_ids(prompt: str, by_id: Mapping[str, int]) -> str:
    """The prompt with each id replaced by words; one in brackets behind such words is left out."""
    ends = {said.end for said in find_mentions(prompt)}
    prompt = _BRACKETED_ID.sub(lambda match: "" if match.start() in ends else match[0], prompt)
    around = prompt

    def named(match: re.Match[str]) -> str:
        place = by_id.get(f"IMG_{int(match[1]):03d}")
        return mention_in(around, place) if place else "the subject"

    return _ID.sub(named, prompt)


def sentences(prompt: str) -> list[str]:
    """The sentences of a prompt."""
    return [passage.text for passage in get_passages(prompt)]


def _without_lost_references(prompt: str, places: Mapping[int, int]) -> str:
    every = get_passages(prompt)
    lost = [p for p in every if any(n not in places for n in spoken_of(p.text))]
    if len(lost) == len(every):
        # Nothing else would be left, so only the words about the reference go.
        return replace_mentions(
            prompt, lambda number: None if number in places else "the reference description"
        )
    for passage in reversed(lost):
        prompt = prompt[: passage.start] + prompt[passage.start + len(passage.text) :]
    return prompt
