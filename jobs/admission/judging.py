"""Whether something may be drawn: the judges are asked here, ``rulings.py`` says what follows.

Rules judge every text before the first outside call; models judge too where any are configured.
Each workspace may block words of its own. The floor (sexualised minors) applies regardless of
settings.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Final, TypeVar

import structlog

from domain.errors import ModelUnavailable, NotFound
from domain.illustrations import Recipe
from domain.metrics import JUDGES_AWAY, POLICY_VERDICTS
from domain.policy import (
    DOUBT,
    SURE,
    JudgedText,
    Refusal,
    RefusedPart,
    Verdict,
    get_standing_findings,
)
from domain.requests import Request
from domain.research import GroundedPrompt
from domain.stores import UnitOfWork
from domain.translation.messages import gettext
from jobs.admission.rulings import USUAL, PolicyRefused, Ruling, Terms, refusal, rule
from jobs.common.ports import PictureJudge, TextJudge

log = structlog.get_logger(__name__)
T = TypeVar("T")

SHORT_CHARS: Final = 1000
"""Texts up to here are judged in less than five milliseconds."""
MAX_EARLIER: Final = 20
"""Longest chain of changes that is looked back."""
_LEET = str.maketrans("013457@$!", "oieastasi")


class Policy:
    """Decides by what the judges find; ``rules`` answers at once and without any call.

    ``texts`` are the models that judge texts and ``pictures`` those that see pictures;
    ``shows_people`` says whether a picture made from a text may show people.
    """

    def __init__(
        self,
        rules: Callable[[JudgedText], Verdict],
        *,
        texts: Sequence[TextJudge] = (),
        pictures: Sequence[PictureJudge] = (),
        shows_people: Callable[[str], bool] = lambda _text: True,
    ) -> None:
        self._rules = rules
        self._texts = tuple(texts)
        self._pictures = tuple(pictures)
        self.shows_people = shows_people

    @property
    def asks_models(self) -> bool:
        """Whether any model judges."""
        return bool(self._texts or self._pictures)

    @property
    def sees_pictures(self) -> bool:
        """Whether any judge looks at pictures."""
        return bool(self._pictures)

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
        """The findings of the judges that see pictures, all asked at the same time.

        ``text`` is what the picture was made from. Who does not answer is named as away.
        """
        asked = (_look(judge, picture, text) for judge in self._pictures)
        return Verdict().joined(await asyncio.gather(*asked))

    def check(
        self, text: JudgedText, *, terms: Terms = USUAL, blocked: Sequence[str] = ()
    ) -> Ruling:
        """Judge a text by the rules alone, within milliseconds and without any call.

        Where models judge too, only what the rules are sure of counts here; the rest is theirs.
        ``blocked`` are the workspace's own words.

        Raises:
            PolicyRefused: A category or a blocked word stands against it; the message says which,
                without repeating the text.
        """
        least = SURE if self._texts else DOUBT
        found = [f for f in self._rules(text).findings if f.score >= least]
        ruling = rule(found, terms)
        if ruling.refused is not None:
            _count("refused", ruling.refused.category.value)
            log.info(
                "policy_refused",
                category=ruling.refused.category.value,
                score=ruling.refused.score,
                judge=ruling.refused.judge,
            )
            raise PolicyRefused(refusal(ruling.refused.category), ruling.refused)
        readings = _readings(text.request) if blocked else ()
        for phrase in blocked:
            if _holds(readings, [_folded(phrase)]):
                _count("refused", "blocked_words")
                raise PolicyRefused(
                    gettext(
                        "This team does not want pictures about {phrase!r}. Ask for something "
                        "else, or ask an admin to change the settings.",
                        phrase=phrase[:60],
                    ),
                    refusal=Refusal(RefusedPart.WORDS),
                )
        _count("passed", "none")
        return ruling

    async def check_beside(
        self, text: JudgedText, *, terms: Terms = USUAL, blocked: Sequence[str] = ()
    ) -> Ruling:
        """As :meth:`check`, without keeping the event loop from its other work where the text is
        long."""
        return await _beside(text, partial(self.check, text, terms=terms, blocked=blocked))

    async def judge_text(self, text: JudgedText) -> Verdict:
        """The findings of all judges of texts, the models asked at the same time; a judge that does
        not answer is recorded as away, and then the doubts of the rules count."""
        asked = [_read(judge, text) for judge in self._texts]
        verdicts = await asyncio.gather(*asked)
        answered = [verdict for verdict in verdicts if not verdict.away]
        away = tuple(name for verdict in verdicts for name in verdict.away)
        of_rules = await _beside(text, partial(self._rules, text))
        return Verdict(get_standing_findings(of_rules, answered), away)


def _count(outcome: str, category: str) -> None:
    POLICY_VERDICTS.add(judged="text", outcome=outcome, category=category)


async def _beside(text: JudgedText, judge: Callable[[], T]) -> T:
    """Judge a text: a long one in a thread, from which the event loop takes its turns."""
    chars = sum(map(len, (text.request, *text.earlier, *text.found)))
    return judge() if chars <= SHORT_CHARS else await asyncio.to_thread(judge)


def as_judged(request: Request) -> str:
    """The requester's own words in a request, as one text."""
    return " . ".join(filter(None, (request.prompt, request.style)))


def judged_text(
    request: Request,
    earlier: Sequence[str] = (),
    *,
    prompt: str = "",
    titles: Sequence[str] = (),
    passages: Sequence[str | None] = (),
) -> JudgedText:
    """A request as it is judged: with what it changes, and once it is known with the ``prompt`` for
    the generator, what its references are called and used for, and what is cited."""
    drawn = tuple(filter(None, (prompt, *titles)))
    cited = tuple(filter(None, passages))
    return JudgedText(
        as_judged(request),
        earlier=tuple(earlier),
        found=(*drawn, *cited),
        drawn=drawn,
        edits_picture=bool(request.attachments),
        reported=cited if request.origin.story_id else (),
    )


def judged_research(
    request: Request, earlier: Sequence[str], grounded: GroundedPrompt
) -> JudgedText:
    """A request with what research added to it."""
    return judged_text(
        request,
        earlier,
        prompt=grounded.text,
        titles=[f"{reference.title} {reference.note}" for reference in grounded.references],
        passages=[evidence.passage for evidence in grounded.evidence],
    )


def judged_recipe(request: Request, earlier: Sequence[str], recipe: Recipe) -> JudgedText:
    """A request with all text that a generator receives."""
    return judged_text(
        request,
        earlier,
        prompt=recipe.prompt,
        titles=[f"{reference.title} {reference.note}" for reference in recipe.references],
        passages=[part for c in recipe.citations for part in (c.title, c.passage)],
    )


async def _read(judge: TextJudge, text: JudgedText) -> Verdict:
    try:
        return await judge.judge_text(text)
    except ModelUnavailable as error:
        JUDGES_AWAY.add(judge=judge.name)
        log.warning("judge_away", judge=judge.name, why=error.why)
        return Verdict(away=(judge.name,))


async def _look(judge: PictureJudge, picture: bytes, text: str) -> Verdict:
    try:
        verdict = await judge.judge_picture(picture, text=text)
    except ModelUnavailable as error:
        JUDGES_AWAY.add(judge=judge.name)
        log.warning("judge_away", judge=judge.name, why=error.why)
        return Verdict(away=(judge.name,))
    found = tuple(finding for finding in verdict.findings if finding.score >= DOUBT)
    return Verdict(found, verdict.away)


async def get_earlier_prompts(unit: UnitOfWork, request: Request) -> tuple[str, ...]:
    """The prompts of the pictures that a request changes, the oldest first: what it adds must be
    judged together with them."""
    return tuple(as_judged(earlier) for earlier in await get_earlier_requests(unit, request))


async def get_earlier_requests(unit: UnitOfWork, request: Request) -> tuple[Request, ...]:
    """The requests of the pictures that a request changes, the oldest first."""
    found: list[Request] = []
    while request.parent_id is not None and len(found) < MAX_EARLIER:
        try:
            parent = await unit.illustrations.get(request.parent_id)
            request = (await unit.jobs.get(parent.job_id)).request
        except NotFound:
            break  # a re-research names a job, whose prompt it repeats
        found.append(request)
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
