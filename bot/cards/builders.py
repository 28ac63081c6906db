"""Making cards of what the services give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards.evidence import evidence_card, job_notes, job_title, source_lines
from bot.cards.models import (
    MAX_ENTRIES,
    MAX_TITLE_CHARS,
    Blame,
    Card,
    ChoiceCard,
    ErrorCard,
    GalleryCard,
    IllustrationCard,
    JobEntry,
    JobsCard,
    NoteCard,
    PicturesCard,
    ResultCard,
    ReviewCard,
    StatusCard,
)
from bot.cards.news import story_card
from bot.cards.pictures import illustration_card, illustration_cards, state_phrase
from bot.cards.steps import steps_of, tasks_of
from bot.locale.catalog import PHRASES
from bot.locale.lookups import not_found_sentence
from bot.locale.moderators import moderator_phrase
from bot.locale.talk import talk_phrase
from bot.marks import time_mark
from bot.text import plain
from domain.errors import (
    LimitReached,
    NotFound,
    PremiumNeeded,
    RequesterError,
    StorageUnavailable,
    TransientError,
    public_sentence,
    utc_text,
)
from domain.illustrations import DeliveryKind, Illustration
from domain.policy import Refusal
from domain.request_titles import request_title
from domain.requests import Job, JobStatus
from domain.research import EvidenceVerdict
from domain.short_codes import short_code
from domain.team import Tally
from domain.translation.messages import changed, gettext, joined, ngettext, stored
from jobs.admission.refusals import get_refusal
from jobs.admission.rulings import PolicyRefused
from jobs.admission.words import category_name
from jobs.common.story_evidence import get_evidence
from jobs.common.views import JobView

Redact = Callable[[str], str]
FAILED = gettext("This failed. The log has the details.")
_NO_DELETION = {"state.working": "delete.working"}
"""Why nothing can be deleted, where the wording differs from why nothing can be changed."""
LONG_WAIT_S = 120.0
"""Estimated waits of at least this many seconds are shown to the requester."""


def card_of(view: JobView) -> Card:
    """The current content of a job's own message: its progress, a choice, or its result."""
    match view.job.status:
        case JobStatus.CHOOSING:
            return choice_card(view)
        case JobStatus.DONE:
            return result_card(view)
        case JobStatus.FAILED if view.job.request.origin.shadow_of is not None:
            # the reason is not for the readers of this place
            return replace(public_failure_card(view), buttons=())
        case JobStatus.FAILED if get_refusal(view.job) is not None:
            return public_failure_card(view)
        case JobStatus.FAILED:
            return failure_card(view)
        case _:
            return job_card(view)


def job_card(view: JobView) -> StatusCard:
    """The progress of a job."""
    job = view.job
    latest = view.latest
    rendering = job.status is JobStatus.RENDERING and latest is not None
    can_cancel = not job.status.final and job.status is not JobStatus.DELIVERING
    paused = _is_paused(view)
    return StatusCard(
        job_id=job.id,
        title=job_title(job),
        status=job.status,
        text=PHRASES["paused.job"] if paused else _status_text(view),
        steps=steps_of(view),
        tasks=tasks_of(view),
        notes=job_notes(job),
        position=view.position,
        can_cancel=can_cancel,
        progress=_fraction(latest.data.get("fraction")) if rendering and latest else None,
        thought=(
            plain(str(latest.data.get("text", ""))[-200:])
            if latest is not None and latest.kind == "thinking"
            else None
        ),
        buttons=(
            *((Button(ButtonAction.SHOW, job.id),) if _waits_in_place(job) else ()),
            *((Button(ButtonAction.CANCEL, job.id, ButtonLook.DANGER),) if can_cancel else ()),
        ),
    )


def _waits_in_place(job: Job) -> bool:
    """Whether moderators look at a result from the message of its job."""
    return job.status is JobStatus.REVIEWING and job.request.routing.review is None


def _is_paused(view: JobView) -> bool:
    """Whether a job waits for storage: for the process's, or as its last event says."""
    last = view.latest.kind if view.latest is not None else ""
    return not view.job.status.final and (view.paused or last == "paused")


def status_note(view: JobView) -> NoteCard:
    """A job's state in one sentence, for a question in its thread."""
    return NoteCard(job_card(view).text)


def is_undrawn(view: JobView) -> bool:
    """Whether a job has no result yet, or was cancelled before it had one."""
    return not view.job.status.final or view.job.status is JobStatus.CANCELLED


def with_wait(card: StatusCard, wait_s: float) -> StatusCard:
    """The card of a new job that says how long it will take, where that is minutes."""
    if wait_s < LONG_WAIT_S:
        return card
    minutes = round(wait_s / 60)
    soon = ngettext(
        "This will take about {count} minute.", "This will take about {count} minutes.", minutes
    )
    return replace(card, text=joined(card.text, soon))


def result_card(view: JobView) -> ResultCard:
    """The answer to a request, with everything that can be done with it."""
    job = view.job
    pictures = illustration_cards(view)
    gone = bool(view.illustrations) and not pictures
    card = evidence_card(view)
    return ResultCard(
        job_id=job.id,
        title=job_title(job),
        asked_by=job.request.origin.member_id if job.request.origin.shadow_of is None else "",
        pictures=pictures,
        sources=source_lines(card),
        unsupported=card.count_claims(EvidenceVerdict.UNSUPPORTED),
        contradicted=card.count_claims(EvidenceVerdict.CONTRADICTED),
        notes=job_notes(job),
        buttons=() if gone else _result_buttons(view, pictures),
        gone=gone,
        story=story_card(view),
        address=None if gone else view.page,
    )


def is_reported(view: JobView) -> bool:
    """Whether a job's pictures were reported and still exist."""
    reported = any(delivery.kind is DeliveryKind.REPORT for delivery in view.deliveries)
    return reported and view.job.status is JobStatus.DONE and bool(illustration_cards(view))


def report_card(view: JobView, *, language: str | None = None) -> ReviewCard:
    """A reported picture for moderators, who may remove it everywhere or leave it."""
    job_id = view.job.id
    return ReviewCard(
        result_card(view),
        moderator_phrase("report", language),
        (
            Button(ButtonAction.DELETE, job_id, ButtonLook.DANGER),
            Button(ButtonAction.CLEAR, job_id),
            Button(ButtonAction.SOURCES, job_id),
        ),
    )


def reported_note(view: JobView, *, language: str | None = None) -> NoteCard:
    """The notice of a reported picture, without it, for moderators one by one."""
    sentence = moderator_phrase("report.told", language, person=view.job.request.origin.member_id)
    return NoteCard(sentence, (), (Button(ButtonAction.SHOW, view.job.id),))


def review_card(view: JobView) -> ReviewCard:
    """A result for those who must approve it, or who look at it because it was reported."""
    if is_reported(view):
        return report_card(view)
    approved = sum(decision.approved for decision in view.decisions)
    left = view.job.request.routing.approvals - approved
    match view.job.status:
        case JobStatus.FAILED:
            text = plain(stored(view.job.error) if view.job.error else gettext("Not approved."))
        case JobStatus.CANCELLED:
            text = plain(stored(view.job.error) if view.job.error else gettext("Cancelled."))
        case JobStatus.REVIEWING if left <= 0:
            text = gettext("Approved. It will be posted on schedule.")
        case _ if left <= 0:
            text = gettext("Approved and posted.")
        case _:
            text = ngettext("Needs {count} more approval.", "Needs {count} more approvals.", left)
    waits = view.job.status is JobStatus.REVIEWING or (
        view.job.status is JobStatus.DELIVERING and not approved
    )
    job_id = view.job.id
    sources = Button(ButtonAction.SOURCES, job_id)
    if not waits:
        return ReviewCard(result_card(view), text, (sources,))
    if view.story is not None:
        due = view.job.request.routing.post_at
        if due and left > 0:
            text = joined(text, gettext("It is due at {time}.", time=time_mark(due)))
        changes = [Button(action, job_id) for action in (ButtonAction.TEXT, ButtonAction.PICTURE)]
        changes += [Button(ButtonAction.STORY, job_id)] if view.story.alternatives else []
    else:
        changes = []
    return ReviewCard(
        result_card(view),
        text,
        (
            Button(ButtonAction.APPROVE, job_id, ButtonLook.PRIMARY),
            Button(ButtonAction.REJECT, job_id, ButtonLook.DANGER),
            *changes,
            sources,
        ),
    )


def choice_card(view: JobView) -> ChoiceCard:
    """The references to be chosen from."""
    job_id = view.job.id
    until = ""
    if view.latest is not None and view.latest.kind == "choosing":
        until = time_mark(datetime.fromisoformat(view.latest.data["until"]))
    return ChoiceCard(
        job_id=job_id,
        title=job_title(view.job),
        references=evidence_card(view).references,
        until=until,
        buttons=(
            Button(ButtonAction.KEEP, job_id),
            Button(ButtonAction.REPLACE, job_id),
            Button(ButtonAction.GO, job_id, ButtonLook.PRIMARY),
            Button(ButtonAction.CANCEL, job_id, ButtonLook.DANGER),
        ),
    )


def failure_card(view: JobView) -> ErrorCard:
    """Why a job has no result, for the requester."""
    job = view.job
    why = plain(stored(job.error) if job.error else FAILED)
    buttons = _appeal(get_refusal(job), job.id)
    return ErrorCard(why, Blame.NOBODY, buttons=buttons, title=plain(request_title(job.request)))


def _appeal(refusal: Refusal | None, job_id: str) -> tuple[Button, ...]:
    """The button that sends a refusal to moderators; empty for one that they cannot lift."""
    if refusal is None or refusal.category is None or refusal.floor:
        return ()
    return (Button(ButtonAction.APPEAL, job_id),)


def deletion_card(
    view: JobView, *, only: str | None = None, language: str | None = None
) -> NoteCard:
    """Asks whether a job's pictures are to be deleted: the one that is named, or of a set which."""
    shown = [card.illustration_id for card in illustration_cards(view)]
    keep = Button(ButtonAction.NOTHING, "-")
    if not shown:
        name = state_phrase(view)
        return NoteCard(talk_phrase(_NO_DELETION.get(name, name), language))
    if only in shown or len(shown) == 1:
        subject = only if only in shown and len(shown) > 1 else view.job.id
        delete = Button(ButtonAction.DELETE, str(subject), ButtonLook.DANGER)
        return NoteCard(talk_phrase("delete.one", language), (), (delete, keep))
    each = [
        Button(ButtonAction.DELETE, id_, ButtonLook.DANGER, number=number)
        for number, id_ in enumerate(shown, 1)
    ]
    every = Button(ButtonAction.DELETE, view.job.id, ButtonLook.DANGER, number=0)
    question = talk_phrase("delete.which", language, count=len(shown))
    return NoteCard(question, (), (*each, every, keep))


def appeal_card(view: JobView, *, language: str | None = None) -> NoteCard:
    """A refused request for moderators, who may allow it once; of a job that waits for approval
    where it was asked for, word that it does, without its picture."""
    job = view.job
    person = job.request.origin.member_id
    refusal = get_refusal(job)
    category = refusal.category if refusal is not None else None
    if category is None and job.status is not JobStatus.FAILED:
        waits = moderator_phrase("approval", language, person=person)
        return NoteCard(waits, (), (Button(ButtonAction.SHOW, job.id),))
    name = category_name(category, language) if category else gettext("the content policy")
    if refusal is not None and refusal.floor:
        text = moderator_phrase("floor", language, person=person, category=name)
        return NoteCard(text, (), (Button(ButtonAction.LIFT, person),))
    lines = [plain(job.request.prompt, most=1500)]
    if job.request.style:
        style = moderator_phrase("appeal.style", language, style=job.request.style)
        lines.append(plain(style, most=300))
    return NoteCard(
        moderator_phrase(
            "appeal" if category else "appeal.policy", language, category=name, person=person
        ),
        tuple(lines),
        (
            Button(ButtonAction.ALLOW, job.id, ButtonLook.PRIMARY),
            Button(ButtonAction.DISMISS, job.id),
            *([Button(ButtonAction.REVEAL, job.id)] if view.keeps_refused else []),
        ),
    )


def public_failure_card(view: JobView, *, notified: bool = True) -> StatusCard:
    """For everyone else: that a job had no result. Its requester reads why by the button, and in a
    message of their own, unless they could not be ``notified``."""
    return replace(
        job_card(view),
        title=gettext("A request") if get_refusal(view.job) is not None else job_title(view.job),
        text=gettext("This one didn't work out. The person who asked has the details.")
        if notified
        else gettext("This one didn't work out. The button shows the person who asked why."),
        steps=(),
        notes=() if get_refusal(view.job) is not None else job_notes(view.job),
        buttons=(Button(ButtonAction.SHOW, view.job.id),),
    )


def gallery_card(best: Sequence[tuple[Illustration, Tally]]) -> GalleryCard:
    """The pictures with the best votes."""
    return GalleryCard(
        tuple(
            illustration_card(picture, plain(picture.recipe.request, most=MAX_TITLE_CHARS), tally)
            for picture, tally in best
            if picture.sha256 is not None
        )
    )


def posted_gallery(left: Sequence[tuple[Illustration, Tally]]) -> GalleryCard | NoteCard:
    """A gallery that was posted, with the pictures that are left of it."""
    return gallery_card(left) if left else NoteCard(gettext("These pictures were deleted."))


def jobs_card(jobs: Sequence[Job]) -> JobsCard:
    """A list of jobs, as many as fit."""
    return JobsCard(
        tuple(
            JobEntry(
                job_id=job.id,
                title=job_title(job),
                status=job.status,
                kind=job.kind,
                created=time_mark(job.created_at),
            )
            for job in jobs[:MAX_ENTRIES]
        )
    )


def error_card(error: BaseException, redact: Redact = str, *, surface: str = "") -> ErrorCard:
    """An error for the requester, with their surface's commands, without what ``redact`` hides."""
    match error:
        case NotFound():
            sentence = changed(plain(not_found_sentence(error, surface)), redact)
            return ErrorCard(sentence, Blame.REQUESTER)
        case PolicyRefused(job_id=str(job_id)):
            sentence = changed(plain(public_sentence(error)), redact)
            return ErrorCard(sentence, Blame.REQUESTER, buttons=_appeal(error.refusal, job_id))
        case PremiumNeeded():
            return ErrorCard(plain(public_sentence(error)), Blame.REQUESTER, sku=error.sku)
        case LimitReached(until=until):
            sentence = changed(plain(public_sentence(error)), redact)
            marked = changed(sentence, lambda text: text.replace(utc_text(until), time_mark(until)))
            return ErrorCard(marked, Blame.REQUESTER)
        case RequesterError():
            blame = Blame.REQUESTER
        case TransientError():
            blame = Blame.NOBODY
        case StorageUnavailable(permanent=False):
            return ErrorCard(public_sentence(error), Blame.OPERATOR)
        case _:
            blame = Blame.OPERATOR
    return ErrorCard(changed(plain(public_sentence(error)), redact), blame)


def _status_text(view: JobView) -> str:
    match view.job.status:
        case JobStatus.QUEUED if view.position:
            return gettext("In the queue, {number} ahead of you.", number=view.position)
        case JobStatus.QUEUED:
            return gettext("In the queue, you're next.")
        case JobStatus.RESEARCHING:
            return gettext("Researching…")
        case JobStatus.CHOOSING:
            return gettext("Waiting for someone to pick the reference images.")
        case JobStatus.RENDERING:
            return gettext("Drawing…")
        case JobStatus.REVIEWING:
            return gettext("Needs approval.")
        case JobStatus.DELIVERING:
            return gettext("Posting…")
        case JobStatus.DONE:
            return gettext("Done.")
        case JobStatus.CANCELLED:
            return plain(stored(view.job.error) if view.job.error else gettext("Cancelled."))
        case JobStatus.FAILED:
            return plain(stored(view.job.error) if view.job.error else FAILED)


def _fraction(value: object) -> float | None:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, (int, float)) else None


def _result_buttons(view: JobView, pictures: Sequence[IllustrationCard]) -> tuple[Button, ...]:
    """The buttons of a result; of several pictures each has buttons with its number."""
    if not pictures:
        return ()
    job_id = view.job.id
    cited = bool(get_evidence(view).evidence or view.team_messages)
    shown = bool(view.research.grounded.references)
    return (
        *picture_buttons(view, pictures),
        Button(ButtonAction.RERESEARCH, job_id),
        *([Button(ButtonAction.SOURCES, job_id)] if cited else []),
        *([Button(ButtonAction.REFERENCES, job_id)] if shown else []),
        *([] if view.job.request.routing.private else [Button(ButtonAction.REPORT, job_id)]),
        Button(ButtonAction.ASK_DELETION, job_id, ButtonLook.DANGER),
    )


def picture_buttons(view: JobView, pictures: Sequence[IllustrationCard]) -> tuple[Button, ...]:
    """The buttons of the pictures themselves: of a set ``U1`` to ``U4`` enlarge one, ``V1`` to
    ``V4`` vary one, and a change or a re-render asks which."""
    if len(pictures) == 1:
        only = pictures[0].illustration_id
        return (
            Button(ButtonAction.EDIT, only, ButtonLook.PRIMARY),
            Button(ButtonAction.VARY, only),
            *([Button(ButtonAction.UPSCALE, only)] if view.upscales else []),
            Button(ButtonAction.RERENDER, only),
        )
    numbered = [(number, card.illustration_id) for number, card in enumerate(pictures, 1)]
    upscale = [Button(ButtonAction.UPSCALE, id_, number=n) for n, id_ in numbered]
    return (
        *(upscale if view.upscales else []),
        *(Button(ButtonAction.VARY, id_, number=n) for n, id_ in numbered),
        Button(ButtonAction.EDIT, pictures[0].illustration_id, ButtonLook.PRIMARY),
    )


def picture_card(view: JobView, illustration_id: str) -> PicturesCard | None:
    """One picture of a set by itself, with what can be done with it; None for a job with one."""
    shown = illustration_cards(view)
    numbers = {card.illustration_id: number for number, card in enumerate(shown, 1)}
    number = numbers.get(illustration_id)
    if number is None or len(shown) == 1:
        return None
    chosen = shown[number - 1]
    cited = get_evidence(view).evidence or view.team_messages
    return PicturesCard(
        view.job.id,
        (chosen,),
        text=f"{number} / {len(shown)} · {short_code(view.job.id)}-{number}",
        buttons=(
            *picture_buttons(view, (chosen,)),
            *([Button(ButtonAction.SOURCES, view.job.id)] if cited else []),
            Button(ButtonAction.ASK_DELETION, illustration_id, ButtonLook.DANGER),
        ),
    )
