"""The news desk as cards: stories, schedules, and notices to one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.buttons import Button, ButtonAction
from bot.cards.models import (
    MAX_TEXT_CHARS,
    MAX_TITLE_CHARS,
    NoteCard,
    ScheduleEntry,
    SchedulesCard,
    StoryCard,
)
from bot.text import plain
from domain.news import Considered, Notice, Outcome, Slot, Story, StoryText
from domain.requests import Job, JobStatus
from domain.translation.messages import changed, gettext, joined, ngettext, pgettext, stored
from jobs.admission.verdicts import is_local
from jobs.common.status_words import SLOT_WORDS
from jobs.news.review import why_doubtful

if TYPE_CHECKING:
    from jobs.common.views import JobView
    from jobs.news.service import ScheduleView

SHOWN_CONSIDERED = 5
MAX_STORY_CHARS = 1500
"""Four quotations with their credits, and what the sources tell differently."""


def story_card(view: JobView) -> StoryCard | None:
    """The news desk's text beside a job's picture; None for other jobs."""
    story = view.story
    if story is None:
        return None
    label: str = gettext("AI-generated illustration")
    for picture in view.illustrations[:1]:
        shown = str(picture.recipe.parameters.get("label", ""))
        label = label if shown.startswith("AI") or not shown else stored(shown)
    if story.text.by_model:
        label = joined(label, gettext("Text written by AI from the sources"), by=" · ")
    return StoryCard(
        story_id=story.id,
        headline=plain(story.text.headline, most=MAX_TITLE_CHARS),
        text=plain(_numbered(story.text), most=MAX_STORY_CHARS),
        label=label,
        notice=_notice(view.job, story),
    )


def _notice(job: Job, story: Story) -> str | None:
    """What was corrected since a story was posted; before that, and for those who see it alone,
    what to check."""
    if story.annotated and story.corrections:
        told = stored(" ".join(story.corrections))
        return plain(gettext("Note: {told}", told=told), most=MAX_TEXT_CHARS)
    waits = (
        job.status is JobStatus.REVIEWING or job.request.routing.private or is_local(job.request)
    )
    if story.text.doubts and waits:
        why = why_doubtful(story.text.doubts)
        return plain(gettext("Check before posting: {why}.", why=why), most=MAX_TEXT_CHARS)
    return None


def draft_words(view: JobView) -> str:
    """The words of a draft as a form shows them: the headline, then a sentence in each line; empty
    where there is none any more."""
    text = view.story.text if view.story else None
    return "\n".join((text.headline, *text.sentences)) if text else ""


def _numbered(text: StoryText) -> str:
    """The sentences, each with the numbers of its source pages."""
    return " ".join(
        sentence + "".join(f" [{number}]" for number in numbers)
        for sentence, numbers in text.numbered
    )


def notice_card(notice: Notice) -> NoteCard:
    """A notice to one person. Its buttons name the workspace too, since it may be read outside."""
    actions = {"annotate": ButtonAction.ANNOTATE, "replace": ButtonAction.RETELL}
    about = f"{notice.workspace_id}:{notice.about}"
    return NoteCard(
        plain(stored(notice.text), most=1500),
        buttons=tuple(Button(actions[offer], about) for offer in notice.offers),
    )


def schedules_card(views: Sequence[ScheduleView]) -> SchedulesCard:
    """The schedules of a team."""
    return SchedulesCard(tuple(_schedule(view) for view in views[:25]))


def _slot(when: str, slot: Slot) -> str:
    became = changed(SLOT_WORDS[slot.status], "{}.".format)
    return joined(f"{when}:", became, stored(slot.note))


def _schedule(view: ScheduleView) -> ScheduleEntry:
    schedule = view.schedule
    state: str = pgettext("schedule", "on")
    if schedule.paused:
        why = schedule.paused_why
        state = plain(stored(why) if why else pgettext("schedule", "paused"), most=200)
    feeds = ngettext("{count} feed", "{count} feeds", len(schedule.feeds)) if schedule.feeds else ""
    approval = (
        ngettext("{count} approval needed", "{count} approvals needed", schedule.approvals)
        if schedule.approvals
        else ""
    )
    topic = schedule.topic or gettext("stories from its feeds")
    return ScheduleEntry(
        schedule_id=schedule.id,
        name=plain(schedule.name, most=100),
        state=state,
        about=plain(joined(topic, feeds, approval, by=" · "), most=200),
        channel=plain(schedule.destination.channel, most=80),
        next_times=() if schedule.paused else view.next_times,
        slots=tuple(plain(stored(problem), most=300) for problem in view.problems)
        + tuple(plain(_slot(when, slot), most=300) for when, slot in view.slots),
        considered=considered_lines(view.slots[0][1]) if view.slots else (),
    )


def considered_lines(slot: Slot) -> tuple[str, ...]:
    """The stories that were looked at for a due time beside the one that was chosen, each with what
    became of it."""
    return tuple(
        plain(
            gettext(
                "Not chosen: “{headline}” ({site}): {why}",
                headline=plain(story.headline, most=120),
                site=plain(story.site, most=60),
                why=_outcome(story),
            ),
            most=300,
        )
        for story in slot.considered[:SHOWN_CONSIDERED]
        if story.outcome is not Outcome.CHOSEN
    )


def _outcome(story: Considered) -> str:
    match story.outcome:
        case Outcome.CHOSEN:
            return gettext("chosen")
        case Outcome.ALTERNATIVE:
            return gettext("another story was better")
        case Outcome.UNREAD:
            return gettext("too few of its pages could be read")
        case Outcome.REFUSED:
            return gettext("against the content policy")
        case Outcome.TOLD:
            return gettext("posted before")
        case Outcome.FEW_SOURCES:
            return ngettext(
                "only {count} independent source",
                "only {count} independent sources",
                story.sources,
            )
        case Outcome.OFF_TOPIC:
            return gettext("off topic")
        case Outcome.DOUBTFUL:
            return gettext("needs an editor: {why}", why=why_doubtful(story.doubts))
        case Outcome.OLD:
            return gettext("older than three days, or undated")
