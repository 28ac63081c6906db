"""Installations of the version before, killed in the middle of everything, are opened by today's:
all that was under way is finished, and every old button still works."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from domain.illustrations import IllustrationStatus
from domain.requests import Destination, JobKind, JobStatus
from domain.team import Role
from jobs.admission.requests import Requester
from tests.upgrade.installation import Installation, opened
from tests.upgrade.people import OldButton, OnDiscord, OnSlack
from tests.upgrade.recording import ON_DISCORD, ON_SLACK, TERMINAL

pytestmark = pytest.mark.timeout(600)


async def test_everything_that_was_under_way_is_finished(url: str, tmp_path: Path) -> None:
    async with opened("chats", url, tmp_path / "old", half=True) as installation:
        await installation.until(installation.unfinished)
        await asyncio.sleep(2.0)  # what is sent twice is sent after it seemed to be over
        views = await installation.jobs()
        installation.check(views)
        assert Counter(view.job.status for view in views)[JobStatus.FAILED] == 0
        await read_old_rows(installation)
        if not url:  # buttons do the same on both databases
            await press_buttons(installation)
            installation.check(await installation.jobs())


@pytest.mark.soak
@pytest.mark.parametrize("archive", ["chats", "models"])
async def test_every_job_that_was_under_way_is_finished(
    archive: str, url: str, tmp_path: Path
) -> None:
    async with opened(archive, url, tmp_path / "old") as installation:
        await installation.until(installation.unfinished)
        installation.check(await installation.jobs())


async def test_research_and_checks_by_a_model_are_finished(url: str, tmp_path: Path) -> None:
    async with opened("models", url, tmp_path / "old", half=True) as installation:
        await installation.until(installation.unfinished)
        installation.check(await installation.jobs())


async def read_old_rows(installation: Installation) -> None:
    """Recipes, their pictures and references, galleries, usage, libraries and schedules."""
    application = installation.application
    workspaces: set[str] = set()
    shown: dict[str, tuple[str, Destination]] = {}
    """A picture of each workspace that all members see there, and its place."""
    for view in await installation.jobs():
        workspace = view.job.workspace_id
        for picture in view.illustrations:
            assert picture.recipe.request
            if picture.sha256 is None or picture.status is IllustrationStatus.DELETED:
                continue
            workspaces.add(workspace)
            if view.job.status is JobStatus.DONE and not view.job.request.routing.private:
                shown[workspace] = picture.id, view.job.request.routing.destination
            data = await application.job_service.picture(workspace, picture.sha256)
            assert hashlib.sha256(data).hexdigest() == picture.sha256
            for reference in picture.recipe.references:
                assert await application.job_service.thumbnail(workspace, reference.sha256)
    chats = {workspace for workspace in workspaces if not workspace.startswith("terminal:")}
    assert len(chats) == 3, chats
    for workspace in chats:
        surface = workspace.partition(":")[0]
        where = {"discord": ON_DISCORD, "slack": ON_SLACK}.get(surface, TERMINAL)
        requester = Requester(workspace, "m11", where, Role.ADMIN)
        picture_id, there = shown[workspace]
        voter = replace(requester, destination=there)
        await application.team.vote(voter, picture_id, 1)
        assert await application.team.gallery(voter)
        assert (await application.team.usage(requester, everybody=True)).pictures_this_month
        assert await application.library.list(workspace)
        assert surface == "local" or await application.news.schedules(requester)


GROUPS = (
    ("approve", "reject"),
    ("go", "keep", "replace"),
    ("picture", "story", "text"),
    ("annotate", "retell"),
)
"""Alternatives: after one of them was pressed, the message has other buttons."""
NEW_JOB = ("rerender", "reresearch", "vary", "edit")
FORMS = ("edit", "reject", "replace", "text")
"""Actions that open a form."""
MOST = 2
"""How many buttons of an action are pressed in each chat."""
LAST = ("retell", "cancel", "delete")
WARNING = "\N{WARNING SIGN}"
MOVED_ON = re.compile(
    "need approval|needs approval|be cancelled|already been chosen|already being drawn"
    "|nothing to choose|no picture here that can be reported"
)
"""Answers to a button of a message that was out of date and not edited yet."""


@dataclass
class Pressing:
    """Presses old buttons of one chat."""

    people: OnDiscord | OnSlack
    address: str
    """Where a picture can be read."""
    times: Counter[str]
    """How often each action was pressed, in all chats."""
    said: dict[str, str] = field(default_factory=dict[str, str])
    """The answers, by the button's text."""
    pressed: Counter[str] = field(default_factory=Counter[str])
    """How often each action was pressed in this chat."""

    async def press(self, every: Sequence[OldButton]) -> None:
        """Press some of each action, and of alternatives the one that was pressed least."""
        for old in sorted(every, key=lambda old: old.action in LAST):
            if not self.people.has(old):
                continue  # an earlier button changed the message
            if self.pressed[old.action] >= (1 if old.action in (*NEW_JOB, "delete") else MOST):
                continue
            group = next((g for g in GROUPS if old.action in g), ())
            if any(self.times[other] < self.times[old.action] for other in group):
                continue
            self.times[old.action] += 1
            self.pressed[old.action] += 1
            self.said[old.code] = await self.people.press(old)
            if old.action in FORMS:
                text = self.address if old.action == "replace" else "The harbour at night"
                self.said[f"{old.code} form"] = await self.people.submit(old, text=text)


async def press_buttons(installation: Installation) -> None:
    """Press buttons of every kind, and send the forms that were open."""
    world = installation.outside
    before = {view.job.id for view in await installation.jobs()}
    times: Counter[str] = Counter()
    chats = (OnDiscord(world.discord, world.open_forms), OnSlack(world.slack))
    for people, buttons in [(chat, list(chat.buttons())) for chat in chats]:
        pressing = Pressing(people, world.web.url("picture/3.jpg"), times)
        await people.submit_open(text="make it winter")
        await pressing.press(buttons)
        errors = {
            code: said
            for code, said in pressing.said.items()
            if WARNING in said and not MOVED_ON.search(said)
        }
        assert not errors, errors
    assert set(times) >= EXPECTED, "the recording holds too few kinds of buttons"
    await installation.until(installation.unfinished)
    begun = [view for view in await installation.jobs() if view.job.id not in before]
    assert {view.job.status for view in begun} <= {JobStatus.DONE, JobStatus.REVIEWING}
    assert {view.job.kind for view in begun} >= {JobKind.RERENDER, JobKind.RERESEARCH, JobKind.EDIT}


EXPECTED = {
    *("rerender", "vary", "reresearch", "edit", "sources", "references", "delete"),
    *("approve", "reject", "go", "keep", "replace", "annotate"),
}
