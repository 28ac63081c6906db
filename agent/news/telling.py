"""What a post tells of what its story's articles tell, and what another sentence adds to it."""

from __future__ import annotations

from collections.abc import Sequence

from agent.news import weights
from agent.news.essentials import Essentials
from agent.news.heading import Heading
from agent.news.obligations import Obligations
from agent.news.quotes import Quote
from agent.news.states import says_unhurt, tells_harm


class Telling:
    """Measures posts, each a headline and the sentences ``below`` it; ``own`` are sentences that a
    post adds itself where no quotation tells the same."""

    def __init__(
        self, essentials: Essentials, obligations: Obligations, *, own: Sequence[str] = ()
    ) -> None:
        self._essentials = essentials
        self._obligations = obligations
        self._own = own

    def covered(self, heading: Heading, below: Sequence[Quote]) -> float:
        """How much (0 to 1) of what several articles tell a post tells."""
        return self._essentials.coverage(_texts(heading, below))

    def gain(self, heading: Heading, below: Sequence[Quote], another: Quote) -> float:
        """How much more of it another sentence tells."""
        return self.covered(heading, (*below, another)) - self.covered(heading, below)

    def tells_more(self, heading: Heading, below: Sequence[Quote], another: Quote) -> bool:
        """Whether another sentence tells something that half of the articles tell and a post does
        not, or much of what several tell."""
        gain = self.gain(heading, below, another)
        much = (
            gain >= weights.MUCH_GAIN
            or _adds_victims(_texts(heading, below), another)
            or self._grants(heading, below, another) > 0
        )
        if much and another.plain >= weights.CLEAR:
            return True
        return gain >= weights.LEAST_GAIN and self.adds_fact(heading, below, another)

    def adds_fact(self, heading: Heading, below: Sequence[Quote], another: Quote) -> bool:
        """Whether another sentence tells something that half of the articles tell and a post does
        not."""
        return self._essentials.adds_fact(_texts(heading, below), another.text)

    def owed(self, heading: Heading, below: Sequence[Quote]) -> frozenset[str]:
        """What readers must be told and a post does not tell."""
        return self._obligations.missing([*_texts(heading, below), *self._own])

    def paid(self, heading: Heading, below: Sequence[Quote], another: Quote) -> float:
        """How many more (0 to 1) of the names and numbers that readers must be told a post has with
        another sentence, and how much of what they wish to know."""
        told = _texts(heading, below)
        share = self._obligations.share
        granted = weights.OF_A_WISH * self._grants(heading, below, another)
        return share([*told, another.text]) - share(told) + granted

    def _grants(self, heading: Heading, below: Sequence[Quote], another: Quote) -> int:
        """How many kinds of what readers wish to know only another sentence tells."""
        told = _texts(heading, below)
        wishes = self._obligations.wishes
        return len(wishes(told)) - len(wishes([*told, another.text]))

    def repeats(self, heading: Heading, below: Sequence[Quote], another: Quote) -> bool:
        """Whether another sentence says what a post says without it, or little more."""
        told = _texts(heading, below)
        return not (
            _adds_victims(told, another)
            or self.gain(heading, below, another) >= weights.MUCH_GAIN
            or self._essentials.adds_name(told, another.text)
            or self.adds_fact(heading, below, another)
            or self.owed(heading, below) - self.owed(heading, (*below, another))
            or self.paid(heading, below, another) > 0
        )


def _texts(heading: Heading, below: Sequence[Quote]) -> list[str]:
    return [heading.title, *(quote.text for quote in below)]


def _adds_victims(told: Sequence[str], another: Quote) -> bool:
    """Whether a sentence tells of victims, or that there were none, and no other text does."""
    return _tells_victims(another.text) and not any(map(_tells_victims, told))


def _tells_victims(text: str) -> bool:
    """Whether a text tells of people killed or hurt, or that there were none."""
    return tells_harm(text) or says_unhurt(text)
