"""What of a request only its team can know: what it calls its own ("our mascot Pixel"), and names
about which nothing was found elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.people.recogniser import find_people
from agent.research.subject_models import SubjectKind
from agent.research.subjects import read_request

MAX_OWN: Final = 2
"""Subjects of one request that messages are searched for: each is a call."""
_OUR: Final = re.compile(
    r"""(?<!\w)(?:our|unser(?:e[mnrs]?)?|notre|nos|nuestr[oa]s?|nostr[oaie]|noss[oa]s?|ons|onze
    |nasz\w{0,4}|vår(?:t|a)?|naš\w{0,3}|наш\w{0,3})\s+\Z
    |(?:私たち|私達|うち|我々|弊社|当社)の\Z|(?:我们|我們|咱们|公司)的?\Z|우리\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""Possessives of the first person plural, before what they say of."""
_ANY_OUR: Final = re.compile(_OUR.pattern.replace(r"\Z", ""), re.IGNORECASE | re.VERBOSE)
_NAME_BEFORE: Final = re.compile(r"([^\W\d_][\w'’-]*)\s*[,(–—-]\s*\S+\s+\Z")


def says_our(prompt: str) -> bool:
    """Whether a request calls something the team's own."""
    return _ANY_OUR.search(prompt) is not None


def get_own_subjects(prompt: str, unfound: Sequence[str] = ()) -> tuple[str, ...]:
    """The subjects of a request that only its team can know, at most two; ``unfound`` are names
    about which nothing was found. People are none of them: how somebody looks is no matter for a
    search in what others wrote. Reads the request: call it in a thread."""
    reading = read_request(prompt)
    own: list[str] = []
    for subject in reading.subjects:
        before = prompt[: subject.start]
        if _OUR.search(before):
            own.append(f"{_name_before(before)} {subject.text}".strip())
    people = {each.text for each in reading.subjects if each.kind is SubjectKind.PERSON}
    found = [
        each
        for each in dict.fromkeys((*own, *unfound))
        if each not in people and not find_people(each, reading.language)
    ]
    return tuple(found[:MAX_OWN])


def _name_before(text: str) -> str:
    """The name that a possessive goes on from, as in "Pixel, our mascot"; empty without one."""
    found = _NAME_BEFORE.search(text)
    return found[1] if found is not None and found[1][0].isupper() else ""
