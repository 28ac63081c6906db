"""What several of a story's articles tell, and how much of it a post tells.

A post is a few sentences of several articles. What one article alone tells may be left out; what
most of them tell, readers must get: that nobody was hurt, in which town, that an attack goes on.
Sentences and words at the beginning of the articles count by how many articles have them, as in
summaries of several documents (Lin and Bilmes, ACL 2011).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from agent.news.clauses import clauses, is_credit
from agent.news.features import telling, tokens
from agent.news.likeness import Meanings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shares = NDArray[np.float32]

UNLIKE, SAME = 0.3, 0.7
"""Likenesses of two sentences that tell nothing, and all, of each other."""
UNTOLD, TOLD = 0.4, 0.6
"""Shares of a fact that count as untold, and as told."""
OF_ALL: Final = 0.9
"""The weight of a name that all of the articles have."""
LEAST_FACT: Final = 0.16
"""The weight of a fact that half of the other articles tell, in the third sentence."""
TELLS_SAME: Final = 0.5
"""The likeness from which on two articles' sentences tell one thing."""
OF_THE_WORDS: Final = 0.6
"""The share of the common words' weight that a short text can have."""
FIRST: Final = 2
"""Sentences into an article after which one counts half."""


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences of one article that tell what is news, from its headline on, and the number of
    its text: copies of one text have the same."""

    sentences: tuple[str, ...]
    text: int


class Essentials:
    """What several articles of a story tell."""

    def __init__(self, articles: Sequence[Told], meanings: Meanings) -> None:
        import numpy as np

        self._meanings = meanings
        meanings.learn([c for each in articles for text in each.sentences for c in clauses(text)])
        self._others = max(1, len({article.text for article in articles}) - 1)
        common = self._weighted_facts(articles)
        self._facts = list(common)
        self._weights = np.array(list(common.values()), dtype=np.float32)
        self._words = self._weighted_words(articles)
        self._held: dict[str, Shares] = {}

    def coverage(self, texts: Sequence[str]) -> float:
        """The share (0 to 1) of it that texts tell, half by meaning and half by words."""
        return (self._by_meaning(texts) + self._by_words(texts)) / 2

    def adds_fact(self, texts: Sequence[str], another: str) -> bool:
        """Whether another text tells something that half of the other articles tell at their
        beginning and the texts do not."""
        import numpy as np

        if not self._facts:
            return False
        told = np.max([self._shares_of(text) for text in texts], axis=0)
        news = (told <= UNTOLD) & (self._shares_of(another) >= TOLD)
        return bool(np.any(news & (self._weights >= LEAST_FACT)))

    def adds_name(self, texts: Sequence[str], another: str) -> bool:
        """Whether another text has a name that all articles have and the texts lack."""
        said = frozenset(chain.from_iterable(map(telling, texts)))
        named = (t.text for t in tokens(another) if t.capital and not t.opens)
        new = frozenset(chain.from_iterable(map(telling, named))) - said
        return any(self._words.get(word, 0.0) >= OF_ALL for word in new)

    def _by_meaning(self, texts: Sequence[str]) -> float:
        import numpy as np

        if not self._facts or not texts:
            return 1.0
        best = np.max([self._shares_of(text) for text in texts], axis=0)
        return float(best @ self._weights / self._weights.sum())

    def _shares_of(self, text: str) -> Shares:
        """How much of each common fact a text tells."""
        import numpy as np

        if text not in self._held:
            alike = self._meanings.likenesses(self._facts, _units(text)).max(axis=1)
            self._held[text] = np.clip((alike - UNLIKE) / (SAME - UNLIKE), 0, 1)
        return self._held[text]

    def _by_words(self, texts: Sequence[str]) -> float:
        total = OF_THE_WORDS * sum(self._words.values())
        if not total:
            return 1.0
        said = frozenset(chain.from_iterable(map(telling, texts)))
        return min(1.0, sum(self._words[word] for word in said & self._words.keys()) / total)

    def _weighted_facts(self, articles: Sequence[Told]) -> Mapping[str, float]:
        """Each clause whose like others tell too, by how many and how early it stands."""
        import numpy as np

        placed = [
            (article.text, place, clause)
            for article in articles
            for place, sentence in enumerate(article.sentences)
            for clause in clauses(sentence)
            if not is_credit(clause)
        ]
        told = [clause for _text, _place, clause in placed]
        same = self._meanings.likenesses(told, told) >= TELLS_SAME
        of_text = np.array([text for text, _place, _clause in placed])
        found: dict[str, float] = {}
        for (text, place, clause), row in zip(placed, same, strict=True):
            others = set(of_text[row].tolist()) - {text}
            if others:
                found[clause] = len(others) / self._others / (1 + place / FIRST)
        return found

    def _weighted_words(self, articles: Sequence[Told]) -> Mapping[str, float]:
        """Each telling word that others have too, by how many."""
        by_text: dict[int, frozenset[str]] = {}
        for article in articles:
            said = frozenset(chain.from_iterable(map(telling, article.sentences)))
            by_text[article.text] = by_text.get(article.text, frozenset()) | said
        counts = Counter(chain.from_iterable(by_text.values()))
        return {
            word: ((count - 1) / self._others) ** 2 for word, count in counts.items() if count > 1
        }


def _units(text: str) -> list[str]:
    """A text and its clauses."""
    return list(dict.fromkeys((text, *clauses(text))))
