"""What of a request only its team can know: what it calls its own ("our mascot Pixel"), and names
about which nothing was found elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from agent.people.recogniser import find_people
from agent.research.subject_models import SubjectKind
from agent.research.subjects import read_request

MAX_OWN: Final = 2
"""Subjects of one request that messages are searched for: each is a call."""
_OUR_IN: Final[Mapping[str, str]] = {
    "cs": r"naš\w{0,3}|náš",
    "da": r"vores",
    "de": r"unser(?:e[mnrs]?)?",
    "en": r"our",
    "es": r"nuestr[oa]s?",
    "fr": r"notre|nos",
    "it": r"nostr[oaie]",
    "nl": r"onze|ons",
    "pl": r"nasz\w{0,4}",
    "pt": r"noss[oa]s?",
    "ru": r"наш\w{0,3}",
    "sv": r"vår(?:t|a)?",
}
"""The possessives of the first person plural, which stand before what they say of."""
_DENSE: Final = (
    r"(?:私たちの|私達の|うちの|我々の|弊社の|当社の|我们的?|我們的?|咱们的?|公司的?|우리)\s*"
)
_ANY_OUR: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_OUR_IN.values())})\s+|{_DENSE}", re.IGNORECASE)
_NAMES: Final = re.compile(r"notre[\s-]dame\b", re.IGNORECASE)
"""Names that begin with a possessive."""
_NAME_BEFORE: Final = re.compile(r"([^\W\d_][\w'’-]*)\s*[,(–—-]\s*\S+\s+\Z")


def says_our(prompt: str) -> bool:
    """Whether a request calls something the team's own."""
    return _ANY_OUR.search(_NAMES.sub(" ", prompt)) is not None


def get_own_subjects(prompt: str, unfound: Sequence[str] = ()) -> tuple[str, ...]:
    """The subjects of a request that only its team can know, at most two; ``unfound`` are names
    about which nothing was found. People are none of them: how somebody looks is no matter for a
    search in what others wrote. Reads the request: call it in a thread."""
    reading = read_request(prompt)
    possessive = _possessive(reading.language)
    own: list[str] = []
    for subject in reading.subjects:
        before = prompt[: subject.start]
        if possessive.search(before) and not _NAMES.match(
            prompt, len(before.rstrip()) - len("notre")
        ):
            own.append(f"{_name_before(before)} {subject.text}".strip())
    people = {each.text for each in reading.subjects if each.kind is SubjectKind.PERSON}
    found = [
        each
        for each in dict.fromkeys((*own, *unfound))
        if each not in people and not find_people(each, reading.language)
    ]
    return tuple(found[:MAX_OWN])


@cache
def _possessive(language: str) -> re.Pattern[str]:
    """A possessive of that language at the end of a text."""
    words = _OUR_IN.get(language, "(?!)")
    return re.compile(rf"(?:(?<!\w)(?:{words})\s+|{_DENSE})\Z", re.IGNORECASE)


def _name_before(text: str) -> str:
    """The name that a possessive goes on from, as in "Pixel, our mascot"; empty without one."""
    found = _NAME_BEFORE.search(text)
    return found[1] if found is not None and found[1][0].isupper() else ""
