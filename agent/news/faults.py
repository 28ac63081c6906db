"""What an editor would not send a post for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent.news import weights
from agent.news.answers import accuses, blames, denies, is_attributed
from agent.news.certainty import counts_firmly, is_firmer
from agent.news.completeness import Completeness
from agent.news.essentials import Told
from agent.news.features import telling
from agent.news.grammar import tells_of_past
from agent.news.heading import Heading
from agent.news.likeness import Meanings
from agent.news.obligations import advises
from agent.news.quotes import FIRST_SENTENCES, Quote, added
from agent.news.reading import ReadPage
from agent.news.telling import Telling
from agent.news.wording import (
    counts_many,
    has_unnamed_speaker,
    lacks_day,
    names_suspect,
    praises,
    tells_many,
    unexplained_terms,
)
from domain.sentences import sentences

_SAYS: Final = re.compile(
    r"\b(?:says?|will|would|to|plans?|expects?|sagt|wird|werden|soll\w*)\b", re.IGNORECASE
)
"""What a sentence has that tells of no past and is no caption: somebody's words, or a plan."""


def _stands_alone(quote: Quote) -> bool:
    """Whether a sentence can be sent; advice is mostly given in somebody's words, which may stand
    where other sentences' may not."""
    least = weights.SECOND_PLAIN if advises(quote.text) else weights.SENT_PLAIN
    return quote.plain >= least


class Faults:
    """Finds the faults of posts of one story: of its pages in one language."""

    def __init__(
        self,
        pages: Sequence[ReadPage],
        tongue: str | None,
        *,
        told: Sequence[Told],
        meanings: Meanings,
        checks: Completeness,
        essentials: Telling,
    ) -> None:
        self._tongue = tongue
        self._meanings = meanings
        self._checks = checks
        self._telling = essentials
        self._wordings: dict[str, float] = {}
        told_first = (s.text for page in pages for s in sentences(page.text)[:FIRST_SENTENCES])
        self._denials = [text for text in told_first if denies(text)]
        self._denied: dict[str, bool] = {}
        many = {each.text for each in told if any(map(tells_many, each.sentences))}
        self._many = len(many) >= weights.WITNESSES
        """Whether several articles tell of as many people or things as nobody counted."""

    def of(self, heading: Heading, below: Sequence[Quote]) -> Iterator[str]:
        """The faults of a headline with the sentences below it, one after another."""
        first, title = below[0], heading.title
        opening = first.sentences[0]
        parts = (title, *(text for quote in below for text in quote.sentences))
        denied = self.is_denied(title)
        blaming = [part for part in parts[1:] if blames(part) and self.is_denied(part)]
        if (denied or blames(title) or blaming) and not any(map(denies, parts)):
            yield "unanswered"
        if not heading.is_shared:
            yield "one paper's headline"
        if not all(map(_stands_alone, below)):
            yield "does not stand alone"
        if self._meanings.central(first.text) < weights.LEAST_CENTRAL:
            yield "not central"
        if not any(
            q.event >= weights.NAMES_EVENT and self._is_one_event(q, heading) for q in below
        ):
            yield "another event"
        if (denied and not is_attributed(title)) or accuses(title) or any(map(accuses, blaming)):
            yield "accuses"
        if not self.is_own(first, heading) and not self._agrees(first, heading):
            yield "another article"
        if len(telling(" ".join(parts[1:])) - telling(title)) < weights.LEAST_NEW:
            yield "adds nothing"
        if len(parts) == 2 and added(first.text, title) < weights.LEAST_ADDED:
            yield "repeats the headline"
        if denies(opening) and not denies(title):
            yield "denied before it is told"
        if self._stages_differ(heading, below):
            yield "another stage"
        if tells_of_past(opening, self._tongue) is False and not _SAYS.search(opening):
            yield "tells nothing that happened"
        if any(quote.is_faulty for quote in below):
            yield "misspelt"
        if is_firmer(title, parts[1:], self._meanings):
            yield "firmer"
        if counts_firmly(title, parts[1:]):
            yield "counts firmly"
        if unexplained_terms(parts, self._tongue):
            yield "terms"
        if any(self.poor_wording(text) < 1 for text in parts):
            yield "wording"
        yield from self._telling.owed(heading, below)
        if self._telling.covered(heading, below) < weights.LEAST_COVERED:
            yield "leaves out much"
        yield from self._checks.faults(heading, below)

    def poor_wording(self, text: str) -> float:
        """How much (0 to 1) a text keeps for words that an editor would not print."""
        if text not in self._wordings:
            worth = weights.PRAISES if praises(text) else 1.0
            worth *= weights.NAMES_SUSPECT if names_suspect(text, self._tongue) else 1.0
            worth *= weights.LACKS_DAY if lacks_day(text) else 1.0
            worth *= weights.COUNTS_MANY if counts_many(text, several=self._many) else 1.0
            worth *= weights.UNNAMED_SPEAKER if has_unnamed_speaker(text) else 1.0
            self._wordings[text] = worth
        return self._wordings[text]

    def is_own(self, quote: Quote, heading: Heading) -> bool:
        """Whether a sentence stands in the article that the headline is taken from."""
        return heading.url in ("", quote.url)

    def is_denied(self, said: str) -> bool:
        """Whether an article tells that somebody denies what a headline or a sentence says."""
        if said not in self._denied:
            self._denied[said] = any(self._is_about(text, said) for text in self._denials)
        return self._denied[said]

    def _is_about(self, text: str, said: str) -> bool:
        """Whether a sentence speaks of what another text does."""
        shared = telling(text) & telling(said, dates=False)
        return bool(shared) or self._meanings.alike(text, said) >= weights.DENIED

    def _agrees(self, quote: Quote, heading: Heading) -> bool:
        """Whether another article's sentence tells what the headline does."""
        alike = self._meanings.alike(quote.text, heading.title)
        return quote.event >= weights.HALF or alike >= weights.SAME_NEWS

    def _is_one_event(self, first: Quote, heading: Heading) -> bool:
        """Whether a sentence means what the headline does, or nearly and has most of its words."""
        alike = self._meanings.alike(first.text, heading.title)
        return alike >= weights.ONE_EVENT or (
            alike >= weights.NEARLY_ONE_EVENT and first.event >= weights.HALF
        )

    def _stages_differ(self, heading: Heading, below: Sequence[Quote]) -> bool:
        """Whether the headline tells what happened and the sentence right below it what is still to
        come; further ones may tell what follows."""
        title, first = (
            tells_of_past(t, self._tongue) for t in (heading.title, below[0].sentences[0])
        )
        return title is True and first is False
