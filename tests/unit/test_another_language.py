"""Adding a language is adding a file: with a made-up one nothing stays English on any screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.buttons import ButtonAction
from bot.cards import builders
from bot.cards.audit import audit_card
from bot.cards.evidence import evidence_card
from bot.cards.models import Card, GalleryCard, LibraryCard, NoteCard, SchedulesCard
from bot.cards.news import schedules_card
from bot.cards.refusals import refused_pictures_card
from bot.cards.simplified import forms_of
from bot.cards.team import library_card, settings_card, usage_card
from bot.commands.settings import settings_at
from bot.discord.handlers import forms as discord_forms
from bot.discord.handlers.help import help_card
from bot.discord.view.components import Frame
from bot.discord.view.render import layout
from bot.locale.catalog import label, names, words
from bot.slack.view import modals
from bot.slack.view.help import help_card as slack_help
from bot.slack.view.modals import Origin
from bot.slack.view.render import drawn
from bot.terminal.view import card_lines
from domain.errors import (
    ContextTooLong,
    FetchFailed,
    InvalidRequest,
    JobCancelled,
    NotFound,
    StorageUnavailable,
    UnusableReference,
)
from domain.illustrations import ClaimMark, JobEvent, Marks
from domain.news import Schedule, Slot, SlotStatus
from domain.policy import Category, Finding, Refusal, RefusedPart
from domain.requests import Destination, JobStatus
from domain.research import EvidenceVerdict, Research
from domain.team import Preferences, Role, Scope, Tally
from domain.translation.catalogue import languages
from domain.translation.messages import gettext
from evaluation.peers.values import (
    NOON,
    a_grounding,
    a_job,
    a_recipe,
    a_request,
    a_source,
    an_illustration,
)
from jobs.admission.rulings import PolicyRefused, refusal
from jobs.common.views import JobView
from jobs.news.service import ScheduleView
from jobs.services.team import Usage
from tests.fakes.languages import extracted, speaking

MADE_UP = "xx"
OPEN, CLOSE = "⟦", "⟧"
OURS = "щука"
"""What a person wrote: letters that no sentence of Limner's has."""
KEPT = re.compile(
    r"https?://\S+|/[a-z]+( [a-z]+)*|limner( [a-z-]+)*|--?[a-z]+|sha256|UTC|Limner|\[[A-Za-z]+\]"
    r"|[a-z]+_[a-z_]+|[0-9A-Z]{6,}|<@\w+>|[0-9a-f]{16,}|storyboard|Discord|Slack|attachment:\S+"
)
"""Commands, ids and names, which are the same in every language."""
SETTINGS = {field.name for field in fields(Preferences)}


@pytest.fixture(scope="module")
def _catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a language that puts every sentence into brackets, in a file of its own."""
    folder = tmp_path_factory.mktemp("catalogues")
    catalogue = Catalog(locale="de")  # its rule for plurals
    for message in extracted():
        if message.id:
            forms = (message.id,) if isinstance(message.id, str) else message.id
            marked = tuple(f"{OPEN}{form}{CLOSE}" for form in forms)
            told = marked[0] if isinstance(message.id, str) else marked
            catalogue.add(message.id, told, context=message.context)
    with (folder / f"{MADE_UP}.po").open("wb") as file:
        write_po(file, catalogue)
    return folder


@pytest.fixture(autouse=True)
def _made_up(_catalogues: Path) -> Iterator[None]:
    """Only the made-up language is there beside English."""
    with speaking(_catalogues):
        names.cache_clear()
        yield
    names.cache_clear()


def _english(text: str) -> list[str]:
    """Words outside the brackets of made-up translations."""
    left, depth = "", 0
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        left += character if depth == 0 and character not in OPEN + CLOSE else " "
    found = re.findall(r"[A-Za-z]{3,}", KEPT.sub(" ", left))
    return [word for word in found if word not in SETTINGS]


def _said(value: Any) -> Iterator[str]:
    """The texts in what is sent to a platform."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            shown = ("text", "content", "label", "placeholder", "title", "alt_text", "description")
            if isinstance(inner, str) and key in shown:
                yield inner
            else:
                yield from _said(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("list[Any]", value):
            yield from _said(inner)


def _view(status: JobStatus = JobStatus.DONE, **parts: Any) -> JobView:
    job = replace(a_job(), status=status, request=replace(a_request(), prompt=OURS))
    notes = ("This request needed no research.", "No answer from storyboard.")
    grounded = replace(
        a_grounding(),
        references=tuple(
            replace(r, title=OURS, note="provided by the requester")
            for r in a_grounding().references
        ),
        evidence=tuple(replace(e, claim=OURS, passage=OURS) for e in a_grounding().evidence),
    )
    source = a_source(title=OURS, author=OURS, license=None, provider=OURS, page_url="", text=OURS)
    marks = Marks(0.5, 0.5, None, 0.5, (ClaimMark(1, OURS, True),))
    picture = an_illustration(
        job, recipe=a_recipe(request=OURS), alt_text=OURS, identical=False, marks=marks
    )
    picture = replace(picture, difference="the seed changed from 1 to 2; another prompt")
    research = Research((), (source,), grounded, notes=(), decision=())
    view = JobView(replace(job, notes=notes), research, (picture,), (), 0)
    return replace(view, tallies=(Tally(1, 0),), upscales=True, **parts)


def _job_cards() -> Iterator[Card]:
    for status in JobStatus:
        yield builders.job_card(_view(status))
        if status is not JobStatus.CHOOSING:
            yield builders.card_of(_view(status))
    yield builders.job_card(_view(JobStatus.QUEUED, position=3))
    yield builders.job_card(replace(_view(JobStatus.RESEARCHING), paused=True))
    waiting = builders.job_card(_view(JobStatus.QUEUED))
    yield builders.with_wait(waiting, 600.0)
    until = {"until": NOON.isoformat()}
    yield builders.choice_card(
        _view(JobStatus.CHOOSING, latest=JobEvent("j", 1, "choosing", NOON, until))
    )
    for status in (JobStatus.REVIEWING, JobStatus.DONE, JobStatus.FAILED):
        view = _view(status)
        view = replace(view, job=replace(view.job, request=a_request(prompt=OURS, approvals=2)))
        yield builders.review_card(view)
    refused = _view(JobStatus.FAILED)
    why = Refusal(RefusedPart.REQUEST, Category.VIOLENCE)
    job = replace(refused.job, error=str(refusal(Category.VIOLENCE)), refusal=why)
    yield builders.failure_card(replace(refused, job=job))
    yield builders.public_failure_card(replace(refused, job=job))
    yield builders.appeal_card(replace(refused, job=job))
    kept = replace(refused.illustrations[0], kept_sha256="b" * 64, kept_until=NOON)
    yield refused_pictures_card(job, [kept])
    failed = "The picture wasn't approved: щука."
    yield builders.failure_card(replace(refused, job=replace(refused.job, error=failed)))
    yield evidence_card(_view())
    yield builders.jobs_card([_view(status).job for status in JobStatus])
    yield builders.jobs_card([])


def _error_cards() -> Iterator[Card]:
    too_long = gettext("the conversation is too long for it")
    policy = PolicyRefused(refusal(Category.HATE), Finding(Category.HATE, 1.0, "rules"))
    policy.job_id = "j"
    for error in (
        NotFound("illustration", "7"),
        NotFound("schedule", "7"),
        FetchFailed(OURS, gettext("it has no readable text")),
        UnusableReference(OURS, gettext("the file is empty")),
        StorageUnavailable("The disk is full."),
        InvalidRequest(gettext("The schedule needs a name.")),
        ContextTooLong(too_long),
        JobCancelled("7"),
        RuntimeError("inside"),
        policy,
    ):
        for surface in ("discord", "slack", "terminal"):
            yield builders.error_card(error, surface=surface)


def _team_cards() -> Iterator[Card]:
    for limit in (None, 5):
        for everybody in (True, False):
            yield usage_card(Usage(1, 2, 3, 4, limit, ()), everybody=everybody, now=NOON)
    yield audit_card(())
    yield library_card(())
    yield LibraryCard(())
    yield GalleryCard(())
    yield SchedulesCard(())
    yield settings_card(gettext("Your settings"), Preferences(), settings_at(Scope.MEMBER))
    schedule = Schedule(
        "s1", "w1", "m1", OURS, Destination("discord", "1"), "0 9 * * *", "Europe/Berlin", NOON
    )
    slots = [
        Slot("s1", NOON + timedelta(hours=n), status, NOON, "The schedule is paused.")
        for n, status in enumerate(SlotStatus)
    ]
    view = ScheduleView(
        replace(schedule, feeds=("http://f",), approvals=1),
        ("09:00",),
        tuple(("9", s) for s in slots),
    )
    paused = replace(schedule, paused=True, paused_why="It failed 5 times in a row. Last error: x")
    yield schedules_card([view, ScheduleView(paused, (), ())])


def _cards() -> list[Card]:
    return [*_job_cards(), *_error_cards(), *_team_cards()]


def test_a_language_is_there_once_its_file_is() -> None:
    assert languages() == ("en", MADE_UP)
    assert label(ButtonAction.EDIT, MADE_UP) == f"{OPEN}Edit…{CLOSE}"
    assert words("imagine", MADE_UP).name == f"{OPEN}imagine{CLOSE}"


def test_no_card_has_an_english_word_left_in_discord() -> None:
    for card in [*_cards(), help_card(MADE_UP, reads_replies=False)]:
        for form in forms_of(card):
            view = layout(form, Frame(language=MADE_UP))
            parts = cast("Any", view).to_components()
            found = [word for text in _said(parts) for word in _english(text)]
            assert found == [], (form, list(_said(parts)))


def test_no_card_has_an_english_word_left_in_slack() -> None:
    for card in [*_cards(), *map(slack_help, Role)]:
        for form in forms_of(card):
            message = drawn(form, language=MADE_UP)
            texts = [message.notice, *_said(message.blocks)]
            assert [word for text in texts for word in _english(text)] == [], (form, texts)


def test_no_card_has_an_english_word_left_in_the_terminal() -> None:
    for card in _cards():
        lines = list(card_lines(card, MADE_UP))
        assert [word for line in lines for word in _english(line)] == [], lines


def test_no_form_has_an_english_word_left() -> None:
    at, scope = Origin(), settings_at(Scope.WORKSPACE)
    for form in (
        modals.form(at, ["storyboard"], language=MADE_UP),
        modals.edit_form(at, language=MADE_UP),
        modals.reason_form(at, language=MADE_UP),
        modals.words_form(at, language=MADE_UP, draft=OURS),
        modals.setting_form(at, scope[:1], language=MADE_UP),
        modals.library_form(at, language=MADE_UP),
        modals.references_form(at, [], language=MADE_UP),
        modals.card_view(OURS, NoteCard(gettext("Nothing to review.")), language=MADE_UP),
    ):
        shown = [text for text in _said(form) if text != "OK"]
        assert [word for text in shown for word in _english(text)] == [], shown
    code = "limner:edit:1"
    for asked in (
        discord_forms.edit_form(code, MADE_UP),
        discord_forms.reject_form(code, MADE_UP),
        discord_forms.story_form(code, MADE_UP, OURS),
        discord_forms.replace_form(code, MADE_UP, [("1", OURS)]),
    ):
        shown = [*_said(cast("Any", asked).to_dict())]
        assert [word for text in shown for word in _english(text)] == [], shown


def test_doubts_are_said_too() -> None:
    for verdict in EvidenceVerdict:
        view = _view()
        first = replace(view.research.grounded.evidence[0], verdict=verdict, passage=OURS)
        grounded = replace(view.research.grounded, evidence=(first,))
        view = replace(view, research=replace(view.research, grounded=grounded))
        for card in (evidence_card(view), builders.result_card(view)):
            parts = cast("Any", layout(card, Frame(language=MADE_UP))).to_components()
            assert [w for text in _said(parts) for w in _english(text)] == []
