"""Phrases of a request that may be what it names, and how each stands in it: what the rules and
the model of words say of its words and of those beside it, how it is written, how common it is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from agent.language.frequencies import get_zipf
from agent.research.chunks import chunks_of
from agent.research.encoded_names import LEAST_LOG, EncodedNames, Part
from agent.research.known_names import get_article_titles, title_key
from agent.research.learned_names import Weights, get_probabilities, with_learned_names
from agent.research.name_features import get_lists, get_roles
from agent.research.names import Names, find_names, is_year
from agent.research.rarity import CAPITALS_SAY_NOTHING
from agent.research.words import Word

MAX_PHRASE_WORDS: Final = 7
MAX_PHRASES: Final = 14
"""Phrases of a request that are looked at closely, the likeliest ones."""
_LEAST_SHARE: Final = 1e-4
_TITLE_WORD: Final = 4.2
"""Zipf frequency below which a word alone is tried as the title of an article."""
_NO_NEIGHBOUR: Final = -6.0
"""Stands for the log odds of a word that is not there."""
_ENDS: Final = ("the", "a", "my")
_SHOWN_ROLES: Final = ("of", "the")
_LIKELY_LOG: Final = -4.0
"""Logarithm of the probability from which a phrase is looked at that the encoder names."""
_STEPS: Final = (-0.15, -0.5, -1.0, -2.0, -3.5, -6.0)
"""Logarithms of the probability of a phrase, between which the network may bend."""
_LISTS: Final = "gfdpnwicPCD"
"""The letters of the lists, as :func:`agent.research.name_features.get_lists` gives them."""

_SCRIPTS: Final = {
    "a": re.compile(r"[A-Za-z]"),
    "h": re.compile(r"[\u3041-\u3096]"),
    "k": re.compile(r"[\u30a1-\u30fa]"),
    "c": re.compile(r"[\u3400-\u9fff]"),
    "g": re.compile(r"[\uac00-\ud7af]"),
}
Span = tuple[int, int]
"""The numbers of the first word of a phrase and of the one behind it."""
Facts = Mapping[str, float]


@dataclass(frozen=True)
class TaggedRequest:
    """The words of a request with what rules and the model of words say of them."""

    text: str
    words: Sequence[Word]
    language: str
    rules: Names
    names: Names
    """What the model of words makes of the rules' names."""
    odds: Sequence[float]
    """The log odds that a word belongs to a name."""
    roles: Sequence[str]
    things: Mapping[Span, bool] | None = None
    """What it speaks of, where other rules than those of :mod:`agent.research.chunks` say it."""
    encoded: EncodedNames | None = None
    """What the text encoder says; None where it cannot be asked."""

    @cached_property
    def found(self) -> Mapping[Span, bool]:
        """What it speaks of, and whether that is a name, by the rules and the model of words."""
        if self.things is not None:
            return self.things
        return _spans(self.words, self.names, self.language)

    @cached_property
    def found_by_rules(self) -> Mapping[Span, bool]:
        """The same by the rules alone."""
        if self.things is not None:
            return self.things
        return _spans(self.words, self.rules, self.language)

    @cached_property
    def titles(self) -> frozenset[Span]:
        """The phrases that are titles of articles which many read."""
        known = get_article_titles()
        keys = [title_key(word.text) for word in self.words]
        return frozenset(
            (first, end)
            for first in range(len(keys))
            for end in range(first + 1, min(len(keys), first + MAX_PHRASE_WORDS) + 1)
            if " ".join(keys[first:end]) in known
        )

    def place_of(self, span: Span) -> tuple[int, int]:
        """The characters of a phrase, without the genitive behind it."""
        last = self.words[span[1] - 1]
        start = self.words[span[0]].start
        end = last.start + len(last.name if self.language == "tr" else last.text)
        return start, end - 2 if self.text[start:end].endswith(("'s", "’s")) else end

    def text_of(self, span: Span) -> str:
        """A phrase as it stands in the request, without the genitive behind it."""
        start, end = self.place_of(span)
        return " ".join(self.text[start:end].split())

    @cached_property
    def parts(self) -> Mapping[Span, Part]:
        """The phrases that the encoder has read, by their pieces."""
        encoded, count = self.encoded, len(self.words)
        if encoded is None:
            return {}
        spans = (
            (first, end)
            for first in range(count)
            for end in range(first + 1, min(count, first + MAX_PHRASE_WORDS) + 1)
        )
        parts = ((span, encoded.part(*self.place_of(span))) for span in spans)
        return {span: part for span, part in parts if part is not None}

    @cached_property
    def exact(self) -> Mapping[Span, float]:
        """The logarithms of the probability that just this phrase is a name, by the encoder."""
        encoded = self.encoded
        return {span: encoded.exact(part) for span, part in self.parts.items()} if encoded else {}

    def plain_of(self, span: Span) -> list[str]:
        """The words of a phrase that say something, in lower case."""
        return [self.words[number].plain for number in self.content(span)]

    def content(self, span: Span) -> list[int]:
        """The numbers of the words of a phrase that are no small ones, or all."""
        own = range(*span)
        return [number for number in own if not self.roles[number]] or list(own)


def tag_request(
    text: str,
    words: Sequence[Word],
    language: str,
    *,
    weights: Weights | None = None,
    encoded: EncodedNames | None = None,
) -> TaggedRequest:
    """What is known of the words of a request. Reads word lists: call it in a thread."""
    rules = find_names(text, words, language)
    names = with_learned_names(words, rules, language, weights=weights)
    shares = get_probabilities(words, rules, language, weights=weights)
    return TaggedRequest(
        text, words, language, rules, names,
        odds=[_log_odds(share) for share in shares], roles=get_roles(words, language),
        encoded=encoded,
    )  # fmt: skip


def find_phrases(request: TaggedRequest) -> list[Span]:
    """The phrases that are most likely a name, likeliest first: what was found so far, what the
    encoder names, titles of articles, and what the model of words thinks well of."""
    likely = {span for span, log in request.exact.items() if log >= _LIKELY_LOG}
    likely = {span for span in likely if not _has_small_ends(request, span)}
    spans = likely.union(_tried(request))

    def order(span: Span) -> tuple[bool, float, bool, float, Span]:
        odds = [request.odds[n] for n in request.content(span)]
        named = -request.exact[span] if span in likely else -_LIKELY_LOG
        return (
            span not in request.found, named, not _is_title(request, span),
            -sum(odds) / len(odds), span,
        )  # fmt: skip

    return sorted(spans, key=order)[:MAX_PHRASES]


def _tried(request: TaggedRequest) -> Iterator[Span]:
    """The runs of words without a small word at their ends."""
    words, roles, marked = request.words, request.roles, request.rules.words
    for first in range(len(words)):
        for end in range(first + 1, min(len(words), first + MAX_PHRASE_WORDS) + 1):
            last = end - 1
            if last > first and words[last].opens and last not in request.names.joined:
                break
            small = any(roles[n] and n not in marked for n in (first, last))
            if small and (first, end) not in request.found:
                continue
            if not _has_small_ends(request, (first, end)):
                yield first, end


def _has_small_ends(request: TaggedRequest, span: Span) -> bool:
    ends = _ENDS if request.things is None else (*_ENDS, "of")
    return any(request.roles[number] in ends for number in (span[0], span[1] - 1))


def _is_title(request: TaggedRequest, span: Span) -> bool:
    """Whether the whole phrase is the title of an article, and no common word."""
    several = span[1] - span[0] > 1
    common = get_zipf(request.words[span[0]].plain, request.language) >= _TITLE_WORD
    return span in request.titles and (several or not common)


def get_facts(request: TaggedRequest, span: Span) -> Facts:
    """What is known of a phrase, as numbers by names; what is missing is 0."""
    facts = [
        *_odds_facts(request, span),
        *_neighbour_facts(request, span),
        *_found_facts(request, span),
        *_written_facts(request, span),
        *_frequency_facts(request, span),
        *_title_facts(request, span),
    ]
    return {name: float(value) for name, value in facts if value}


def get_encoded_facts(request: TaggedRequest, span: Span) -> Facts:
    """What the text encoder says of a phrase, in the same form."""
    return {name: float(value) for name, value in _encoded_facts(request, span) if value}


def _odds_facts(request: TaggedRequest, span: Span) -> Iterator[tuple[str, float]]:
    """The log odds of its words, and of all."""
    inside = [request.odds[n] for n in request.content(span)]
    yield "odds min", min(inside) / 4
    yield "odds max", max(inside) / 4
    yield "odds mean", sum(inside) / len(inside) / 4
    yield "odds sum", sum(inside) / 12
    yield "odds of all", max(request.odds) / 4
    count = len(request.words)
    yield "request length", min(count, 20) / 10
    yield "place", min(span[0], 8) / 4
    yield "share of all", (span[1] - span[0]) / count


def _neighbour_facts(request: TaggedRequest, span: Span) -> Iterator[tuple[str, float]]:
    """What stands beside it, and whether that goes on with it: "mosque | of djenne"."""
    (first, end), odds, roles, words = span, request.odds, request.roles, request.words
    before = first - 1 if first and not words[first].opens else None
    behind = end if end < len(words) and not words[end].opens else None
    for side, number in (("<", before), (">", behind)):
        yield f"{side} odds", (_NO_NEIGHBOUR if number is None else odds[number]) / 4
        yield f"{side} none", number is None
        yield f"{side} role {'|' if number is None else roles[number] or 'x'}", 1
        if number is not None:
            yield f"{side} rules", number in request.rules.words
            capital = words[number].text[0].isupper()
            yield f"{side} capital", capital and request.language not in CAPITALS_SAY_NOTHING
    if before and roles[before] == "the" and not words[before].opens:
        yield f"<< role {roles[before - 1] or 'x'}", 1
    if behind is not None and roles[behind] == "of" and behind + 1 < len(words):
        yield "> of", odds[behind + 1] / 4
    if before and roles[before] in _SHOWN_ROLES:
        at = before - (roles[before] == "the")
        if at > 0 and roles[at] == "of":
            yield "< of", odds[at - 1] / 4


def _found_facts(request: TaggedRequest, span: Span) -> Iterator[tuple[str, float]]:
    """How it lies to what the rules and the model of words found."""
    first, end = span
    own = request.found.get(span)
    yield "found name", own is True
    yield "found thing", own is False
    by_rules = request.found_by_rules.get(span)
    yield "rules name", by_rules is True
    yield "rules thing", by_rules is False
    others = [(other, named) for other, named in request.found.items() if other != span]
    for (start, stop), named in others:
        kind = "name" if named else "thing"
        if start <= first and end <= stop:
            yield f"inside {kind}", 1
        elif named and first <= start and stop <= end:
            yield "holds name", 1
        elif named and (start < first < stop or start < end < stop):
            yield "crosses name", 1
    yield "any name", any(request.found.values())
    content = request.content(span)
    yield "rules share", sum(n in request.rules.words for n in content) / len(content)
    yield "names share", sum(n in request.names.words for n in content) / len(content)
    yield "people share", sum(n in request.rules.people for n in content) / len(content)


def _written_facts(request: TaggedRequest, span: Span) -> Iterator[tuple[str, float]]:
    """How long it is and how it is written."""
    words, content = request.words, request.content(span)
    yield f"words {min(len(content), 5)}", 1
    yield f"length {min(span[1] - span[0], 6)}", 1
    yield f"capitals {_case(request)} {_capitals(request, span)}", 1
    yield f"case {_case(request)}", 1
    yield f"language {request.language}", 1
    yield f"script {_script(request.text_of(span))}", 1
    yield "digit", any(map(str.isdigit, request.text_of(span)))
    yield "year", any(is_year(words[n].plain) for n in content)


def _case(request: TaggedRequest) -> str:
    """Whether capitals say something here."""
    if request.language in CAPITALS_SAY_NOTHING:
        return "nothing"
    return "C" if any(w.text[0].isupper() and not w.begins_sentence for w in request.words) else "c"


def _capitals(request: TaggedRequest, span: Span) -> str:
    own = [request.words[n] for n in request.content(span)]
    raised = [word.text[0].isupper() and not word.shouted for word in own]
    which = "all" if all(raised) else "first" if raised[0] else "some" if any(raised) else "no"
    return which + "|" * request.words[span[0]].begins_sentence


def _script(text: str) -> str:
    """Which of the scripts of Japanese, Chinese and Korean it is written in."""
    used = {name for name, pattern in _SCRIPTS.items() if pattern.search(text)}
    return "".join(sorted(used))


def _frequency_facts(request: TaggedRequest, span: Span) -> Iterator[tuple[str, float]]:
    plain = request.plain_of(span)
    here = [get_zipf(word, request.language) for word in plain]
    english = [get_zipf(word, "en") for word in plain]
    yield "rarest", min(here) / 3
    yield "most frequent", max(here) / 3
    yield "frequency", sum(here) / len(plain) / 3
    yield "rarest in English", min(english) / 3
    yield "frequency in English", sum(english) / len(plain) / 3
    yield "unknown", min(here) == 0
    yield "more English", max(a - b for a, b in zip(english, here, strict=True)) / 3
    lists = [get_lists(word, request.language) for word in plain]
    for letter in _LISTS:
        yield f"list {letter}", sum(letter in found for found in lists) / len(plain)


def _title_facts(request: TaggedRequest, span: Span) -> Iterator[tuple[str, float]]:
    """Whether it, a part of it or more than it is the title of an article."""
    first, end = span
    if span in request.titles:
        content = request.content(span)
        rarest = min(get_zipf(request.words[n].plain, request.language) for n in content)
        yield "title", 1
        yield f"title {min(len(content), 3)}", 1
        yield f"title {min(len(content), 3)} z{int(rarest)}", 1
        yield f"title {_capitals(request, span).rstrip('|')}", 1
    others = [(a, b) for a, b in request.titles if (a, b) != span and b - a > 1]
    yield "holds title", any(first <= a and b <= end for a, b in others)
    yield "inside title", any(a <= first and end <= b for a, b in others)


def _encoded_facts(request: TaggedRequest, span: Span) -> Iterator[tuple[str, float]]:
    """What the encoder says of it, of what stands beside it and of the whole request."""
    encoded, part = request.encoded, request.parts.get(span)
    if encoded is None or part is None:
        return
    first, end = part
    begins, goes_on, ends = encoded.begins, encoded.goes_on, encoded.ends_before
    inside = goes_on[first + 1 : end]
    yield "encoded", 1
    yield "encoded begins", begins[first] / 4
    yield "encoded going on", sum(inside) / len(inside) / 4 if inside else 0
    yield "encoded least", min(inside, default=0.0) / 4
    yield "encoded end", ends[end] / 4
    yield "encoded inner begin", math.exp(max(begins[first + 1 : end], default=LEAST_LOG))
    yield (
        "encoded before",
        math.exp(begins[first - 1]) + math.exp(goes_on[first - 1]) if first else 0,
    )
    yield "encoded goes on from before", math.exp(goes_on[first])
    held = [
        math.exp(b) + math.exp(i)
        for b, i in zip(begins[first:end], goes_on[first:end], strict=True)
    ]
    yield "encoded named", sum(held) / len(held)
    log = request.exact[span]
    yield "encoded exact", max(LEAST_LOG, log) / 4
    yield "encoded share", math.exp(log)
    yield f"encoded step {sum(log >= step for step in _STEPS)}", 1
    others = [
        other for (start, stop), other in request.exact.items()
        if start < span[1] and span[0] < stop and (start, stop) != span
    ]  # fmt: skip
    best = max(others, default=LEAST_LOG)
    yield "encoded rival", max(LEAST_LOG, best) / 4
    yield "encoded lead", max(-8.0, min(8.0, log - best)) / 4
    yield "encoded best here", log > best
    of_all = max(begins)
    yield "encoded of all", of_all / 4
    yield f"encoded of all step {sum(of_all >= step for step in _STEPS)}", 1
    place = request.place_of(span)
    yield "encoded name", place in encoded.likeliest
    for start, stop in encoded.likeliest:
        if (start, stop) == place:
            continue
        if start <= place[0] and place[1] <= stop:
            yield "inside encoded name", 1
        elif place[0] <= start and stop <= place[1]:
            yield "holds encoded name", 1
        elif start < place[1] and place[0] < stop:
            yield "crosses encoded name", 1


def _spans(words: Sequence[Word], names: Names, language: str) -> dict[Span, bool]:
    """The subjects of a request by the words they hold, and whether each is named."""
    starts = {word.start: number for number, word in enumerate(words)}
    found: dict[Span, bool] = {}
    for chunk in chunks_of(words, names, language):
        for subject in chunk.subjects():
            first = starts[subject.start]
            left = len(subject.text)
            end = first
            while end < len(words) and left > 0:
                left -= len(words[end].text) + len(words[end].tie)
                end += 1
            found[first, end] = subject.named
    return found


def _log_odds(share: float) -> float:
    share = min(max(share, _LEAST_SHARE), 1 - _LEAST_SHARE)
    return math.log(share / (1 - share))
