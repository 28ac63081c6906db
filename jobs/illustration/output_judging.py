"""Judges finished pictures, before anyone can see them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from domain.claims import give_back_place
from domain.illustrations import Illustration, IllustrationStatus, Recipe
from domain.licences import FREE_COLLECTIONS, Use, allows
from domain.policy import CATEGORIES, Category, Refusal, RefusedPart, Verdict
from domain.requests import Job, JobKind
from domain.research import Research
from domain.stores import Store, UnitOfWork
from domain.team import Preferences
from jobs.admission.judging import Policy, get_earlier_prompts, judged_recipe, judged_research
from jobs.admission.requests import preferences_of
from jobs.admission.rulings import (
    PictureFacts,
    PolicyRefused,
    Ruling,
    Terms,
    notes_of,
    refusal,
    rule,
    rule_picture,
    terms_of,
)
from jobs.admission.verdicts import hold_for_approval, record_verdict
from jobs.admission.words import policy_sentence
from jobs.common.ports import BlobStore, Renderer
from jobs.common.views import grounding_job
from jobs.linked.policy import Elsewhere, apply_elsewhere, get_earlier_elsewhere, get_elsewhere

log = structlog.get_logger(__name__)

REFUSED_EVENT: Final = "picture_refused"
OWN_PROVIDER: Final = "library"
MAX_TEXT_CHARS: Final = 4000
PREVIEWS_AT_ONCE: Final = 2
"""Further ones are not shown, so that finished pictures wait for no previews."""
PREVIEW_S: Final = 2.0
"""The time limit for judging a preview; the render goes on meanwhile."""


@dataclass(frozen=True, slots=True)
class JudgedPicture:
    """The outcome of judging a picture; ``refusal`` is empty where it may be shown."""

    refusal: str = ""
    floor: bool = False
    """Whether nothing else of its job may be shown either."""
    reason: Refusal | None = None
    """The refusal as data; older versions kept none."""


class Drawn(Protocol):
    """A finished picture whose bytes lie in the blob store."""

    @property
    def sha256(self) -> str:
        """Their hash."""
        ...

    @property
    def media_type(self) -> str:
        """The media type, such as ``image/png``."""
        ...

    @property
    def width(self) -> int:
        """In pixels."""
        ...

    @property
    def height(self) -> int:
        """In pixels."""
        ...


@dataclass(frozen=True, slots=True)
class _Judgement:
    """The findings in a picture, and the rulings on it: for the place of the request, and ``there``
    where a linked channel shows it too."""

    job: Job
    illustration: Illustration
    verdict: Verdict
    ruling: Ruling
    there: Ruling | None
    preferences: Preferences
    terms: Terms


class OutputJudge:
    """Has finished pictures judged, and withholds those that must not be shown."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        policy: Policy,
        renderer: Renderer,
        keep_refused: timedelta = timedelta(days=7),
    ) -> None:
        """``keep_refused`` is how long moderators may look at a refused picture, in workspaces that
        keep them."""
        self._store = store
        self._keep_refused = keep_refused
        self._blobs = blobs
        self._policy = policy
        self._renderer = renderer
        self._previews = 0

    async def judge(
        self, workspace_id: str, job_id: str, illustration_id: str, picture: Drawn
    ) -> JudgedPicture:
        """Judge a finished picture. Of a refused one the bytes are removed, or kept for moderators;
        one that needs it has its job wait for approval. Doing so again gives the same."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(job_id)
            illustration = await unit.illustrations.get(illustration_id)
            refused = illustration.status is IllustrationStatus.REFUSED
            known = await _known_refusal(unit, illustration) if refused else None
            preferences = await preferences_of(unit, job.request)
            research = await unit.research.load((await grounding_job(unit, job)).id)
            earlier = await get_earlier_prompts(unit, job.request)
            mirrored = await unit.mirrors.get(job_id)
        if known is not None:
            await self._forget(workspace_id, [picture.sha256])
            return known
        earlier = (*await get_earlier_elsewhere(self._store, job.request), *earlier)
        elsewhere = await get_elsewhere(self._store, job.request, mirrored)
        text = _described(illustration.recipe, earlier)
        if self._policy.asks_models:
            give_back_place()  # the judges may take long, and another picture can be drawn now
        verdict = await self._verdict(job, illustration.recipe, picture, earlier, text)
        facts = self._facts(job, illustration.recipe, research, text)
        terms = terms_of(job.request, preferences)
        ruling = rule_picture(verdict, facts, terms)
        there = rule_picture(verdict, facts, elsewhere.terms) if elsewhere is not None else None
        about = _Judgement(job, illustration, verdict, ruling, there, preferences, terms)
        return await self._carry_out(about, picture)

    def preview_check(self, recipe: Recipe) -> Callable[[bytes], Awaitable[bool]] | None:
        """Decides on a preview whether it may be shown before the picture is judged; None where no
        judge sees pictures, so that none may."""
        if not self._policy.sees_pictures:
            return None

        async def passes(preview: bytes) -> bool:
            if self._previews >= PREVIEWS_AT_ONCE:
                return False
            self._previews += 1
            try:
                async with asyncio.timeout(PREVIEW_S):
                    verdict = await self._policy.judge_picture(preview, text=_described(recipe, ()))
            except TimeoutError:
                return False
            finally:
                self._previews -= 1
            return not verdict.findings and not verdict.away

        return passes

    async def _verdict(
        self, job: Job, recipe: Recipe, picture: Drawn, earlier: Sequence[str], text: str
    ) -> Verdict:
        """The findings in a picture and, where no research had its words judged, in these."""
        if not self._policy.asks_models:
            return Verdict()
        words = Verdict()
        if job.kind is JobKind.RERENDER:
            words = await self._policy.judge_text(judged_recipe(job.request, earlier, recipe))
        if not self._policy.sees_pictures:
            return words
        data = await self._blobs.get(job.workspace_id, picture.sha256)
        return words.joined([await self._policy.judge_picture(data, text=text)])

    async def check_brought(self, job: Job) -> None:
        """Have references judged that were added by people after research, and their titles;
        nothing where no model judges.

        Raises:
            PolicyRefused: One may not be used, or could not be judged where nothing passes so.
        """
        if not self._policy.asks_models or not job.request.routing.checkpoint:
            return
        async with self._store.workspace(job.workspace_id, read_only=True) as unit:
            grounded = (await unit.research.load(job.id)).grounded
            preferences = await preferences_of(unit, job.request)
            earlier = await get_earlier_prompts(unit, job.request)
        asked = {attachment.sha256 for attachment in job.request.attachments}
        brought = [r for r in grounded.references if r.source_id is None and r.sha256 not in asked]
        if not brought:
            return
        text = judged_research(job.request, earlier, grounded)
        looks = [self._look(job, reference.sha256, text.request) for reference in brought]
        verdict, *seen = await asyncio.gather(self._policy.judge_text(text), *looks)
        verdict = verdict.joined(seen)
        terms = terms_of(job.request, preferences)
        refused = rule(verdict.findings, terms).refused
        async with self._store.workspace(job.workspace_id) as unit:
            closed = bool(verdict.away) and terms.closed
            outcome = "refused" if refused else "not judged" if closed else "passed"
            await record_verdict(unit, job, job.id, verdict, outcome)
        if refused is not None:
            raise PolicyRefused(refusal(refused.category), refused)
        if closed:
            sentence = policy_sentence("away.request")
            raise PolicyRefused(sentence, refusal=Refusal(RefusedPart.UNJUDGED))

    async def _look(self, job: Job, sha256: str, text: str) -> Verdict:
        if not self._policy.sees_pictures:
            return Verdict()
        data = await self._blobs.get(job.workspace_id, sha256)
        return await self._policy.judge_picture(data, text=text)

    async def elsewhere(self, job: Job) -> Elsewhere | None:
        """The effective policy for a job where a linked channel shows it too, for
        :meth:`check_recipe`."""
        async with self._store.workspace(job.workspace_id, read_only=True) as unit:
            mirrored = await unit.mirrors.get(job.id)
        return await get_elsewhere(self._store, job.request, mirrored)

    async def check_recipe(
        self, unit: UnitOfWork, job: Job, recipe: Recipe, elsewhere: Elsewhere | None = None
    ) -> None:
        """Judge by the rules the text for a generator, and have the job wait for approval where
        that says so.

        Raises:
            PolicyRefused: It may not be drawn.
        """
        preferences = await preferences_of(unit, job.request)
        earlier = await get_earlier_prompts(unit, job.request)
        text = judged_recipe(job.request, earlier, recipe)
        terms = terms_of(job.request, preferences)
        ruling = self._policy.check(text, terms=terms, blocked=preferences.blocked or ())
        if ruling.approval:
            await hold_for_approval(unit, job, preferences)
        if elsewhere is not None:
            await apply_elsewhere(unit, job, elsewhere.rule_text(self._policy, text), preferences)

    def _facts(self, job: Job, recipe: Recipe, research: Research, text: str) -> PictureFacts:
        sources = {source.sha256: source for source in research.sources}
        brought = {attachment.sha256 for attachment in job.request.attachments}
        use = Use(job.request.commercial, job.request.derivatives)
        licensed = all(
            reference.sha256 in brought
            or (
                (source := sources.get(reference.sha256)) is not None
                and (
                    source.provider == OWN_PROVIDER
                    or allows(source.license, use, trusted=source.provider in FREE_COLLECTIONS)
                )
            )
            for reference in recipe.references
        )
        by_model = self._renderer.is_model(recipe.generator)
        # A picture that a person uploads was not looked at: it may show any person.
        photographs = [a for a in job.request.attachments if job.kind is not JobKind.EDIT][:1]
        photographs += list(job.request.attachments[1:])
        return PictureFacts(
            by_model=by_model,
            people=bool(photographs) or self._policy.shows_people(text),
            licensed=licensed,
            looked_at=self._policy.sees_pictures or self._renderer.is_filtered(recipe.generator),
        )

    async def _carry_out(self, about: _Judgement, picture: Drawn) -> JudgedPicture:
        job, illustration, ruling = about.job, about.illustration, about.ruling
        refused = ruling.refused.category if ruling.refused else None
        if refused is None and not ruling.unjudged:
            await self._pass(about)
            return JudgedPicture()
        sentence = policy_sentence(
            "picture" if refused is not None else "away.picture",
            refused,
        )
        reason = _reason(refused)
        judged = JudgedPicture(sentence, floor=reason.floor, reason=reason)
        kept = _may_be_kept(about)
        lost = [] if kept else [picture.sha256]
        async with self._store.workspace(job.workspace_id) as unit:
            pictures = [illustration]
            if judged.floor:
                pictures = list(await unit.illustrations.of_job(job.id))
            for each in pictures:
                lost += [sha256 for sha256 in (each.sha256, each.kept_sha256) if sha256]
                await unit.illustrations.save(_without_bytes(each))
            if kept:
                until = datetime.now(UTC) + self._keep_refused
                await unit.illustrations.save(_kept(illustration, picture, until))
            await unit.events.append(
                job.id,
                REFUSED_EVENT,
                {
                    "illustration_id": illustration.id,
                    "category": refused.value if refused is not None else "",
                    "sentence": sentence,
                },
                key=f"{REFUSED_EVENT}:{illustration.id}",
            )
            await record_verdict(
                unit,
                job,
                illustration.id,
                about.verdict,
                "refused" if refused else "not judged",
                sha256=picture.sha256 if judged.floor else "",
            )
        await self._forget(job.workspace_id, lost)
        return judged

    async def _pass(self, about: _Judgement) -> None:
        job, ruling, verdict = about.job, about.ruling, about.verdict
        notes = notes_of(ruling, verdict)
        async with self._store.workspace(job.workspace_id) as unit:
            if notes:
                current = await unit.jobs.get(job.id)
                every = tuple(dict.fromkeys((*current.notes, *notes)))
                await unit.jobs.save(replace(current, notes=every))
            if ruling.approval:
                await hold_for_approval(unit, job, about.preferences)
            await apply_elsewhere(unit, job, about.there, about.preferences)
            if ruling.approval or verdict.findings or verdict.away or self._policy.sees_pictures:
                outcome = "needs approval" if ruling.approval else "passed"
                await record_verdict(unit, job, about.illustration.id, verdict, outcome)

    async def _forget(self, workspace_id: str, hashes: Sequence[str]) -> None:
        """Remove bytes that no other picture has."""
        for sha256 in dict.fromkeys(hashes):
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                shared = await unit.illustrations.sharing(sha256)
            if not shared:
                await self._blobs.remove(workspace_id, sha256)


def _described(recipe: Recipe, earlier: Sequence[str]) -> str:
    """The inputs of a picture, as its judges read them."""
    titles = (f"{reference.title} {reference.note}" for reference in recipe.references)
    parts = (*earlier, recipe.request, recipe.prompt, *titles)
    return "\n".join(dict.fromkeys(part for part in parts if part.strip()))[:MAX_TEXT_CHARS]


def _without_bytes(picture: Illustration) -> Illustration:
    return replace(
        picture,
        status=IllustrationStatus.REFUSED,
        sha256=None,
        phash=None,
        alt_text=None,
        kept_sha256=None,
        kept_until=None,
    )


def _kept(refused: Illustration, picture: Drawn, until: datetime) -> Illustration:
    """A refused picture that moderators may look at."""
    return replace(
        _without_bytes(refused),
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        kept_sha256=picture.sha256,
        kept_until=until,
    )


def _may_be_kept(about: _Judgement) -> bool:
    """Whether the workspace keeps this refused picture for its moderators. What any judge suspects
    to be of the floor is never kept, nor what one that was asked did not answer about."""
    suspected = any(CATEGORIES[f.category].floor for f in about.verdict.findings)
    asked_for = about.preferences.keep_refused is True and about.ruling.refused is not None
    return asked_for and not suspected and not about.verdict.away


async def _known_refusal(unit: UnitOfWork, illustration: Illustration) -> JudgedPicture:
    """The earlier refusal of a picture."""
    for event in reversed(await unit.events.read(illustration.job_id)):
        if event.kind == REFUSED_EVENT and event.data["illustration_id"] == illustration.id:
            category = str(event.data["category"])
            reason = _reason(Category(category) if category else None)
            return JudgedPicture(str(event.data["sentence"]), reason.floor, reason)
    return JudgedPicture(policy_sentence("away.picture"), reason=_reason(None))


def _reason(refused: Category | None) -> Refusal:
    """The reason why a picture is not shown; without a category it could not be judged."""
    return Refusal(RefusedPart.PICTURE if refused else RefusedPart.UNJUDGED, refused)
