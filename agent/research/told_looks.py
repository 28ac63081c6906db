"""How a thing looks, in a few common words, by what somebody wrote about it.

No sentence is repeated: of sentences that describe the thing, its parts are taken, each of at most
four common words, without names and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from agent.language.frequencies import get_word_list, get_zipf
from agent.people.recogniser import find_people
from agent.providers.matching import coverage
from agent.research.evidence import quotable
from agent.research.rarity import CAPITALS_SAY_NOTHING
from agent.research.subject_models import Subject
from agent.research.subjects import read_request
from domain.made_once import made_once
from domain.sentence_vectors import sentence_vectors
from domain.sentences import sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_DETAILS: Final = 8
MAX_WORDS: Final = 4
MAX_MESSAGE_CHARS: Final = 2_000
MAX_SENTENCES: Final = 12
"""Of one message; a longer one is no description."""
COMMON_ZIPF: Final = 2.0
"""Frequency below which a word may be a name or a code."""
NEAREST: Final = 2
NAMED_BY: Final = 2
"""Of a name and what it is ("mascot Pixel") a sentence says one or the other: half the words."""
_DESCRIPTIONS: Final = (
    "It is a small blue bird with a yellow hat and big eyes.",
    "He has grey fur, long ears and wears a green jacket.",
    "It is made of wood and painted red and white.",
    "On it there is a golden star, and the wheels are black.",
    "There are long tables, flowers and coloured lights in the garden.",
    "The tower is round, tall and built of brick.",
    "She wears a purple dress and silver shoes.",
    "The logo shows a white fox on a dark circle.",
)
_OTHER_TALK: Final = (
    "The meeting has moved to Monday.",
    "Who has the password for the server?",
    "Please review the budget before the end of the month.",
    "Thanks to everybody, this looks great!",
    "The test failed again, I will fix it tomorrow.",
    "We signed the contract with the customer.",
    "Please fill in the form by Friday.",
    "I need it at two o'clock.",
    "The new version will be released next week.",
    "Let's discuss this with the management.",
    "Sorry, I am late.",
    "I love the new design, well done!",
)
"""What people write at work; sentence vectors compare these with any of their sixteen languages."""
_MARKUP: Final = re.compile(
    r"<[^<>]*>|:[a-z0-9_+'-]+:|[*_~`]+|^\s*(?:&gt;|>|[-•])\s*", re.MULTILINE
)


def get_looks(subject: str, message: str) -> tuple[str, ...]:
    """What a message says of a subject's looks: at most eight details, in its order. Reads taggers
    and sentence vectors: call it in a thread."""
    details: dict[str, str] = {}
    for sentence in _descriptions(subject, message):
        for detail in _details(subject, sentence):
            details.setdefault(detail.casefold(), detail)
    return tuple(details.values())[:MAX_DETAILS]


def _descriptions(subject: str, text: str) -> list[str]:
    """The sentences of a message that describe the subject: those that name it, and those behind
    that go on."""
    plain = _MARKUP.sub(" ", text[:MAX_MESSAGE_CHARS])
    found = [_without_lead(subject, each.text) for each in sentences(plain, most=MAX_SENTENCES)]
    found = [sentence for sentence in found if quotable(sentence)]
    if not found:
        return []
    about: list[str] = []
    for sentence, describes in zip(found, _describe(found), strict=True):
        if describes and (about or coverage(sentence, subject) >= 1 / NAMED_BY):
            about.append(sentence)
        elif about:
            break
    return about


def _without_lead(subject: str, sentence: str) -> str:
    """A sentence without what stands before a colon, where the subject is named after it."""
    _lead, _colon, rest = sentence.partition(": ")
    return rest if coverage(rest, subject) >= 1 / NAMED_BY else sentence


def _describe(texts: Sequence[str]) -> list[bool]:
    """Which sentences are more like descriptions of things than like other talk, by the mean
    likeness to the two nearest examples."""
    import numpy as np  # most processes compare no texts

    likeness = sentence_vectors(texts) @ _examples().T
    looks = np.sort(likeness[:, : len(_DESCRIPTIONS)], axis=1)[:, -NEAREST:].mean(axis=1)
    others = np.sort(likeness[:, len(_DESCRIPTIONS) :], axis=1)[:, -NEAREST:].mean(axis=1)
    return [bool(more) for more in looks > others]


@made_once
def _examples() -> NDArray[np.float32]:
    """The vectors of the descriptions and of the other talk, shape (examples, 512)."""
    return sentence_vectors([*_DESCRIPTIONS, *_OTHER_TALK])


def _details(subject: str, sentence: str) -> list[str]:
    """The things that a sentence names beside the subject, with what is said of each: those behind
    the subject, where there are any."""
    reading = read_request(sentence)
    things = [each for each in reading.subjects if _is_detail(each, subject, reading.language)]
    named_at = _place(subject, sentence)
    behind = [each for each in things if each.start > named_at]
    return [each.text for each in behind or things]


def _is_detail(thing: Subject, subject: str, language: str) -> bool:
    words = re.findall(r"[^\W\d_]+", thing.text)
    if thing.named or not 0 < len(words) <= MAX_WORDS or re.search(r"[\d@#/]", thing.text):
        return False
    if coverage(subject, thing.text) > 0 or coverage(thing.text, subject) > 0:
        return False
    inner = words if thing.start else words[1:]
    if language not in CAPITALS_SAY_NOTHING and any(word[0].isupper() for word in inner):
        return False
    if find_people(thing.text.title(), language):
        return False
    return all(_is_common(word, language) for word in words)


def _place(subject: str, sentence: str) -> int:
    """Where a sentence first names the subject; -1 where it does not."""
    plain = sentence.casefold()
    places = [plain.find(word) for word in re.findall(r"\w+", subject.casefold())]
    return min((place for place in places if place >= 0), default=-1)


def _is_common(word: str, language: str) -> bool:
    if get_word_list(language) is None:
        return True
    return get_zipf(word.casefold(), language) >= COMMON_ZIPF
