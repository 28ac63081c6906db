"""What a request speaks of, found without a model.

The prompt is cut at function words, picture words and verbs; what is left between them are the
things it speaks of. Those that are named, by a name of their own or a date, are worth looking up;
the others are everyday things. Quoted titles stand for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.language.identification import get_request_language
from agent.research.chunks import DEFINITE, chunks_of
from agent.research.east_asian import find_east_asian
from agent.research.learned_names import Weights, with_learned_names
from agent.research.names import find_names
from agent.research.subject_models import Reading, Subject, SubjectKind, kind_of
from agent.research.vocabulary import (
    EAST_ASIAN_TEXT_SIGNS,
    RECENT_WORDS_OF,
    TEXT_WORDS,
)
from agent.research.words import get_words

MAX_SUBJECTS = 5
MAX_ADDRESS_CHARS = 2048
_QUOTED = re.compile(
    r"[\"“„«»”]([^\"“”„«»]{2,80})[\"”“«»]|「([^」]{1,40})」|『([^』]{1,40})』|《([^》]{1,40})》"
    r"|(?<!\w)[‘']((?:[^'‘’\n]|(?<=\w)['’](?=\w)){2,60})['’](?!\w)"
)
_TITLE_MARKS = "《『"
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DATED = re.compile(r"(?<![\w.])(1[0-9]\d\d|20\d\d)(?![\w%]|\.\d)|(?<!\d)(1[0-9]\d\d|20\d\d)年")
_RECENT = re.compile(r"\b(last|this|next|past)\s+(week|month|year|night|summer|winter|season)\b")


def addresses(prompt: str) -> tuple[str, ...]:
    """The http(s) addresses that the requester wrote, each once; none that no site could serve."""
    found = (match[0].rstrip(".,;:!?)]}'") for match in _ADDRESS.finditer(prompt))
    return tuple(dict.fromkeys(url for url in found if len(url) <= MAX_ADDRESS_CHARS))


def without_addresses(text: str) -> str:
    """A text without the http(s) addresses in it."""
    return re.sub(r"\s+", " ", _ADDRESS.sub(" ", text)).strip()


def without_titles(prompt: str) -> str:
    """A prompt without the addresses and the quoted titles in it, with each other word where it
    was."""
    return _titles(_ADDRESS.sub(lambda m: " " * len(m[0]), prompt))[1]


def is_east_asian(text: str) -> bool:
    """Whether words must be cut out of it, as of Chinese, Japanese and Korean ones."""
    return _EAST_ASIAN.search(text) is not None


def read_request(prompt: str, *, weights: Weights | None = None) -> Reading:
    """What a prompt speaks of, at most five things; named ones are kept first. Reads word lists and
    taggers, which takes up to a second the first time: call it in a thread. ``weights`` of the
    model of names are the shipped ones where None."""
    rest = _ADDRESS.sub(lambda m: " " * len(m[0]), prompt)
    quoted, rest = _titles(rest)
    language = get_request_language(rest if any(map(str.isalpha, rest)) else prompt)
    found = list(quoted)
    doubtful: list[Subject] = []
    candidates: list[Subject] = []
    if is_east_asian(rest):
        found += [
            Subject(
                text, named, start, kind_of(named=named, person=person, model=False, dated=False)
            )
            for text, named, start, person in find_east_asian(rest, language)
        ]
    else:
        words = get_words(rest, language)
        names = find_names(rest, words, language)
        names = with_learned_names(words, names, language, weights=weights)
        lowered = language in DEFINITE and rest == rest.lower()
        for chunk in chunks_of(words, names, language):
            found += chunk.subjects()
            if chunk.is_candidate():
                doubtful += chunk.subjects()
        candidates = doubtful if lowered else []
        if any(subject.named for subject in found):
            # The request is looked up in any case, so that a doubtful name costs little.
            found = [replace(s, named=True) if s in doubtful else s for s in found]
    dated = _DATED.search(rest) is not None
    plain = rest.casefold()
    new = RECENT_WORDS_OF.get(language, frozenset())
    recent = bool(_RECENT.search(plain)) or bool(new & set(re.findall(r"\w+", plain)))
    return Reading(
        language, _chosen(found), dated=dated, recent=recent, candidates=tuple(candidates)
    )


def _titles(text: str) -> tuple[list[Subject], str]:
    """The quoted titles of a text, and the text without its quotations. A quotation beside a word
    such as "says" is a text to be drawn."""
    found: list[Subject] = []
    for match in _QUOTED.finditer(text):
        title = next(group for group in match.groups() if group)
        before, after = text[: match.start()], text[match.end() :]
        written = match[0][0] not in _TITLE_MARKS and _is_text(before, after)
        if not written and any(map(str.isalnum, title)):
            found.append(Subject(title.strip(), True, match.start(), SubjectKind.WORK))
    return found, _QUOTED.sub(lambda m: ", " + " " * (len(m[0]) - 2), text)


def _is_text(before: str, after: str) -> bool:
    near = re.findall(r"[^\W\d_]+", before.casefold())[-5:]
    near += re.findall(r"[^\W\d_]+", after.casefold())[:3]
    signs = before[-6:] + after[:6]
    return bool(TEXT_WORDS & set(near)) or any(sign in signs for sign in EAST_ASIAN_TEXT_SIGNS)


def _chosen(found: Sequence[Subject]) -> tuple[Subject, ...]:
    """Each thing once; of too many, the named ones first; in the order of the prompt."""
    kept: list[Subject] = []
    for subject in sorted(found, key=lambda s: (-len(s.text), s.start)):
        words = f" {subject.text.casefold()} "
        if not any(words in f" {other.text.casefold()} " for other in kept):
            kept.append(subject)
    best = sorted(kept, key=lambda s: (not s.named, s.start))[:MAX_SUBJECTS]
    return tuple(sorted(best, key=lambda s: s.start))
