"""Adds sentences to a headline and the first one below it, until the post tells what the articles
agree on: each step takes the sentence with which the fewest faults are left and that tells most of
what is untold, as in summaries that cover a set of facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.news import weights
from agent.news.answers import denies
from agent.news.below import Sentences
from agent.news.faults import Faults
from agent.news.heading import Heading
from agent.news.obligations import advises
from agent.news.quotes import Quote
from agent.news.telling import Telling

MOST_SENTENCES: Final = 4
MOST_CHARS: Final = 720
"""Characters of all sentences: a post is read at a glance."""
MOST_OPTIONS: Final = 6
"""Sentences that are tried at each step."""
TOO_LITTLE: Final = frozenset({"adds nothing", "repeats the headline"})
LEAST_SHARED: Final = 0.01
"""How much of what several articles tell a sentence must tell that is there to tell more: others
are of something else."""
FEW_FAULTS: Final = 1
"""Faults of a post that another sentence in the place of one may remove."""
CLEARLY_BETTER: Final = 1.5
"""How much better another sentence must be below the headline than the first one."""
MOST_EXCHANGED: Final = 3
OF_A_FAULT: Final = 0.15
"""How much of what is untold a sentence may leave untold for each fault that it removes."""
OF_LENGTH: Final = 0.0004
"""How much more a sentence must tell for each of its characters."""
OF_FIT: Final = 0.1
"""How much it counts how well a sentence goes with the others."""
REPAIRED: Final = frozenset(
    {"unanswered", "another event", "adds nothing", "repeats the headline", "terms", "place"}
    | {"leaves out", "leaves out deaths", "leaves out much", "not borne out", "adds deaths"}
    | {"lacks a country", "lacks a qualifier", "hushes", "own number", "town", "day", "unproved"}
    | {"missing", "unbacked", "not carried", "whose forces", "unexplained", "names", "numbers"}
    | {"unhurt", "victims", "advice", "other places"}
)
"""The faults that another sentence may remove."""


@dataclass(frozen=True, slots=True)
class Post:
    """A headline with the sentences below it, and their faults."""

    heading: Heading
    below: tuple[Quote, ...]
    faults: frozenset[str]
    fit: float = 1.0
    """How well (0 to 1) the sentences go together."""


class Composer:
    """Completes posts of one story."""

    def __init__(self, sentences: Sentences, faults: Faults, telling: Telling) -> None:
        self._sentences = sentences
        self._faults = faults
        self._telling = telling

    def begun(self, heading: Heading, first: Quote) -> Post:
        """A post of a headline and one sentence."""
        return self._post(heading, (first,))

    def completed(self, post: Post, quotes: Sequence[Quote]) -> Post:
        """A post with the sentences of ``quotes`` that it needs."""
        while len(post.below) < MOST_SENTENCES:
            further = max(self._further(post, quotes), key=lambda each: each[0], default=None)
            if further is None:
                break
            post = further[1]
        if post.faults and len(post.faults) <= FEW_FAULTS and post.faults <= REPAIRED:
            post = min((post, *self._exchanged(post, quotes)), key=lambda each: len(each.faults))
        return self._in_order(post)

    def _exchanged(self, post: Post, quotes: Sequence[Quote]) -> Iterator[Post]:
        """A post with one of its sentences exchanged for another."""
        for place in range(len(post.below)):
            before, after = post.below[:place], post.below[place + 1 :]
            rest = Post(post.heading, (*before, *after), post.faults)
            room = MOST_CHARS - sum(len(quote.text) for quote in rest.below)
            fitting = [q for q in quotes if len(q.text) <= room and q not in post.below]
            for quote in self._options(rest, fitting)[:MOST_EXCHANGED]:
                yield self._post(post.heading, (*before, quote, *after))

    def _in_order(self, post: Post) -> Post:
        """A post that begins with the sentence that goes best below its headline."""
        worth = [self._sentences.as_first(quote, post.heading) for quote in post.below]
        place = max(range(len(worth)), key=lambda n: worth[n])
        if worth[place] <= CLEARLY_BETTER * worth[0]:
            return post
        below = (post.below[place], *post.below[:place], *post.below[place + 1 :])
        ordered = self._post(post.heading, below)
        return ordered if len(ordered.faults) <= len(post.faults) else post

    def _further(self, post: Post, quotes: Sequence[Quote]) -> Iterator[tuple[float, Post]]:
        """A post with each of the sentences that make it better, and by how much."""
        room = MOST_CHARS - sum(len(quote.text) for quote in post.below)
        for quote in self._options(post, [q for q in quotes if len(q.text) <= room]):
            longer = self._post(post.heading, (*post.below, quote))
            if (longer.faults - post.faults) - REPAIRED or len(longer.faults) > len(post.faults):
                continue
            repaired = len(post.faults) - len(longer.faults)
            only_longer = post.faults - longer.faults <= TOO_LITTLE
            gain = self._telling.gain(post.heading, post.below, quote)
            gain += self._telling.paid(post.heading, post.below, quote)
            if only_longer and gain < LEAST_SHARED:
                continue
            wanted = repaired or (post.faults & REPAIRED and gain >= weights.LEAST_GAIN)
            if wanted or self._telling.tells_more(post.heading, post.below, quote):
                fit = self._sentences.as_further(quote, post.below, post.heading)
                worth = gain + OF_A_FAULT * repaired + OF_FIT * fit - OF_LENGTH * len(quote.text)
                yield worth, longer

    def _options(self, post: Post, quotes: Sequence[Quote]) -> list[Quote]:
        """The sentences to try: those that tell most of what is untold, denials, and advice."""
        heading, below = post.heading, post.below

        def worth(quote: Quote) -> float:
            gain = self._telling.gain(heading, below, quote)
            gain += self._telling.paid(heading, below, quote)
            owed = "unanswered" in post.faults and denies(quote.text)
            owed |= "advice" in post.faults and advises(quote.text)
            return (gain + OF_A_FAULT * owed) * quote.plain - OF_LENGTH * len(quote.text)

        following = self._sentences.following(below, quotes, heading)
        near = [
            quote
            for quote in following
            if quote.plain >= weights.CLEAR or quote.position <= weights.LATEST_POSITION
        ]
        return sorted(near, key=worth, reverse=True)[:MOST_OPTIONS]

    def _post(self, heading: Heading, below: tuple[Quote, ...]) -> Post:
        fit = 1.0
        for place, quote in enumerate(below[1:], 1):
            fit *= 0.7 + 0.3 * self._sentences.as_further(quote, below[:place], heading)
        return Post(heading, below, frozenset(self._faults.of(heading, below)), fit)
