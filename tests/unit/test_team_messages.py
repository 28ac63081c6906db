"""What messages of a workspace say of things that only its team knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from agent.research import team_messages
from agent.research.own_subjects import get_own_subjects
from agent.research.planner import NO_SEARCH, nothing_found
from agent.research.team_messages import TeamMessageResearcher
from agent.research.told_looks import get_looks
from domain.errors import RenderFailed, StorageUnavailable
from domain.requests import Job, ResearchDepth
from domain.research import GroundedPrompt, Research
from domain.team_messages import TOLD, MessagesFound, TeamMessage, without_told
from evaluation.peers.values import a_job
from generation.composition import NOTHING_TO_SHOW, composition
from tests.fakes.search import MemoryNotebook, MemorySteps

MESSAGES = Path(__file__).parent.parent / "data" / "team_messages" / "messages.json"
NAMES = ("henrietta", "vanderbosch", "4711", "xk", "14", "anna", "schmidt", "gucci", "peter")
OTTER = TeamMessage("Quibble is a green otter with a red scarf.", "https://t.slack.com/p1")
TALK = TeamMessage("Who has the keys for Quibble's cupboard?", "https://t.slack.com/p2")


@dataclass
class FixedResearcher:
    """Gives the same research every time."""

    research_: Research

    async def research(self, job: Job, *, steps: Any, notebook: Any) -> Research:
        return self.research_


@dataclass
class FixedSearch:
    """Gives the same messages every time."""

    found: MessagesFound | Exception
    asked: list[str] = field(default_factory=list[str])
    finished: int = 0

    async def search(self, job: Job, queries: Sequence[str]) -> MessagesFound:
        self.asked += queries
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def finish(self, job: Job) -> None:
        self.finished += 1


def everywhere(_job: Job) -> bool:
    return True


def anything(_prompt: str, _line: str) -> bool:
    return True


def asked(prompt: str, **parts: Any) -> Job:
    job = a_job()
    return replace(job, request=replace(job.request, prompt=prompt, **parts))


async def researched(
    job: Job,
    found: MessagesFound | Exception,
    *,
    notes: Sequence[str] = (NO_SEARCH,),
    unfound: Sequence[str] = (),
    steps: MemorySteps | None = None,
) -> tuple[Research, FixedSearch]:
    first = Research(
        (), (), GroundedPrompt(job.request.prompt), tuple(notes), unfound=tuple(unfound)
    )
    search = FixedSearch(found)
    researcher = TeamMessageResearcher(
        FixedResearcher(first), search, may_ask=everywhere, passes=anything
    )
    done = await researcher.research(job, steps=steps or MemorySteps(), notebook=MemoryNotebook())
    return done, search


@pytest.mark.parametrize(
    ("prompt", "own"),
    [
        ("our mascot Quibble at the summer party", ("mascot Quibble",)),
        ("Quibble, our mascot, on a skateboard", ("Quibble mascot",)),
        ("unser Maskottchen Quibble im Regen", ("Maskottchen Quibble",)),
        ("notre mascotte au bord de la mer", ("mascotte",)),
        ("私たちのマスコット", ("マスコット",)),
        ("我们的吉祥物在海边", ("吉祥物",)),
        ("a cat on a sofa", ()),
        ("an hourglass beside the Eiffel Tower", ()),
    ],
)
def test_what_is_the_teams_own_is_told_by_its_possessive(prompt: str, own: tuple[str, ...]) -> None:
    assert get_own_subjects(prompt) == own


def test_a_name_that_nobody_else_knows_may_be_the_teams() -> None:
    assert get_own_subjects("Quibble in the rain", ["Quibble"]) == ("Quibble",)


@pytest.mark.parametrize(
    ("prompt", "unfound"),
    [
        ("Henrietta Vanderbosch at the beach", ["Henrietta Vanderbosch"]),
        ("our CEO Anna Schmidt on a horse", []),
        ("unser Chef Peter Lindner als Pirat", []),
    ],
)
def test_how_people_look_is_not_looked_up_in_messages(prompt: str, unfound: list[str]) -> None:
    assert not [each for each in get_own_subjects(prompt, unfound) if " " in each]


def test_looks_are_told_from_other_talk_in_several_languages() -> None:
    found = wanted = quiet = other = 0
    for _language, subject, message, details in json.loads(MESSAGES.read_text("utf-8")):
        told = " | ".join(get_looks(subject, message)).casefold()
        wanted += len(details)
        found += sum(detail.casefold() in told for detail in details)
        other += not details
        quiet += not details and not told
    assert (quiet, other) == (15, 15)
    assert found / wanted > 0.8


def test_no_sentence_name_or_number_is_repeated() -> None:
    told = get_looks(
        "mascot Quibble",
        "Quibble is a small green otter with a red scarf, drawn by Henrietta Vanderbosch. "
        "It has 14 buttons, a key 4711-XK and a wooden sword of the old knights of the round.",
    )
    assert "small green otter" in told
    assert all(len(detail.split()) <= 4 for detail in told)
    told += get_looks(
        "Quibble",
        "quibble has a green hat from anna schmidt, a Gucci bag and a long tail knitted by Peter.",
    )
    words = " ".join(told).casefold()
    assert not [each for each in NAMES if each in words]


async def test_what_messages_say_stands_in_the_prompt_and_their_addresses_beside_it() -> None:
    found = MessagesFound((TALK, OTTER))
    research, search = await researched(asked("our mascot Quibble"), found)
    assert research.grounded.text.endswith(f"\nMascot Quibble {TOLD}: green otter, red scarf.")
    assert research.messages == (OTTER.address,)
    [note] = research.notes
    assert "mascot Quibble looks like comes from 1 message in" in note
    assert (search.asked, search.finished) == (["mascot Quibble"], 1)

    assert without_told(research.grounded.text) == "our mascot Quibble"


def test_a_card_that_tells_what_the_team_wrote_is_not_called_empty() -> None:
    request = a_job().request
    empty = composition(request, GroundedPrompt("a fox"), None, references=0)
    told = composition(request, GroundedPrompt(f"a fox\nFox {TOLD}: red."), None, references=0)
    assert (empty["notes"], "notes" in told) == ([NOTHING_TO_SHOW], False)


async def test_what_was_found_after_all_is_no_longer_reported_as_missing() -> None:
    notes = [nothing_found(["Quibble", "Zargo"]), "Another."]
    unfound = ("Quibble", "Zargo")
    research, _ = await researched(
        asked("Quibble and Zargo"), MessagesFound((OTTER,)), notes=notes, unfound=unfound
    )
    assert research.notes[:2] == ("Nothing was found about Zargo.", "Another.")


async def test_a_checkpoint_holds_no_text_of_a_message() -> None:
    steps = MemorySteps()
    await researched(asked("our mascot Quibble"), MessagesFound((OTTER,)), steps=steps)
    assert "hop-messages" in steps.kept
    whole = repr(steps.kept)
    assert "green otter" in whole
    assert "green otter with" not in whole
    assert "Quibble is" not in whole + repr(OTTER) + repr(MessagesFound((OTTER,)))


async def test_what_others_wrote_gets_no_request_refused() -> None:
    first = Research((), (), GroundedPrompt("our mascot Quibble"), (NO_SEARCH,))
    researcher = TeamMessageResearcher(
        FixedResearcher(first),
        FixedSearch(MessagesFound((OTTER,))),
        may_ask=everywhere,
        passes=lambda _prompt, line: "otter" not in line,
    )
    job = asked("our mascot Quibble")
    research = await researcher.research(job, steps=MemorySteps(), notebook=MemoryNotebook())
    assert (research.grounded, research.messages) == (first.grounded, ())


async def test_why_nothing_was_searched_is_a_note() -> None:
    why = MessagesFound(problem="Messages weren't searched: that is why.")
    research, _ = await researched(asked("our mascot Quibble"), why)
    assert research.notes == (NO_SEARCH, why.problem)
    assert research.grounded.text == "our mascot Quibble"


@pytest.mark.parametrize(
    "job",
    [asked("a cat on a sofa"), asked("our mascot", research=ResearchDepth.OFF)],
)
async def test_everyday_requests_and_those_without_research_ask_nobody(job: Job) -> None:
    steps = MemorySteps()
    _, search = await researched(job, MessagesFound((OTTER,)), steps=steps)
    assert (search.asked, search.finished, steps.kept) == ([], 1, {})


async def test_what_was_needed_is_forgotten_unless_the_job_goes_on_later() -> None:
    search = FixedSearch(RenderFailed("storyboard", "it broke"))
    first = Research((), (), GroundedPrompt("our mascot"))
    researcher = TeamMessageResearcher(
        FixedResearcher(first), search, may_ask=everywhere, passes=anything
    )
    with pytest.raises(RenderFailed):
        await researcher.research(
            asked("our mascot"), steps=MemorySteps(), notebook=MemoryNotebook()
        )
    assert search.finished == 1
    search.found = StorageUnavailable("the disk is full")
    with pytest.raises(StorageUnavailable):
        await researcher.research(
            asked("our mascot"), steps=MemorySteps(), notebook=MemoryNotebook()
        )
    assert search.finished == 1


async def test_an_error_about_a_message_repeats_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_subject: str, message: str) -> tuple[str, ...]:
        raise ValueError(message)

    monkeypatch.setattr(team_messages, "get_looks", broken)
    with structlog.testing.capture_logs() as logs:
        research, _ = await researched(asked("our mascot Quibble"), MessagesFound((OTTER,)))
    assert research.messages == ()
    assert [line["event"] for line in logs] == ["team_message_not_read"]
    assert "otter" not in repr(logs)
