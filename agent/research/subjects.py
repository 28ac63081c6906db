"""What a request speaks of, found without a model.

The prompt is cut at function words, picture words and verbs; what is left between them are the
things it speaks of. Those that are named, by a name of their own or a date, are worth looking up;
the others are everyday things. What is quoted is a title, or a name and a text of the requester's
own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from agent.language.identification import get_request_language
from agent.language.tagging import WordKind
from agent.research.chunks import DEFINITE, chunks_of
from agent.research.east_asian import find_east_asian
from agent.research.east_asian_phrases import CUT_LANGUAGES, ENCODED_ONLY, tag_east_asian
from agent.research.learned_names import LANGUAGES, MAX_WORDS
from agent.research.names import find_names, is_model, is_year
from agent.research.phrase_choice import Scored, chosen
from agent.research.phrase_model import DOUBTFUL, NameModels, score_phrases
from agent.research.phrases import Span, TaggedRequest, tag_request
from agent.research.quotations import are_named
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
_AROUND = re.compile(r"^\W+|[^\w\u0900-\u0dff\u0e00-\u0eff]+$")
"""What no name begins or ends with; vowel signs of Indian scripts and Thai may end one."""
LEAST_ENCODED: Final = 0.4
"""How probable what only the text encoder takes for a name must be to be looked up."""
LEAST_COUNTED: Final = 0.5
"""How probable a name must be that a number stands behind in Japanese (リンゴ3個)."""
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
    return split_quotations(prompt)[1]


def split_quotations(prompt: str) -> tuple[list[Subject], str]:
    """What a prompt quotes that may be a title, and the prompt without its addresses and
    quotations, with each other word where it was."""
    return _titles(_ADDRESS.sub(lambda m: " " * len(m[0]), prompt))


def is_east_asian(text: str) -> bool:
    """Whether words must be cut out of it, as of Chinese, Japanese and Korean ones."""
    return _EAST_ASIAN.search(text) is not None


def read_request(prompt: str, *, models: NameModels | None = None) -> Reading:
    """What a prompt speaks of, at most five things; named ones are kept first. Reads word lists,
    taggers and sentence vectors, which takes up to two seconds the first time: call it in a
    thread."""
    quoted, rest = split_quotations(prompt)
    language = get_request_language(rest if any(map(str.isalpha, rest)) else prompt)
    candidates: list[Subject] = []
    given = models or NameModels()
    found = list(quoted)
    # A request that names a page, or consists of quotations, means something that is there.
    if not _ADDRESS.search(prompt) and any(map(str.isalpha, rest)):
        named = are_named([subject.text for subject in quoted], rest, weights=given.quotations)
        found = [subject for subject, is_named in zip(quoted, named, strict=True) if is_named]
    request = _tagged(prompt, rest, language, given)
    if request is not None:
        scored = score_phrases(request, given)
        scored = [phrase for phrase in scored if not _counts(request, phrase)]
        found += _from_phrases(request, chosen(request, scored) or _sole_name(request))
        doubtful = [] if request.things else _doubtful(request, scored)
    else:
        subjects, doubtful = _by_rules(rest, language)
        found += subjects
        found += _encoded(prompt, rest, subjects, given)
    if language in DEFINITE and rest == rest.lower():
        candidates = doubtful
    dated = _DATED.search(rest) is not None
    plain = rest.casefold()
    new = RECENT_WORDS_OF.get(language, frozenset())
    recent = bool(_RECENT.search(plain)) or bool(new & set(re.findall(r"\w+", plain)))
    return Reading(
        language, _chosen(found), dated=dated, recent=recent, candidates=tuple(candidates)
    )


def _tagged(prompt: str, text: str, language: str, models: NameModels) -> TaggedRequest | None:
    """The words of a request, where the models can read it; ``text`` is what of the prompt is no
    address and no quotation."""
    if is_east_asian(text):
        if language not in CUT_LANGUAGES:
            return None
        encoded = models.encode(prompt)
        if encoded is None and language in ENCODED_ONLY:
            return None
        request = tag_east_asian(text, language, encoded=encoded)
        return request if 0 < len(request.words) <= MAX_WORDS else None
    words = get_words(text, language)
    if not 0 < len(words) <= MAX_WORDS or language not in LANGUAGES:
        return None
    return tag_request(text, words, language, weights=models.words, encoded=models.encode(prompt))


def _by_rules(text: str, language: str) -> tuple[list[Subject], list[Subject]]:
    """The subjects of a request that no model reads, and those that may be names."""
    if is_east_asian(text):
        return [
            Subject(
                thing, named, start, kind_of(named=named, person=person, model=False, dated=False)
            )
            for thing, named, start, person in find_east_asian(text, language)
        ], []
    found: list[Subject] = []
    doubtful: list[Subject] = []
    words = get_words(text, language)
    for chunk in chunks_of(words, find_names(text, words, language), language):
        found += chunk.subjects()
        if chunk.is_candidate():
            doubtful += chunk.subjects()
    if any(subject.named for subject in found):
        # The request is looked up in any case, so that a doubtful name costs little.
        found = [replace(s, named=True) if s in doubtful else s for s in found]
    return found, doubtful


def _encoded(
    prompt: str, text: str, subjects: Sequence[Subject], models: NameModels
) -> list[Subject]:
    """What the text encoder takes for a name, in a request that no other model reads, and the rules
    do not: in all the other languages."""
    encoded = models.encode(prompt) if any(map(str.isalpha, text)) else None
    found: list[Subject] = []
    for start, end in encoded.likeliest if encoded else ():
        name = " ".join(_AROUND.sub("", text[start:end]).split())
        known = any(name in s.text or s.text in name for s in subjects if s.named)
        if name and not known and encoded and encoded.share(start, end) >= LEAST_ENCODED:
            found.append(Subject(name, True, start))
    return found


def _counts(request: TaggedRequest, phrase: Scored) -> bool:
    """Whether a phrase in Chinese, Japanese or Korean is hardly a name and holds a number that
    counts things, as the rules tell (a name holds one too), or is what a number behind it
    counts."""
    if request.things is None or phrase.share >= LEAST_COUNTED:
        return False
    words, (first, end) = request.words, phrase.span
    if any(words[n].kind is WordKind.NUMBER for n in range(first, end)):
        return not request.things.get(phrase.span)
    behind = words[end] if end < len(words) else None
    counted = behind is not None and behind.kind is WordKind.NUMBER and not behind.opens
    return counted and request.language == "ja"


def _sole_name(request: TaggedRequest) -> list[Span]:
    """What the rules and the model of words take for a name, in a request that says nothing else:
    the labelled requests, from which the model of phrases learns, all say more."""
    sole = [span for span, named in request.found.items() if named]
    words = len(request.content((0, len(request.words))))
    whole = len(request.found) == 1 and sole and len(request.content(sole[0])) == words
    return sole if whole else []


def _from_phrases(request: TaggedRequest, spans: Sequence[Span]) -> list[Subject]:
    """These phrases as named subjects, and beside them the everyday things of the request."""
    words = request.words
    found: list[Subject] = []
    for first, end in spans:
        own = range(first, end)
        kind = kind_of(
            named=True,
            person=any(number in request.names.people for number in own),
            model=any(is_model(words[number]) for number in own),
            dated=any(is_year(words[number].plain) for number in own),
        )
        found.append(Subject(request.text_of((first, end)), True, words[first].start, kind))
    for first, end in request.found:
        if all(end <= start or stop <= first for start, stop in spans):
            text = request.text_of((first, end))
            found.append(Subject(text, False, words[first].start, SubjectKind.THING))
    return found


def _doubtful(request: TaggedRequest, scored: Sequence[Scored]) -> list[Subject]:
    """Things of common words that may be names all the same, where the model does not rule that
    out."""
    shares = {phrase.span: phrase.share_before for phrase in scored}
    found: list[Subject] = []
    for chunk in chunks_of(request.words, request.names, request.language):
        span = (chunk.start, chunk.start + len(chunk.words))
        if chunk.is_candidate() and shares.get(span, 0.0) >= DOUBTFUL:
            found += chunk.subjects()
    return found


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
