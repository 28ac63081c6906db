"""Trains the network of phrases (:mod:`agent.research.phrase_model`) on labelled requests.

What it sees of a phrase includes what the model of words says, which is surer of requests it was
trained on than of others; so each request is read with a model of words that was trained without
it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.language.identification import get_request_language
from agent.research import phrase_model
from agent.research.east_asian_phrases import CUT_LANGUAGES, tag_east_asian
from agent.research.learned_names import LANGUAGES, Weights
from agent.research.phrase_model import PhraseWeights, get_meanings, inputs_of
from agent.research.phrases import Facts, Span, find_phrases, get_facts, tag_request
from agent.research.subjects import is_east_asian, without_titles
from agent.research.words import get_words
from evaluation import field_training
from evaluation.field_training import Example
from evaluation.linear_training import pack, whole_numbers
from evaluation.planner_bench import Prompt, is_match, is_same

MIN_PHRASES: Final = 15
"""In so many phrases a fact must be to be learned."""
_LOWERED: Final = 0.5
"""What the copy of a request in lower case counts."""
_EVERYDAY: Final = 1.0
"""What a prompt of the everyday files counts."""
_LEVELS: Final = 2000
_TARGET: Final = Path(phrase_model.__file__).parent / "data" / phrase_model.WEIGHTS


@dataclass(frozen=True, eq=False)
class TaughtPhrases:
    """The phrases of a request: where they stand, the facts of each, what they mean, whether each
    is to be looked up (None where that is open), and how much the request counts."""

    spans: Sequence[Span]
    facts: Sequence[Facts]
    meanings: npt.NDArray[np.float32]
    wanted: Sequence[bool | None]
    counts: float


def get_phrases(prompt: Prompt, weights: Weights, *, everyday: bool = False) -> list[TaughtPhrases]:
    """A request and the copy of it in lower case, as they are taught; ``weights`` are the model of
    words by which it is read, ``everyday`` prompts name nothing."""
    text = without_titles(prompt.text)
    lowered = text.lower()
    copies = [(text, _EVERYDAY if everyday else 1.0)]
    if lowered != text and len(lowered) == len(text) and not everyday:
        copies.append((lowered, _LOWERED))
    read = (_taught(copy, prompt, weights, counts=worth) for copy, worth in copies)
    return [taught for taught in read if taught is not None]


def _taught(text: str, prompt: Prompt, weights: Weights, *, counts: float) -> TaughtPhrases | None:
    language = get_request_language(text)
    if is_east_asian(text):
        if language not in CUT_LANGUAGES:
            return None
        request = tag_east_asian(text, language)
    else:
        words = get_words(text, language)
        if not words or language not in LANGUAGES:
            return None
        request = tag_request(text, words, language, weights=weights)
    spans = find_phrases(request)
    if not spans:
        return None
    texts = [request.text_of(span) for span in spans]
    facts = [get_facts(request, span) for span in spans]
    labels = labels_of(texts, prompt.subjects or ())
    return TaughtPhrases(spans, facts, get_meanings(text, texts), labels, counts)


def labels_of(texts: Sequence[str], subjects: Sequence[str]) -> list[bool | None]:
    """Which phrases are a labelled subject. Those that say more than one, or what may be left out,
    are open; of a subject that no phrase is, the shortest that says more counts."""
    needed = [subject for subject in subjects if not subject.startswith("?")]
    labels: list[bool | None] = []
    for text in texts:
        if any(is_same(text, subject) for subject in needed):
            labels.append(True)
        else:
            matched = any(is_match(text, subject.removeprefix("?")) for subject in subjects)
            labels.append(None if matched else False)
    for subject in needed:
        says = [n for n, text in enumerate(texts) if is_match(text, subject)]
        if says and not any(labels[n] for n in says):
            labels[min(says, key=lambda n: len(texts[n]))] = True
    return labels


def fit(taught: Sequence[TaughtPhrases]) -> PhraseWeights:
    """Trains on labelled requests. The same requests give the same weights."""
    counts = Counter(name for request in taught for own in request.facts for name in own)
    names = sorted(name for name, count in counts.items() if count >= MIN_PHRASES)
    examples = [
        Example(
            inputs_of(names, request.facts, request.meanings),
            request.spans, request.wanted, request.counts,
        )
        for request in taught
    ]  # fmt: skip
    return PhraseWeights(names, *field_training.fit(examples))


def write(weights: PhraseWeights, target: Path = _TARGET) -> None:
    """Writes the weights as ``agent.research.phrase_model`` reads them."""
    arrays = {
        name: whole_numbers(getattr(weights, name), levels=_LEVELS)
        for name in ("hidden", "output", "direct")
    }
    pack({"facts": list(weights.facts), **arrays}, target)
