"""Whether something may be drawn: what the judges find, held against what is allowed.

Rules judge every text before the first outside call; a moderation model reads the request too where
one is configured. Each workspace may block words of its own. The floor (sexualised minors) holds
whatever is set.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Final

import structlog

from domain.errors import ModelUnavailable, NotFound, Refused
from domain.policy import CATEGORIES, DOUBT, Action, Category, JudgedText, Verdict
from domain.requests import Request
from domain.research import GroundedPrompt
from jobs.ports import Moderator, PictureJudge
from jobs.rulings import refusal
from jobs.stores import UnitOfWork

log = structlog.get_logger(__name__)

REPORTED: Final = frozenset({Category.REAL_PEOPLE, Category.DECEPTION, Category.DANGEROUS})
"""What news report on; a drawing of such a story is no deception by itself."""
MAX_EARLIER: Final = 20
"""Longest chain of changes that is looked back."""
_LEET = str.maketrans("013457@$!", "oieastasi")


class Policy:
    """Decides by what the judges find; ``rules`` answers at once and without any call.

    ``pictures`` are the judges that see finished pictures; ``shows_people`` says whether a picture
    made from a text may show people.
    """

    def __init__(
        self,
        rules: Callable[[JudgedText], Verdict],
        moderator: Moderator | None = None,
        *,
        pictures: Sequence[PictureJudge] = (),
        shows_people: Callable[[str], bool] = lambda _text: True,
    ) -> None:
        self._rules = rules
        self._moderator = moderator
        self._pictures = tuple(pictures)
        self.shows_people = shows_people

    @property
    def sees_pictures(self) -> bool:
        """Whether any judge looks at pictures."""
        return bool(self._pictures)

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
        """What the judges that see pictures find in one, all of them at the same time.

        ``text`` is what the picture was made from. Who does not answer is named as away.
        """
        asked = (_look(judge, picture, text) for judge in self._pictures)
        return Verdict().joined(await asyncio.gather(*asked))

    def check(
        self,
        text: JudgedText,
        *,
        blocked: Sequence[str] = (),
        tolerated: Collection[Category] = (),
    ) -> tuple[Category, ...]:
        """Judge a text; gives the categories that need a notice and nothing more.

        ``blocked`` are the workspace's own words. Categories in ``tolerated`` are let through,
        those of the floor never.

        Raises:
            Refused: A category or a blocked word stands against it; the message says which, without
                repeating the text.
        """
        notices: list[Category] = []
        for finding in self._rules(text).findings:
            spec = CATEGORIES[finding.category]
            if finding.category in tolerated and not spec.floor:
                continue
            if spec.default is Action.NOTICE:
                notices.append(finding.category)
                continue
            log.info(
                "policy_refused",
                category=finding.category.value,
                score=finding.score,
                judge=finding.judge,
            )
            raise Refused(refusal(finding.category))
        readings = _readings(text.request)
        for phrase in blocked:
            if _holds(readings, [_folded(phrase)]):
                raise Refused(
                    f"This team does not want pictures about {phrase[:60]!r}; ask for something "
                    "else, or ask an admin to change the settings."
                )
        return tuple(notices)

    async def moderate(self, text: str) -> None:
        """Let the moderation model read a text, where one is configured; when it does not answer
        the rules alone decide.

        Raises:
            Refused: It stands against the text; the message says what it found.
        """
        if self._moderator is None:
            return
        found = await self._moderator.objections(text)
        if found:
            raise Refused(f"The moderation model refuses this request: {', '.join(found)}.")


def as_judged(request: Request) -> str:
    """What a person wrote in a request, as one text."""
    return " . ".join(filter(None, (request.prompt, request.style)))


def as_found(grounded: GroundedPrompt) -> tuple[str, ...]:
    """What research added to a request: the prompt for the generator and what its references are
    called and used for."""
    titles = [f"{reference.title} {reference.note}" for reference in grounded.references]
    return (grounded.text, *titles)


async def _look(judge: PictureJudge, picture: bytes, text: str) -> Verdict:
    try:
        verdict = await judge.judge_picture(picture, text=text)
    except ModelUnavailable as error:
        log.warning("judge_away", judge=judge.name, why=error.why)
        return Verdict(away=(judge.name,))
    found = tuple(finding for finding in verdict.findings if finding.score >= DOUBT)
    return Verdict(found, verdict.away)


async def get_earlier_prompts(unit: UnitOfWork, request: Request) -> tuple[str, ...]:
    """The prompts of the pictures that a request changes, the oldest first: what it adds must be
    judged together with them."""
    found: list[str] = []
    while request.parent_id is not None and len(found) < MAX_EARLIER:
        try:
            parent = await unit.illustrations.get(request.parent_id)
            request = (await unit.jobs.get(parent.job_id)).request
        except NotFound:
            break  # a re-research names a job, whose prompt it repeats
        found.append(as_judged(request))
    return tuple(reversed(found))


def _readings(text: str) -> tuple[str, ...]:
    """The text as it is written, with digits for letters, and with letters set apart."""
    plain = _folded(text)
    joined = re.sub(r"\b(\w)[\s.*_-](?=\w\b)", r"\1", plain)
    return tuple(dict.fromkeys((plain, plain.translate(_LEET), joined, joined.translate(_LEET))))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    return re.sub(r"\s+", " ", "".join(kept)).replace("ß", "ss").strip()


def _holds(readings: Sequence[str], phrases: Sequence[str]) -> bool:
    pattern = _pattern(tuple(phrases))
    return any(pattern.search(reading) for reading in readings)


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    spoken = "|".join(re.escape(phrase) for phrase in phrases if phrase)
    return re.compile(rf"(?<!\w)(?:{spoken})(?!\w)") if spoken else re.compile(r"(?!)")
