"""Trains the networks of phrases (:mod:`agent.research.phrase_model`) on labelled requests.

What the first one sees of a phrase includes what the model of words says, which is surer of
requests it was trained on than of others; so each request is read with a model of words that was
trained without it. What the second one sees of the first one and of the text encoder comes from
such as have not seen the request, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.language.identification import get_request_language
from agent.research import phrase_model
from agent.research.east_asian_phrases import CUT_LANGUAGES, tag_east_asian
from agent.research.encoded_names import EncodedNames, encode_names
from agent.research.learned_names import LANGUAGES, Weights
from agent.research.phrase_model import (
    PhraseWeights,
    get_meanings,
    get_scores,
    inputs_of,
    with_encoded_facts,
)
from agent.research.phrases import (
    Facts,
    Span,
    TaggedRequest,
    find_phrases,
    get_facts,
    tag_request,
)
from agent.research.subjects import is_east_asian, without_titles
from agent.research.words import get_words
from evaluation import field_training
from evaluation.field_training import Example
from evaluation.linear_training import pack, whole_numbers
from evaluation.planner_bench import Prompt, is_match, is_same

MIN_PHRASES: Final = 15
"""In so many phrases a fact must be to be learned."""
AS_WRITTEN: Final = 1.0
"""What a request counts as it was written."""
_LOWERED: Final = 0.5
"""What the copy of a request in lower case counts."""
_EVERYDAY: Final = 1.0
"""What a prompt of the everyday files counts."""
_LEVELS: Final = 2000
_DATA: Final = Path(phrase_model.__file__).parent / "data"
TARGET: Final = _DATA / phrase_model.WEIGHTS
ENCODED_TARGET: Final = _DATA / phrase_model.ENCODED_WEIGHTS
EAST_ASIAN_TARGET: Final = _DATA / phrase_model.EAST_ASIAN_WEIGHTS


@dataclass(frozen=True, eq=False)
class TaughtPhrases:
    """The phrases of a request: where they stand, the facts of each, what they mean, whether each
    is to be looked up (None where that is open), and how much the request counts."""

    request: TaggedRequest
    spans: Sequence[Span]
    facts: Sequence[Facts]
    meanings: npt.NDArray[np.float32]
    wanted: Sequence[bool | None]
    counts: float


def get_phrases(
    prompt: Prompt,
    weights: Weights,
    *,
    everyday: bool = False,
    encode: Callable[[str], EncodedNames | None] = encode_names,
) -> list[TaughtPhrases]:
    """A request and the copy of it in lower case, as they are taught; ``weights`` are the model of
    words by which it is read, ``encode`` asks the text encoder, and ``everyday`` prompts name
    nothing."""
    lowered = prompt.text.lower()
    copies = [(prompt.text, _EVERYDAY if everyday else AS_WRITTEN)]
    if lowered != prompt.text and len(lowered) == len(prompt.text) and not everyday:
        copies.append((lowered, _LOWERED))
    read = (_taught(copy, prompt, weights, encode(copy), counts=worth) for copy, worth in copies)
    return [taught for taught in read if taught is not None]


def _taught(
    whole: str,
    prompt: Prompt,
    weights: Weights,
    encoded: EncodedNames | None,
    *,
    counts: float,
) -> TaughtPhrases | None:
    text = without_titles(whole)
    language = get_request_language(text)
    if is_east_asian(text):
        if language not in CUT_LANGUAGES:
            return None
        request = tag_east_asian(text, language, encoded=encoded)
    else:
        words = get_words(text, language)
        if not words or language not in LANGUAGES:
            return None
        request = tag_request(text, words, language, weights=weights, encoded=encoded)
    spans = find_phrases(request)
    if not spans:
        return None
    texts = [request.text_of(span) for span in spans]
    facts = [get_facts(request, span) for span in spans]
    labels = labels_of(texts, prompt.subjects or ())
    return TaughtPhrases(request, spans, facts, get_meanings(text, texts), labels, counts)


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
    """Trains the first network on labelled requests. The same requests give the same weights."""
    names = _often([request.facts for request in taught])
    examples = [
        Example(
            inputs_of(names, request.facts, request.meanings),
            request.spans, request.wanted, request.counts,
        )
        for request in taught
    ]  # fmt: skip
    return PhraseWeights(names, *field_training.fit(examples))


def score(weights: PhraseWeights, taught: TaughtPhrases) -> list[float]:
    """What the first network says of the phrases of a request."""
    inputs = inputs_of(weights.facts, taught.facts, taught.meanings)
    scores: list[float] = get_scores(weights, inputs).tolist()
    return scores


def fit_encoded(
    scored: Sequence[tuple[TaughtPhrases, Sequence[float]]], *, east_asian: bool = False
) -> PhraseWeights | None:
    """Trains the second network on labelled requests that the encoder has read, with what the first
    network, trained without them, says of their phrases: on those in Chinese, Japanese and Korean
    alone where ``east_asian``, else on all. None where there are none."""
    read = [
        (taught, with_encoded_facts(taught.request, taught.spans, taught.facts, scores))
        for taught, scores in scored
        if taught.request.encoded is not None
        and (not east_asian or taught.request.things is not None)
    ]
    if not read:
        return None
    names = _often([facts for _, facts in read])
    examples = [
        Example(inputs_of(names, facts), taught.spans, taught.wanted, taught.counts)
        for taught, facts in read
    ]
    return PhraseWeights(names, *field_training.fit(examples))


def _often(requests: Sequence[Sequence[Facts]]) -> list[str]:
    counts = Counter(name for facts in requests for own in facts for name in own)
    return sorted(name for name, count in counts.items() if count >= MIN_PHRASES)


def write(weights: PhraseWeights, target: Path = TARGET) -> None:
    """Writes the weights as ``agent.research.phrase_model`` reads them."""
    arrays = {
        name: whole_numbers(getattr(weights, name), levels=_LEVELS)
        for name in ("hidden", "output", "direct")
    }
    pack({"facts": list(weights.facts), **arrays}, target)
