"""Commands: options typed after a prompt, and what each command makes of the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import Button, ButtonAction
from bot.cards.models import (
    ChoiceCard,
    EvidenceCard,
    GalleryCard,
    JobsCard,
    LibraryCard,
    NoteCard,
    PicturesCard,
    Reply,
    ResultCard,
    ReviewCard,
    SettingsCard,
    StatusCard,
)
from bot.commands.incoming_messages import IncomingMessage
from bot.commands.suggestions import suggestions
from bot.commands.talk import Conversation
from bot.intents.roles import with_named_references
from bot.locale.catalog import label
from bot.marks import unmarked
from bot.options import request_of, split_options
from bot.permutations import permuted
from domain.errors import (
    FetchFailed,
    InvalidRequest,
    NotFound,
    NotPossibleNow,
    Refused,
    UnusableReference,
)
from domain.news import Schedule
from domain.requests import (
    AspectRatio,
    Destination,
    JobKind,
    JobStatus,
    Rerender,
    ResearchDepth,
    Rights,
)
from domain.short_codes import short_code
from domain.team import JobMessage, MessageKind, Preferences, Role, Scope
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.job_service import ANN, BOB, STRANGER, Office, an_office, at, everywhere
from tests.fakes.web import picture


@pytest.mark.parametrize(
    ("text", "prompt", "options"),
    [
        ("a cat", "a cat", {}),
        ("a cat aspect:16:9 seed:5", "a cat", {"aspect": "16:9", "seed": "5"}),
        ("a cat --aspect 16:9 --seed=5", "a cat", {"aspect": "16:9", "seed": "5"}),
        ('a cat style:"oil painting"', "a cat", {"style": "oil painting"}),
        ("a cat —style “oil painting”", "a cat", {"style": "oil painting"}),
        ("a cat --private", "a cat", {"private": "yes"}),
        ("a cat --private no COUNT:2", "a cat", {"private": "no", "count": "2"}),
        ("a clock at seed:5 o'clock", "a clock at seed:5 o'clock", {}),
        ("a sign that says style: bold", "a sign that says style: bold", {}),
        ('a sign "count --seed 5"', 'a sign "count --seed 5"', {}),
        ('he says "hello', 'he says "hello', {}),
        ("see http://x.example/a", "see http://x.example/a", {}),
        ("the king —long live", "the king —long live", {}),
        ("-- a cat --seed 5", "a cat --seed 5", {}),
        (
            "a park --no dogs, cats --ar 16:9 --model flux --n 2",
            "a park",
            {"no": "dogs, cats", "aspect": "16:9", "generator": "flux", "count": "2"},
        ),
        ("a cat --style oil painting --seed 5", "a cat", {"style": "oil painting", "seed": "5"}),
        ("he said —no way", "he said —no way", {}),
        ("seed:5", "", {"seed": "5"}),
        ("", "", {}),
    ],
)
def test_options_stand_at_the_end(text: str, prompt: str, options: dict[str, str]) -> None:
    assert split_options(text) == (prompt, options)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a cat --sede 5", "There is no option 'sede'. Choose from research, rights"),
        ("a cat --seed", "The option '--seed' needs a value"),
        ("a cat --seed=", "The option '--seed' needs a value"),
        ("a cat seed:1 --seed 2", "The option 'seed' was given twice"),
        ("a cat --seed five", "The seed must be a whole number, not 'five'"),
        ("a cat seed:-1", "The seed must be a whole number from 0 to"),
        ("a cat seed:" + "9" * 5000, "must be a whole number"),
        ("a cat count:9", "The count must be from 1 to 4, not 9"),
        ("a cat research:much", "Choose auto, off, quick, deep"),
        ("a cat rights:none", "Choose any, licensed, library"),
        ("a cat aspect:9:1", "'9:1' isn't a usable aspect ratio"),
        ("a cat --private please", "must be yes or no"),
        ("seed:5", "The prompt is empty"),
    ],
)
def test_a_wrong_option_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        request_of(ANN, *split_options(text))


@given(st.text(max_size=200) | st.text('-—:="“” seedtyl5\n', max_size=80))
def test_any_text_is_split_or_refused_in_a_sentence(text: str) -> None:
    with suppress(InvalidRequest):
        prompt, options = split_options(text)
        assert prompt in text
        assert all(name in text.lower() for name in options)


def test_a_request_has_all_that_was_asked() -> None:
    prompt, options = split_options(
        "a cat research:deep rights:licensed aspect:4:3 count:2 seed:9 --private "
        'generator:storyboard style:"in\x1b[31m ink"'
    )
    request = request_of(ANN, prompt, options)
    assert (request.prompt, request.origin.workspace_id, request.origin.member_id) == (
        "a cat",
        "w1",
        "ann",
    )
    assert (request.research, request.rights) == (ResearchDepth.DEEP, Rights.LICENSED)
    assert (request.aspect, request.count, request.seed) == (AspectRatio(4, 3), 2, 9)
    assert (request.routing.private, request.generator, request.style) == (
        True,
        "storyboard",
        "in[31m ink",
    )


def test_an_unknown_option_is_refused_however_it_is_given() -> None:
    with pytest.raises(InvalidRequest, match="There is no option 'workspace_id'"):
        request_of(ANN, "a cat", {"workspace_id": "w2"})


def test_what_is_not_given_is_as_preferred() -> None:
    preferred = Preferences(aspect=AspectRatio(16, 9), style="ink", checkpoint=True)
    request = request_of(ANN, "a cat", {"style": "oil", "choose": "no"}, preferred)
    assert (request.aspect, request.style) == (AspectRatio(16, 9), "oil")
    assert request.routing.checkpoint is False
    assert request_of(ANN, "a cat", {}, preferred).routing.checkpoint is True


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


def begun(reply: Reply) -> str:
    """The job that a command began."""
    assert reply.job_id is not None
    return reply.job_id


async def imagined(
    office: Office, requester: Requester = ANN, text: str = "a cat", key: str = "e1"
) -> str:
    return begun(await office.commands(requester).imagine(text, event_key=key))


async def titles(reply: Reply) -> list[str]:
    assert isinstance(reply.card, JobsCard)
    return sorted(entry.title for entry in reply.card.entries)


async def test_a_redelivered_event_is_the_same_job(office: Office) -> None:
    commands = office.commands(ANN)
    first = await commands.imagine("a cat seed:5", event_key="e1")
    again = await commands.imagine("a cat seed:5", event_key="e1")
    other = await commands.imagine("a cat seed:5", event_key="e2")
    assert first.job_id == again.job_id != other.job_id
    assert isinstance(first.card, StatusCard)
    assert isinstance(other.card, StatusCard)
    assert (first.card.status, first.card.title) == (JobStatus.QUEUED, "a cat")
    assert other.card.text == "In the queue, 1 ahead of you."


async def test_given_options_leave_the_text_alone(office: Office) -> None:
    reply = await office.commands(ANN).imagine(
        "a cat seed:5", event_key="e1", options={"seed": "6"}
    )
    view = await office.job_service.view("w1", begun(reply))
    assert (view.job.request.prompt, view.job.request.seed) == ("a cat seed:5", 6)


async def test_pictures_are_checked_before_there_is_a_job(office: Office) -> None:
    commands = office.commands(ANN)
    with pytest.raises(UnusableReference, match=r"'x\.png' can't be used"):
        await commands.imagine("a cat", event_key="e1", pictures=[("x.png", b"no picture")])
    assert await titles(await commands.jobs()) == []
    reply = await commands.imagine("a cat", event_key="e1", pictures=[("x.png", picture(1))])
    view = await office.job_service.view("w1", begun(reply))
    assert [a.name for a in view.job.request.attachments] == ["x.png"]


async def test_a_job_and_its_picture_name_the_same(office: Office) -> None:
    commands = office.commands(ANN)
    job_id = await imagined(office)
    await office.researched(job_id)
    [drawn] = await office.finished(job_id, notes=("Only the library was searched.",))
    for identifier in (job_id, drawn.id, f" {drawn.id.lower()} "):
        evidence = (await commands.sources(identifier)).card
        assert isinstance(evidence, EvidenceCard)
        assert evidence.job_id == job_id
        assert [entry.n for entry in evidence.entries] == [1, 2]
        result = (await commands.job(identifier)).card
        assert isinstance(result, ResultCard)
        assert result.notes == ("Only the library was searched.",)
        assert [shown.illustration_id for shown in result.pictures] == [drawn.id]
    again = await commands.regenerate(job_id, event_key="e2", seed=3)
    made = await office.job_service.view("w1", begun(again))
    assert (made.job.kind, made.job.request.parent_id) == (JobKind.RERENDER, drawn.id)
    anew = await commands.research(drawn.id, event_key="e3")
    assert (await office.job_service.view("w1", begun(anew))).job.kind is JobKind.RERESEARCH


async def test_a_cancelled_job_has_no_picture_to_change(office: Office) -> None:
    commands = office.commands(ANN)
    job_id = await imagined(office)
    await commands.cancel(job_id)
    with pytest.raises(InvalidRequest, match="was cancelled before it was drawn"):
        await commands.edit(job_id, "at night", event_key="e2")
    with pytest.raises(InvalidRequest, match="Say what should change"):
        await commands.edit(job_id, "  ", event_key="e3")


async def test_of_several_pictures_one_must_be_named(office: Office) -> None:
    commands = office.commands(ANN)
    job_id = await imagined(office, text="a cat count:2")
    with pytest.raises(InvalidRequest, match="isn't finished yet"):
        await commands.regenerate(job_id, event_key="e2")
    drawn = await office.finished(job_id, pictures=2)
    code = short_code(job_id)
    with pytest.raises(InvalidRequest, match=f"has 2 pictures.*such as {code}-2"):
        await commands.regenerate(code, event_key="e2")
    with pytest.raises(InvalidRequest, match="has 2 pictures"):
        await commands.regenerate(f"{code}-3", event_key="e2")
    for typed in (f"{job_id}-2", f"{code}-2", f"#{code.lower()}-2", short_code(drawn[1].id)):
        reply = await commands.vary(typed, event_key=f"e:{typed}")
        made = await office.job_service.view("w1", begun(reply))
        assert made.job.request.parent_id == drawn[1].id


async def test_a_short_code_means_the_same_as_its_id_and_only_here(office: Office) -> None:
    job_id = await imagined(office)
    [drawn] = await office.finished(job_id)
    for typed in (short_code(job_id), short_code(drawn.id), job_id.lower()):
        assert isinstance((await office.commands(ANN).sources(typed)).card, EvidenceCard)
        with pytest.raises(NotFound):
            await office.commands(STRANGER).sources(typed)


async def test_each_picture_of_a_set_has_buttons_and_can_be_shown_by_itself(
    office: Office,
) -> None:
    commands = office.commands(ANN)
    job_id = await imagined(office, text="a cat count:3")
    drawn = await office.finished(job_id, pictures=3)
    card = (await commands.job(job_id)).card
    assert isinstance(card, ResultCard)
    vary = [button for button in card.buttons if button.action is ButtonAction.VARY]
    assert [(label(b.action, number=b.number), b.subject) for b in vary] == [
        (f"V{n}", picture.id) for n, picture in enumerate(drawn, 1)
    ]
    shown = (await commands.press(Button(ButtonAction.SHOW, drawn[2].id), message="m")).card
    assert isinstance(shown, PicturesCard)
    assert [p.illustration_id for p in shown.pictures] == [drawn[2].id]
    assert {b.subject for b in shown.buttons if b.action is ButtonAction.EDIT} == {drawn[2].id}


async def test_a_job_is_stopped_once_and_only_while_it_runs(office: Office) -> None:
    commands = office.commands(ANN)
    waiting = await imagined(office)
    for _ in range(2):
        stopped = (await commands.cancel(waiting)).card
        assert isinstance(stopped, StatusCard)
        assert (stopped.text, stopped.buttons) == ("Cancelled.", ())
    assert office.dispatcher.cancelled
    done = await imagined(office, text="a dog", key="e2")
    await office.finished(done)
    with pytest.raises(NotPossibleNow, match="already done"):
        await commands.cancel(done)


async def test_only_the_owner_and_moderators_stop_and_delete(office: Office) -> None:
    job_id = await imagined(office)
    with pytest.raises(Refused, match="Only the person who asked, or a moderator"):
        await office.commands(BOB).cancel(job_id)
    moderator = replace(BOB, role=Role.MODERATOR)
    await office.commands(moderator).cancel(job_id)
    other = await imagined(office, key="e2")
    await office.finished(other)
    with pytest.raises(Refused, match="moderator"):
        await office.commands(BOB).delete(other)
    admin = replace(BOB, role=Role.ADMIN)
    await office.team.prefer(admin, Scope.WORKSPACE, moderator_groups=("g1",))
    await office.commands(replace(BOB, groups=frozenset({"g1"}))).delete(other)


async def test_a_deleted_picture_is_gone_with_its_bytes_and_messages(office: Office) -> None:
    commands = office.commands(ANN)
    job_id = await imagined(office)
    sha256 = await office.blobs.put("w1", b"a picture")
    [drawn] = await office.finished(job_id, sha256=sha256)
    await office.team.keep_message(
        "w1", JobMessage("chat", "c1", "m1", job_id, MessageKind.LIVE, NOON)
    )
    reply = await commands.delete(job_id)
    assert reply.deleted == (("c1", "m1"),)
    with pytest.raises(NotFound):
        await office.blobs.get("w1", sha256)
    shown = (await commands.job(job_id)).card
    assert isinstance(shown, ResultCard)
    assert (shown.gone, shown.pictures, shown.buttons) == (True, (), ())
    with pytest.raises(NotPossibleNow, match="was deleted"):
        await commands.regenerate(drawn.id, event_key="e2")


async def test_lists_are_the_requesters_own_unless_everybodys_is_asked(office: Office) -> None:
    await imagined(office)
    await imagined(office, BOB, "a dog", "e2")
    await imagined(office, BOB, "a secret --private", "e3")
    assert await titles(await office.commands(ANN).jobs()) == ["a cat"]
    everybodys = await office.commands(ANN).jobs(everybody=True)
    assert await titles(everybodys) == ["a cat", "a dog"]


async def test_what_is_private_is_there_for_its_owner_alone(office: Office) -> None:
    job_id = await imagined(office, text="a cat --private")
    admin = office.commands(replace(BOB, role=Role.ADMIN))
    for question in (admin.job(job_id), admin.sources(job_id), admin.delete(job_id)):
        with pytest.raises(NotFound):
            await question
    assert (await office.commands(ANN).job(job_id)).private


async def test_another_workspace_sees_nothing(office: Office) -> None:
    job_id = await imagined(office)
    [drawn] = await office.finished(job_id)
    stranger = office.commands(STRANGER)
    assert await titles(await stranger.jobs(everybody=True)) == []
    for question in (
        stranger.job(job_id),
        stranger.sources(job_id),
        stranger.cancel(job_id),
        stranger.delete(job_id),
        stranger.choose(job_id),
        stranger.decide(job_id, approved=True),
        stranger.vote(drawn.id, 1),
        stranger.edit(drawn.id, "at night", event_key="e1"),
        stranger.vary(drawn.id, event_key="e1"),
        stranger.regenerate(job_id, event_key="e1"),
        stranger.research(job_id, event_key="e1"),
        follow_up(office, STRANGER, job_id, "at night", event_key="e1"),
    ):
        with pytest.raises(NotFound):
            await question


async def test_the_answer_goes_where_the_requester_is(office: Office) -> None:
    elsewhere = replace(at(BOB, "c2"), reads=everywhere)
    job_id = await imagined(office)
    await office.finished(job_id)
    again = await office.commands(elsewhere).regenerate(job_id, event_key="e2")
    request = (await office.job_service.view("w1", begun(again))).job.request
    assert (request.routing.destination.channel, request.origin.member_id) == ("c2", "bob")


async def test_an_edit_begins_with_the_earlier_picture(office: Office) -> None:
    job_id = await imagined(office, text="a cat aspect:16:9")
    await office.researched(job_id)
    [drawn] = await office.finished(job_id)
    reply = await office.commands(BOB).edit(
        job_id,
        "make it night",
        event_key="e2",
        pictures=[("moon.png", picture(2))],
        references=[1],
    )
    job = (await office.job_service.view("w1", begun(reply))).job
    assert (job.kind, job.request.parent_id) == (JobKind.EDIT, drawn.id)
    assert job.request.aspect == AspectRatio(16, 9)
    names = [attachment.name for attachment in job.request.attachments]
    assert names == ["the earlier picture", "Portrait", "moon.png"]
    with pytest.raises(InvalidRequest, match="There is no reference 7; the picture has 1"):
        await office.commands(BOB).edit(job_id, "x", event_key="e3", references=[7])


async def test_variations_have_other_seeds_and_the_same_recipe(office: Office) -> None:
    job_id = await imagined(office)
    [drawn] = await office.finished(job_id)
    reply = await office.commands(ANN).vary(drawn.id, event_key="e2", count=3)
    request = (await office.job_service.view("w1", begun(reply))).job.request
    assert (request.action, request.count) == (Rerender(drawn.id, vary=True), 3)
    with pytest.raises(InvalidRequest, match="from 1 to 4"):
        await office.commands(ANN).vary(drawn.id, event_key="e3", count=5)


async def test_a_button_pressed_twice_begins_one_job_while_that_goes_on(office: Office) -> None:
    commands = office.commands(ANN)
    job_id = await imagined(office)
    [drawn] = await office.finished(job_id)
    button = Button.read(Button(ButtonAction.RERENDER, drawn.id).code)
    assert button is not None
    first = begun(await commands.press(button, message="m1"))
    assert begun(await commands.press(button, message="m1")) == first
    assert begun(await office.commands(BOB).press(button, message="m1")) != first
    await office.finished(first)
    assert begun(await commands.press(button, message="m1")) != first


async def follow_up(
    office: Office, who: Requester, job_id: str, text: str, *, event_key: str
) -> Reply | None:
    """The answer to words in the thread of a job that address no one."""
    conversation = Conversation(office.services, who)
    understood = await conversation.understand(
        IncomingMessage(text, addressed=False, job_id=job_id)
    )
    if understood is None:
        return None
    return await conversation.act(
        understood, office.commands(who), event_key=event_key, help_card=NoteCard("help")
    )


async def test_replies_in_a_thread_are_read_as_wishes(office: Office) -> None:
    job_id = await imagined(office)
    early = await follow_up(office, ANN, job_id, "make it night", event_key="e2")
    assert early is not None
    assert isinstance(early.card, NoteCard)
    await office.researched(job_id)
    await office.finished(job_id)
    assert await follow_up(office, ANN, job_id, "thanks!", event_key="e3") is None
    reply = await follow_up(office, ANN, job_id, "use the first photo", event_key="e4")
    assert reply is not None
    request = (await office.job_service.view("w1", begun(reply))).job.request
    assert [a.name for a in request.attachments] == ["the earlier picture", "Portrait"]
    again = await follow_up(office, ANN, job_id, "again", event_key="e5")
    assert again is not None
    assert (await office.job_service.view("w1", begun(again))).job.kind is JobKind.RERENDER
    sources = await follow_up(office, ANN, job_id, "sources?", event_key="e6")
    assert sources is not None
    assert isinstance(sources.card, EvidenceCard)


async def a_set(office: Office, *, count: int) -> tuple[str, list[str]]:
    """A finished job with the ids of its pictures."""
    job_id = await imagined(office, text=f"a cat count:{count}")
    await office.researched(job_id)
    return job_id, [drawn.id for drawn in await office.finished(job_id, pictures=count)]


async def test_which_picture_of_a_set_is_meant_is_asked_unless_it_is_known(office: Office) -> None:
    job_id, drawn = await a_set(office, count=3)
    asked = await follow_up(office, ANN, job_id, "make it darker", event_key="e2")
    assert asked is not None
    assert isinstance(asked.card, NoteCard)
    assert (asked.private, asked.job_id, asked.card.words) == (True, None, "make it darker")
    codes = [button.subject for button in asked.card.buttons]
    assert codes == [*(f"change:{picture}" for picture in drawn), f"change:{job_id}", "-"]
    named = await follow_up(office, ANN, job_id, "make the second one darker", event_key="e3")
    assert named is not None
    made = await office.job_service.view("w1", begun(named))
    assert made.job.request.parent_id == drawn[1]
    again = await follow_up(office, ANN, job_id, "make it warmer", event_key="e4")
    assert again is not None
    assert (await office.job_service.view("w1", begun(again))).job.request.parent_id == drawn[1]
    other = await follow_up(office, BOB, job_id, "make it warmer", event_key="e5")
    assert other is not None
    assert other.job_id is None


async def test_all_pictures_of_a_set_are_changed_where_that_is_said_or_pressed(
    office: Office,
) -> None:
    job_id, drawn = await a_set(office, count=3)
    said = await follow_up(office, ANN, job_id, "make all three darker", event_key="e2")
    assert said is not None
    pressed = await office.commands(BOB).press(
        Button(ButtonAction.PICK, f"upscale:{job_id}"), message="m1", text="larger please"
    )
    jobs = [each for each in await office.job_service.recent("w1") if each.id != job_id]
    assert {begun(said), begun(pressed)} <= {job.id for job in jobs}
    edits = {job.request.parent_id for job in jobs if job.kind is JobKind.EDIT}
    larger = {job.request.parent_id for job in jobs if job.kind is JobKind.RERENDER}
    assert edits == larger == set(drawn)


async def test_a_change_that_names_neither_of_two_pictures_is_made_to_both_while_there_is_room(
    office: Office,
) -> None:
    admin = office.commands(replace(ANN, role=Role.ADMIN))
    await admin.settings(Scope.WORKSPACE, "daily_per_member", "4")
    job_id, drawn = await a_set(office, count=2)
    reply = await follow_up(office, ANN, job_id, "make it darker", event_key="e2")
    assert reply is not None
    begun(reply)
    jobs = await office.job_service.recent("w1")
    edits = {job.request.parent_id for job in jobs if job.kind is JobKind.EDIT}
    assert edits == set(drawn)
    await admin.settings(Scope.WORKSPACE, "daily_per_member", "1")
    other = await follow_up(office, BOB, job_id, "make it darker", event_key="e3")
    assert other is not None
    assert other.job_id is None
    assert isinstance(other.card, NoteCard)
    assert other.card.text == "Which picture do you mean?"


async def test_what_is_unclear_is_offered_for_each_picture_of_a_set(office: Office) -> None:
    job_id, drawn = await a_set(office, count=2)
    conversation = Conversation(office.services, ANN)
    heard = IncomingMessage("I am not sure about the sky", addressed=True, job_id=job_id)
    understood = await conversation.understand(heard)
    assert understood is not None
    reply = await conversation.act(
        understood, office.commands(ANN), event_key="e2", help_card=NoteCard("help")
    )
    assert isinstance(reply.card, NoteCard)
    changes = [b for b in reply.card.buttons if b.action is ButtonAction.CHANGE]
    assert [button.subject for button in changes] == drawn
    labels = [label(button.action, "de", number=button.number) for button in changes]
    assert labels == ["Nr. 1 ändern", "Nr. 2 ändern"]
    with pytest.raises(InvalidRequest, match="can't see your message"):
        await office.commands(ANN).press(
            Button(ButtonAction.PICK, f"change:{drawn[0]}"), message="m1", text=""
        )


async def test_nothing_is_said_of_sources_before_there_is_a_picture(office: Office) -> None:
    commands = office.commands(ANN)
    job_id = await imagined(office)
    waiting = (await commands.sources(job_id)).card
    assert isinstance(waiting, NoteCard)
    assert waiting.text.startswith("In the queue")
    asked = await follow_up(office, ANN, job_id, "who built the tower?", event_key="q1")
    assert asked is not None
    assert isinstance(asked.card, NoteCard)
    assert "drawn without sources" not in asked.card.text
    await commands.cancel(job_id)
    cancelled = (await commands.sources(job_id)).card
    assert isinstance(cancelled, NoteCard)
    assert cancelled.text == "Cancelled."
    with pytest.raises(NotPossibleNow, match="was cancelled, so there is nothing to choose"):
        await commands.choose(job_id)


async def test_references_are_chosen_before_anything_is_rendered(office: Office) -> None:
    commands = office.commands(BOB)
    job_id = await imagined(office, text="a cat --choose")
    with pytest.raises(NotPossibleNow, match="aren't found yet"):
        await commands.choose(job_id)
    await office.choosing(job_id)
    card = (await commands.job(job_id)).card
    assert isinstance(card, ChoiceCard)
    assert [reference.number for reference in card.references] == [1]
    with pytest.raises(InvalidRequest, match="There is no reference 2"):
        await commands.choose(job_id, keep=[2])
    await commands.choose(job_id, keep=[], added=[("mine.png", picture(3))])
    grounded = (await office.job_service.view("w1", job_id)).research.grounded
    assert [reference.title for reference in grounded.references] == ["mine.png"]
    assert grounded.text.endswith("Use the first reference image as the requester's own model.")
    assert office.dispatcher.tasks[-1].workflow == "render"
    with pytest.raises(NotPossibleNow, match="have already been chosen"):
        await commands.choose(job_id)


async def test_references_are_replaced_by_pictures_of_ones_own(office: Office) -> None:
    commands = office.commands(BOB)
    job_id = await imagined(office, text="a cat --choose")
    await office.choosing(job_id)
    button = Button(ButtonAction.REPLACE, job_id)
    with pytest.raises(InvalidRequest, match="Attach a picture, or give the address"):
        await commands.press(button, message="m1")
    pictures = [("mine.png", picture(3)), ("more.png", picture(4))]
    reply = await commands.press(button, message="m1", pictures=pictures, replaced=[1])
    assert isinstance(reply.card, StatusCard)
    grounded = (await office.job_service.view("w1", job_id)).research.grounded
    assert [reference.title for reference in grounded.references] == ["mine.png", "more.png"]


async def test_an_edit_button_takes_pictures_along(office: Office) -> None:
    job_id = await imagined(office)
    [drawn] = await office.finished(job_id)
    reply = await office.commands(ANN).press(
        Button(ButtonAction.EDIT, drawn.id),
        message="m1",
        text="add her",
        pictures=[("h.png", picture(1))],
    )
    request = (await office.job_service.view("w1", begun(reply))).job.request
    assert [a.name for a in request.attachments] == ["the earlier picture", "h.png"]


async def test_a_thumbnail_is_a_small_jpeg(office: Office) -> None:
    data = picture(1, size=(2000, 500))
    sha256 = await office.blobs.put("w1", data)
    small = await office.job_service.thumbnail("w1", sha256)
    assert (small.media_type, small.width, small.height) == ("image/jpeg", 640, 160)
    with pytest.raises(NotFound):
        await office.job_service.thumbnail("w2", sha256)


async def test_settings_are_shown_set_and_taken_back(office: Office) -> None:
    admin = office.commands(replace(ANN, role=Role.ADMIN))
    set_ = (await admin.settings(Scope.CHANNEL, "blocked", "war, clowns")).card
    assert isinstance(set_, SettingsCard)
    assert dict(set_.lines)["blocked"] == "war, clowns"
    assert "paused" not in dict(set_.lines)
    with pytest.raises(Refused, match="does not want pictures about 'clowns'"):
        await imagined(office, text="clowns everywhere")
    await admin.settings(Scope.CHANNEL, "blocked", "")
    await imagined(office, text="clowns everywhere")
    with pytest.raises(Refused, match="Only an admin"):
        await office.commands(ANN).settings(Scope.CHANNEL, "blocked", "cats")
    with pytest.raises(InvalidRequest, match="can't be set per person"):
        await office.commands(ANN).settings(Scope.MEMBER, "approvals", "1")
    with pytest.raises(InvalidRequest, match="must be from 0 to 2"):
        await admin.settings(Scope.CHANNEL, "approvals", "3")
    with pytest.raises(InvalidRequest, match="There is no setting 'colour'"):
        await admin.settings(Scope.CHANNEL, "colour", "red")


async def test_approvals_are_not_set_without_a_review_channel(office: Office) -> None:
    here = "77777"
    admin = office.commands(replace(at(ANN, here), role=Role.ADMIN))
    for scope in (Scope.WORKSPACE, Scope.CHANNEL):
        with pytest.raises(InvalidRequest, match="Set review_channel to another channel first"):
            await admin.settings(scope, "approvals", "2")
    await admin.settings(Scope.CHANNEL, "review_channel", here)
    with pytest.raises(InvalidRequest, match="to another channel first"):
        await admin.settings(Scope.CHANNEL, "approvals", "2")
    await admin.settings(Scope.WORKSPACE, "review_channel", "99999")
    card = (await admin.settings(Scope.CHANNEL, "approvals", "2")).card
    assert isinstance(card, SettingsCard)
    assert "everyone who can read the review channel" in dict(card.lines)["who may approve"]
    await admin.settings(Scope.CHANNEL, "approvals", "")
    await admin.settings(Scope.WORKSPACE, "approvals", "1")
    with pytest.raises(InvalidRequest, match="or approvals to 0"):
        await admin.settings(Scope.WORKSPACE, "review_channel", "")
    await admin.settings(Scope.WORKSPACE, "approvals", "0")
    await admin.settings(Scope.WORKSPACE, "review_channel", "")


async def test_approvals_without_a_review_channel_wait_for_moderators(office: Office) -> None:
    """Set as by an earlier version; and nothing is posted without approval."""
    async with office.store.workspace("w1") as unit:
        await unit.preferences.save(Scope.WORKSPACE, "", Preferences(approvals=2))
    job_id = await imagined(office)
    request = (await office.job_service.view("w1", job_id)).job.request
    assert (request.routing.approvals, request.routing.review) == (2, None)


async def test_a_story_needs_as_many_approvals_as_the_stricter_of_schedule_and_team(
    office: Office,
) -> None:
    admin = replace(ANN, member_id="root", role=Role.ADMIN)
    for name, value in (("review_channel", "99999"), ("approvals", "1")):
        await office.commands(admin).settings(Scope.WORKSPACE, name, value)
    schedule = Schedule(
        *("", "w1", "root", "harbour", admin.destination, "0 * * * *", "UTC", NOON),
        topic="harbour",
        approvals=2,
        review=Destination("chat", "88888"),
    )
    await office.news.add(admin, schedule)
    job_id = await office.illustrate_news(admin, "harbour")
    request = (await office.job_service.view("w1", job_id)).job.request
    assert request.routing.approvals == 2


async def test_approvals_of_a_linked_channel_come_with_a_warning(office: Office) -> None:
    """Until they link their accounts, one person with two accounts counts as two people."""
    here = ANN.destination.channel
    async with office.store.workspace("w1") as unit:
        set_ = Preferences(approvals=2, review_channel="99999", linked="slack:T1/C2")
        await unit.preferences.save(Scope.CHANNEL, here, set_)
    admin = office.commands(replace(ANN, role=Role.ADMIN))
    card = (await admin.settings(Scope.CHANNEL, "approvals", "2")).card
    assert isinstance(card, SettingsCard)
    assert "link-account" in dict(card.lines)["careful"]
    card = (await admin.settings(Scope.CHANNEL, "approvals", "1")).card
    assert isinstance(card, SettingsCard)
    assert "careful" not in dict(card.lines)


async def test_a_result_is_released_by_as_many_people_as_it_takes(office: Office) -> None:
    admin = replace(ANN, member_id="root", role=Role.ADMIN)
    for name, value in (("review_channel", "99999"), ("approvals", "2")):
        await office.commands(admin).settings(Scope.WORKSPACE, name, value)
    job_id = await imagined(office)
    request = (await office.job_service.view("w1", job_id)).job.request
    assert (request.routing.approvals, request.routing.review) == (2, Destination("chat", "99999"))
    with pytest.raises(NotPossibleNow, match="doesn't need approval"):
        await office.commands(BOB).decide(job_id, approved=True)
    await office.reviewing(job_id)
    with pytest.raises(Refused, match="someone else must approve it"):
        await office.commands(ANN).decide(job_id, approved=True)
    reviewer = at(BOB, "99999")
    for _ in range(2):
        card = (await office.commands(reviewer).decide(job_id, approved=True)).card
        assert isinstance(card, ReviewCard)
        assert card.text == "Needs 1 more approval."
    eve = replace(reviewer, member_id="eve")
    card = (await office.commands(eve).decide(job_id, approved=True)).card
    assert isinstance(card, ReviewCard)
    assert (card.text, [b.action for b in card.buttons]) == (
        "Approved and posted.",
        [ButtonAction.SOURCES],
    )
    assert office.dispatcher.tasks[-1].id == f"{job_id}:result:deliver"
    assert (await office.job_service.view("w1", job_id)).job.status is JobStatus.DELIVERING


async def test_a_rejected_result_is_never_posted_and_its_requester_hears_why(
    office: Office,
) -> None:
    job_id = await imagined(office)
    await office.reviewing(job_id)
    moderator = replace(BOB, role=Role.MODERATOR)
    await office.commands(moderator).decide(job_id, approved=False, reason="wrong\nflag.")
    view = await office.job_service.view("w1", job_id)
    assert (view.job.status, view.job.error) == (
        JobStatus.FAILED,
        "The picture wasn't approved: wrong flag.",
    )
    assert office.dispatcher.tasks[-1].id == f"{job_id}:failure:deliver"


async def test_votes_and_the_gallery(office: Office) -> None:
    job_id = await imagined(office)
    [drawn] = await office.finished(job_id)
    await office.commands(ANN).vote(drawn.id, 1)
    said = (await office.commands(BOB).vote(drawn.id, -1)).card
    assert said == NoteCard("👍 1 👎 1")
    gallery = (await office.commands(BOB).gallery()).card
    assert isinstance(gallery, GalleryCard)
    assert [(p.illustration_id, p.votes) for p in gallery.pictures] == [(drawn.id, "👍 1 👎 1")]


async def test_a_vote_is_taken_back_unless_it_changed_meanwhile(office: Office) -> None:
    job_id = await imagined(office)
    [drawn] = await office.finished(job_id)
    commands = office.commands(ANN)
    await commands.vote(drawn.id, 1)
    await commands.vote(drawn.id, -1)
    assert (await commands.take_back(drawn.id, 1)).card == NoteCard("👍 0 👎 1")
    assert (await commands.take_back(drawn.id, -1)).card == NoteCard("👍 0 👎 0")
    with pytest.raises(NotFound):
        await office.commands(STRANGER).take_back(drawn.id, 1)


async def test_quotas_refuse_and_lanes_only_wait(office: Office) -> None:
    admin = office.commands(replace(ANN, role=Role.ADMIN))
    await admin.settings(Scope.WORKSPACE, "daily_per_member", "3")
    await admin.settings(Scope.WORKSPACE, "jobs_per_member", "2")
    jobs = [await imagined(office, key=f"e{n}") for n in range(3)]
    lanes = [
        (await office.job_service.view("w1", job_id)).job.request.routing.lane for job_id in jobs
    ]
    assert sorted(lanes) == [0, 0, 1]
    with pytest.raises(Refused, match="You have reached today's limit of 3 pictures"):
        await imagined(office, key="e9")
    assert await imagined(office, key="e0") == jobs[0]
    await imagined(office, BOB, key="e10")
    usage = (await office.commands(ANN).usage()).card
    assert isinstance(usage, NoteCard)
    assert usage.text.startswith("You requested 3 of 3 pictures today")
    with pytest.raises(Refused, match="Only an admin"):
        await office.commands(ANN).usage(everybody=True)


@pytest.mark.parametrize(
    "typed", ["Artists", "ARTISTS", "123456 and Artists", "@everyone", "<@&>", "role:123", "1234"]
)
async def test_text_that_names_no_role_is_an_error_and_the_old_value_stays(
    office: Office, typed: str
) -> None:
    admin = office.commands(replace(ANN, role=Role.ADMIN))
    await admin.settings(Scope.WORKSPACE, "allowed_groups", "<@&123456>, <!subteam^S0ARTISTS|@a>")
    for name in ("allowed_groups", "moderator_groups"):
        with pytest.raises(InvalidRequest, match="isn't a role or group"):
            await admin.settings(Scope.WORKSPACE, name, typed)
    kept = await office.team.preferences_at(ANN, Scope.WORKSPACE)
    assert (kept.allowed_groups, kept.moderator_groups) == (("123456", "S0ARTISTS"), None)


async def test_a_paused_team_takes_nothing_and_roles_are_asked_for(office: Office) -> None:
    admin = office.commands(replace(ANN, role=Role.ADMIN))
    await admin.settings(Scope.WORKSPACE, "allowed_groups", "<@&123456>")
    with pytest.raises(Refused, match="You don't have access"):
        await imagined(office, BOB)
    await imagined(office, replace(BOB, groups=frozenset({"123456"})))
    await admin.settings(Scope.WORKSPACE, "paused", "yes")
    with pytest.raises(Refused, match="paused here"):
        await imagined(office, key="e2")


async def test_who_did_what_is_written_down(office: Office) -> None:
    job_id = await imagined(office)
    await office.commands(ANN).cancel(job_id)
    admin = replace(BOB, role=Role.ADMIN)
    await office.commands(admin).settings(Scope.WORKSPACE, "style", "ink")
    entries = await office.team.audit(admin)
    assert [(e.member_id, e.action) for e in entries] == [
        ("bob", "settings"),
        ("ann", "cancel"),
        ("ann", "illustrate"),
    ]
    with pytest.raises(Refused, match="Only an admin"):
        await office.team.audit(ANN)
    shown = (await office.commands(admin).audit()).card
    assert isinstance(shown, NoteCard)
    assert unmarked(shown.lines[0]).endswith("bob · settings · workspace · style: ink")
    assert job_id[-6:] in shown.lines[1]


async def test_the_library_is_changed_by_moderators_and_never_by_a_path(office: Office) -> None:
    moderator = office.commands(replace(ANN, role=Role.MODERATOR))
    with pytest.raises(Refused, match="Only moderators"):
        await office.commands(ANN).library.add(upload=("cat.png", picture(1)))
    with pytest.raises(InvalidRequest, match="Attach a file, or give the address"):
        await moderator.library.add()
    with pytest.raises(FetchFailed, match="couldn't be read"):
        await moderator.library.add(address="/etc/passwd")
    with pytest.raises(InvalidRequest, match="isn't a picture"):
        await moderator.library.add(upload=("../../etc/passwd", b"root"))
    added = (
        await moderator.library.add(
            upload=("my_cat.png", picture(1)), author="Ann", license="CC0 1.0"
        )
    ).card
    assert isinstance(added, LibraryCard)
    [(item_id, title, rights)] = added.entries
    assert (title, rights) == ("my cat", "Ann · CC0 1.0")
    listed = (await office.commands(BOB).library.list()).card
    assert listed == added
    assert await suggestions(office.services, BOB, "library", "cat") == [("my cat", item_id)]
    await moderator.library.remove(item_id)
    assert (await office.commands(BOB).library.list()).card == LibraryCard(())


async def test_a_long_library_is_shown_a_page_at_a_time(office: Office) -> None:
    moderator = office.commands(replace(ANN, role=Role.MODERATOR))
    for number in range(27):
        await moderator.library.add(upload=(f"{number}.txt", f"text {number}".encode()))
    first = (await office.commands(BOB).library.list()).card
    assert isinstance(first, LibraryCard)
    assert len(first.entries) == 25
    [more] = first.buttons
    rest = (await office.commands(BOB).press(more, message="m1")).card
    assert isinstance(rest, LibraryCard)
    assert (len(rest.entries), rest.buttons) == (2, ())


async def test_an_address_is_read_by_the_one_fetcher(office: Office) -> None:
    with pytest.raises(FetchFailed, match="couldn't be read"):
        await office.commands(ANN).library.read("http://169.254.169.254/latest")


async def test_suggestions_fit_what_was_typed(office: Office) -> None:
    job_id = await imagined(office, text="a cat in Paris")
    await imagined(office, BOB, "a dog", "e2")
    assert await suggestions(office.services, ANN, "job", "PARIS") == [
        (f"a cat in Paris · {job_id[-6:]}", job_id)
    ]
    assert await suggestions(office.services, ANN, "generator", "story") == [
        ("storyboard", "storyboard")
    ]
    assert ("ink drawing", "ink drawing") in await suggestions(office.services, ANN, "style", "")
    assert await suggestions(office.services, ANN, "colour", "") == []


def test_what_is_not_wanted_is_said_in_the_prompt() -> None:
    request = request_of(ANN, "a park", {"no": "dogs, cats"})
    assert request.prompt == "a park, without dogs, cats"


async def test_choices_in_braces_make_a_job_each_within_the_quota(office: Office) -> None:
    admin = office.commands(replace(ANN, role=Role.ADMIN))
    reply = await office.commands(ANN).imagine(
        "a {red, blue} car with {one, two} doors", event_key="e"
    )
    jobs = await office.job_service.recent("w1")
    assert {job.request.prompt for job in jobs} == {
        f"a {colour} car with {doors} doors"
        for colour in ("red", "blue")
        for doors in ("one", "two")
    }
    assert (await office.job_service.view("w1", begun(reply))).job.request.prompt == (
        "a red car with one doors"
    )
    await office.commands(ANN).imagine("a {red, blue} car with {one, two} doors", event_key="e")
    assert len(await office.job_service.recent("w1")) == 4
    await admin.settings(Scope.WORKSPACE, "daily_per_member", "5")
    with pytest.raises(Refused, match="makes 2 pictures, but you have 1 picture left today"):
        await office.commands(ANN).imagine("a {red, blue} bus", event_key="e2")
    with pytest.raises(InvalidRequest, match="make 9 pictures; you can request at most 8"):
        await office.commands(ANN).imagine("{a, b, c} and {d, e, f}", event_key="e3")
    assert len(await office.job_service.recent("w1")) == 4


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("a {red, blue} car", ["a red car", "a blue car"]),
        ("{a cat, a dog} in the rain", ["a cat in the rain", "a dog in the rain"]),
        ("a sign that says {hello}", ["a sign that says {hello}"]),
        ("{}", ["{}"]),
        ("-- a {red, blue} car", ["-- a {red, blue} car"]),
        ("a {very, } old car", ["a very old car", "a old car"]),
    ],
)
def test_choices_in_braces(text: str, prompts: list[str]) -> None:
    assert permuted(text) == prompts


@pytest.mark.parametrize(
    ("prompt", "pictures", "named"),
    [
        (
            "face from the first, style from the second",
            2,
            "face from the first reference image, style from the second reference image",
        ),
        (
            "das Gesicht vom ersten, den Stil vom zweiten",
            2,
            ("das Gesicht vom ersten Vorlagenbild, den Stil vom zweiten Vorlagenbild"),
        ),
        ("children from the first snow", 2, "children from the first snow"),
        ("face from the first", 1, "face from the first"),
        ("face from the third", 2, "face from the third"),
    ],
)
def test_references_are_named_by_their_role(prompt: str, pictures: int, named: str) -> None:
    assert with_named_references(prompt, pictures=pictures) == named
