"""Commands: options typed after a prompt, and what each command makes of the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import Commands, request_of, split_options
from domain.errors import InvalidRequest, NotFound, NotPossibleNow, UnusableReference
from domain.requests import AspectRatio, JobKind, JobStatus, ResearchDepth, Rights
from tests.fakes.desk import ANN, BOB, STRANGER, Office, an_office
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
        ("seed:5", "", {"seed": "5"}),
        ("", "", {}),
    ],
)
def test_options_stand_at_the_end(text: str, prompt: str, options: dict[str, str]) -> None:
    assert split_options(text) == (prompt, options)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a cat --sede 5", "There is no option 'sede'; the options are research, rights"),
        ("a cat --seed", "The option '--seed' needs a value"),
        ("a cat --seed=", "The option '--seed' needs a value"),
        ("a cat seed:1 --seed 2", "The option 'seed' is given twice"),
        ("a cat --seed five", "The seed 'five' is not usable; give a whole number"),
        ("a cat seed:-1", "The seed -1 is not usable"),
        ("a cat seed:" + "9" * 5000, "is not usable; give a whole number"),
        ("a cat count:9", "The count 9 is not usable"),
        ("a cat research:much", "choose auto, off, quick, deep"),
        ("a cat rights:none", "choose any, licensed, library"),
        ("a cat aspect:9:1", "The aspect '9:1' is not usable"),
        ("a cat --private please", "say yes or no"),
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
    assert (request.prompt, request.workspace_id, request.member_id) == ("a cat", "w1", "ann")
    assert (request.research, request.rights) == (ResearchDepth.DEEP, Rights.LICENSED)
    assert (request.aspect, request.count, request.seed) == (AspectRatio(4, 3), 2, 9)
    assert (request.private, request.generator, request.style) == (True, "storyboard", "in[31m ink")


def test_an_unknown_option_is_refused_however_it_is_given() -> None:
    with pytest.raises(InvalidRequest, match="There is no option 'workspace_id'"):
        request_of(ANN, "a cat", {"workspace_id": "w2"})


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def test_a_redelivered_event_is_the_same_job(office: Office) -> None:
    commands = Commands(office.desk, ANN)
    first = await commands.imagine("a cat seed:5", event_key="e1")
    again = await commands.imagine("a cat seed:5", event_key="e1")
    other = await commands.imagine("a cat seed:5", event_key="e2")
    assert first.job_id == again.job_id != other.job_id
    assert (first.status, first.title) == (JobStatus.QUEUED, "a cat")
    assert other.text == "Waiting; one job is before it."


async def test_given_options_leave_the_text_alone(office: Office) -> None:
    commands = Commands(office.desk, ANN)
    card = await commands.imagine("a cat seed:5", event_key="e1", options={"seed": "6"})
    view = await office.desk.view("w1", card.job_id)
    assert (view.job.request.prompt, view.job.request.seed) == ("a cat seed:5", 6)


async def test_pictures_are_checked_before_there_is_a_job(office: Office) -> None:
    commands = Commands(office.desk, ANN)
    with pytest.raises(UnusableReference, match=r"'x\.png' cannot be used"):
        await commands.imagine("a cat", event_key="e1", pictures=[("x.png", b"no picture")])
    assert (await commands.jobs()).entries == ()
    card = await commands.imagine("a cat", event_key="e1", pictures=[("x.png", picture(1))])
    view = await office.desk.view("w1", card.job_id)
    assert [a.name for a in view.job.request.attachments] == ["x.png"]


async def test_a_job_and_its_picture_name_the_same(office: Office) -> None:
    commands = Commands(office.desk, ANN)
    job_id = (await commands.imagine("a cat", event_key="e1")).job_id
    await office.researched(job_id)
    [drawn] = await office.finished(job_id, notes=("Only the library was searched.",))
    for identifier in (job_id, drawn.id, f" {drawn.id.lower()} "):
        evidence = await commands.sources(identifier)
        assert evidence.job_id == job_id
        assert [entry.n for entry in evidence.entries] == [1, 2]
        assert (await commands.job(identifier)).notes == ("Only the library was searched.",)
        assert [card.illustration_id for card in await commands.illustrations(identifier)] == [
            drawn.id
        ]
    again = await commands.regenerate(job_id, event_key="e2", seed=3)
    made = await office.desk.view("w1", again.job_id)
    assert (made.job.kind, made.job.request.parent_id) == (JobKind.RERENDER, drawn.id)
    anew = await commands.research(drawn.id, event_key="e3")
    assert (await office.desk.view("w1", anew.job_id)).job.kind is JobKind.RERESEARCH


async def test_of_several_pictures_one_must_be_named(office: Office) -> None:
    commands = Commands(office.desk, ANN)
    job_id = (await commands.imagine("a cat count:2", event_key="e1")).job_id
    with pytest.raises(InvalidRequest, match="none yet"):
        await commands.regenerate(job_id, event_key="e2")
    drawn = await office.finished(job_id, pictures=2)
    with pytest.raises(InvalidRequest, match=f"{drawn[0].id}, {drawn[1].id}; name one of them"):
        await commands.regenerate(job_id, event_key="e2")


async def test_a_job_is_stopped_once_and_only_while_it_runs(office: Office) -> None:
    commands = Commands(office.desk, ANN)
    waiting = await commands.imagine("a cat", event_key="e1")
    assert (await commands.cancel(waiting.job_id)).text == "Cancelled."
    assert (await commands.cancel(waiting.job_id)).status is JobStatus.CANCELLED
    assert office.dispatcher.cancelled
    done = await commands.imagine("a dog", event_key="e2")
    await office.finished(done.job_id)
    with pytest.raises(NotPossibleNow, match="done already"):
        await commands.cancel(done.job_id)


async def test_lists_are_the_askers_own_unless_everybodys_is_asked(office: Office) -> None:
    await Commands(office.desk, ANN).imagine("a cat", event_key="e1")
    await Commands(office.desk, BOB).imagine("a dog", event_key="e2")
    own = await Commands(office.desk, ANN).jobs()
    assert [entry.title for entry in own.entries] == ["a cat"]
    everybodys = await Commands(office.desk, ANN).jobs(everybody=True)
    assert sorted(entry.title for entry in everybodys.entries) == ["a cat", "a dog"]


async def test_another_workspace_sees_nothing(office: Office) -> None:
    job_id = (await Commands(office.desk, ANN).imagine("a cat", event_key="e1")).job_id
    await office.finished(job_id)
    stranger = Commands(office.desk, STRANGER)
    assert (await stranger.jobs(everybody=True)).entries == ()
    for question in (
        stranger.job(job_id),
        stranger.sources(job_id),
        stranger.illustrations(job_id),
        stranger.cancel(job_id),
        stranger.regenerate(job_id, event_key="e1"),
        stranger.research(job_id, event_key="e1"),
    ):
        with pytest.raises(NotFound):
            await question


async def test_the_answer_goes_where_the_asker_is(office: Office) -> None:
    elsewhere = replace(BOB, destination=replace(BOB.destination, channel="c2"))
    job_id = (await Commands(office.desk, ANN).imagine("a cat", event_key="e1")).job_id
    await office.finished(job_id)
    again = await Commands(office.desk, elsewhere).regenerate(job_id, event_key="e2")
    request = (await office.desk.view("w1", again.job_id)).job.request
    assert (request.destination.channel, request.member_id) == ("c2", "bob")
