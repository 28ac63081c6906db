"""What a picture takes from a reference and what it leaves there, in words.

A generator that is only shown a reference pastes it, pose and background included; said in words,
it borrows the fact that it lacked (SearchGen, arXiv 2607.05382).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.research.evidence import Finding
from agent.research.subject_models import Subject, SubjectKind
from agent.research.vocabulary import COLORS
from domain.translation.messages import gettext

MAX_DETAILS: Final = 3
_COMPOUNDS: Final = frozenset(("ring", "line", "piece", "box"))
"""What makes another thing of the part before it, as in "neck ring"."""
_PARTS: Final = frozenset(
    """
    antenna antlers arch arches arms badge band beak beard bill cables chest claws coat collar crest
    crown dome domes dress ears emblem engines eyes facade feathers fin fins flag fur grille hair
    hat helmet horns hull jacket legs logo mane markings masts neck nose patch pattern plumage roof
    sails scales shell spire spires spots stripes suit symbol tail tower towers trunk uniform
    walkways wheels whiskers windows wings
    """.split()  # noqa: SIM905
)
"""Parts by which things are recognised."""
_MATERIALS: Final = frozenset(
    """
    brick bronze carved ceramic concrete copper curved domed glass gold golden granite iron marble
    metal painted plastic pointed round square steel stone striped white-washed wooden
    """.split()  # noqa: SIM905
)
_WORN: Final = frozenset(
    "badge band coat collar dress hat helmet jacket patch suit uniform".split()  # noqa: SIM905
)
"""Parts that belong to what a person wears, which the note must then not leave out."""
_USUAL: Final = {
    SubjectKind.PERSON: (
        gettext("the face and the hair"),
        gettext("the pose, what is worn or the background"),
    ),
    SubjectKind.WORK: (
        gettext("the characters and the motif"),
        gettext("the layout, the lettering or the frame"),
    ),
    SubjectKind.PRODUCT: (
        gettext("the shape, the parts and the markings"),
        gettext("the viewpoint, the light or the background"),
    ),
    SubjectKind.EVENT: (
        gettext("the setting and the emblems"),
        gettext("the people, the viewpoint or the background"),
    ),
}
_OTHERWISE: Final = (
    gettext("the shape, the proportions and the colors"),
    gettext("the pose, the light or the background"),
)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What is taken from a reference and what is not, as phrases."""

    taken: str
    left: str


def borrow(subject: Subject, findings: Sequence[Finding]) -> Borrowed:
    """What the reference of a subject is for: the parts that its pages describe, otherwise what
    tells things of its kind apart."""
    taken, left = _USUAL.get(subject.kind, _OTHERWISE)
    details = _details(findings)
    if subject.kind is SubjectKind.PERSON and details.keys() & _WORN:
        left = gettext("the pose or the background")
    return Borrowed(_listed([*details.values()]) if details else taken, left)


def _details(findings: Sequence[Finding]) -> dict[str, str]:
    """Parts with their colors and materials, as the passages name them, by the part."""
    found: dict[str, str] = {}
    for finding in findings:
        words = re.findall(r"[^\W\d_]+", finding.passage.text.casefold())
        for number, word in enumerate(words):
            following = "".join(words[number + 1 : number + 2])
            if word in _PARTS and following not in _COMPOUNDS | _PARTS:  # "chest band" is one part
                first = number
                while first and words[first - 1] in COLORS | _MATERIALS | _PARTS:
                    first -= 1
                found.setdefault(word, f"the {' '.join(words[first : number + 1])}")
    return dict(list(found.items())[:MAX_DETAILS])


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
