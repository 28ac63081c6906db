"""How near texts are to what a story's pages have in common, by the meaning of their sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from agent.news.quoting import is_furniture, without_dateline
from agent.news.reading import ReadPage
from domain.sentence_vectors import sentence_vectors
from domain.sentences import sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

LEAD_SENTENCES: Final = 2
"""Sentences of a page that tell, with its headline, what it is about."""
TITLE_SHARE: Final = 0.5
MOST_REMEMBERED: Final = 400


class Meanings:
    """Compares texts with each other and with the middle of a story's headlines and first
    sentences. It asks for many vectors: use it in a thread."""

    def __init__(self, pages: Sequence[ReadPage]) -> None:
        self._known: dict[str, Vector] = {}
        self._middle = self._middle_of(pages)

    def learn(self, texts: Sequence[str]) -> None:
        """Look up the vectors of several texts at once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, sentence_vectors(new), strict=True))

    def central(self, text: str) -> float:
        """How near (-1 to 1) a text is to what all pages tell."""
        return float(self._of(text) @ self._middle)

    def alike(self, one: str, other: str) -> float:
        """How near (-1 to 1) two texts are to each other."""
        return float(self._of(one) @ self._of(other))

    def likenesses(self, some: Sequence[str], others: Sequence[str]) -> NDArray[np.float32]:
        """How near (-1 to 1) each of some texts is to each of others, ``(some, others)``."""
        import numpy as np

        self.learn([*some, *others])
        ours, theirs = (np.stack([self._known[t] for t in texts]) for texts in (some, others))
        return np.asarray(ours @ theirs.T, dtype=np.float32)

    def _of(self, text: str) -> Vector:
        if text not in self._known:
            self.learn([text])
        return self._known[text]

    def _middle_of(self, pages: Sequence[ReadPage]) -> Vector:
        import numpy as np

        leads = [lead_of(page) for page in pages]
        self.learn(
            [text for page, lead in zip(pages, leads, strict=True) for text in (page.title, *lead)]
        )
        middles: list[Vector] = []
        for page, lead in zip(pages, leads, strict=True):
            body = np.mean([self._of(text) for text in lead or (page.title,)], axis=0)
            middles.append(_unit(TITLE_SHARE * self._of(page.title) + (1 - TITLE_SHARE) * body))
        return _unit(np.mean(middles, axis=0))


def lead_of(page: ReadPage, count: int = LEAD_SENTENCES) -> list[str]:
    """The first sentences of a page."""
    said = (without_dateline(each.text) for each in sentences(page.text))
    return [text for text in said if not is_furniture(text)][:count]


def _unit(vector: Vector) -> Vector:
    import numpy as np

    return vector / max(float(np.linalg.norm(vector)), 1e-9)
