"""What a recorded installation holds: jobs that are over, jobs that wait for people, stories, and
runs of every workflow that were killed at every step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from domain.links import ChannelCode
from domain.news import Schedule, SlotStatus
from domain.requests import (
    LOCAL_WORKSPACE,
    Destination,
    Job,
    JobStatus,
    Request,
    ResearchDepth,
)
from domain.team import Role, Scope
from evaluation.peers.discord_world import REVIEW
from jobs.admission.requests import Requester
from tests.upgrade import stops
from tests.upgrade.outside import STORIES, plain_picture
from tests.upgrade.people import EVE, OnDiscord, OnSlack
from tests.upgrade.recording import (
    DISCORD,
    ON_DISCORD,
    ON_SLACK,
    SLACK,
    TERMINAL,
    Recording,
)

BRIDGES = "the Golden Gate Bridge next to Tower Bridge"
CUBE = "a red cube"


async def chats(r: Recording) -> None:
    """An installation in both chats, with news and linked channels, killed in the middle."""
    ours = stops.numbered(r.every)
    await r.start("CHATS")
    discord, slack = r.outside.discord, r.outside.slack
    slack.team.users[f"U{EVE}"] = {"is_admin": True}
    await discord.until(lambda: discord.session and len(discord.session.events) >= 2, within_s=90)
    await slack.connected(1)
    await discord.until(lambda: discord.world.commands, within_s=60)
    await _finished(r)
    await _waiting(r)
    await _mirrored(r)
    await _stories(r)
    for number, stop in ours.items():
        if stops.is_news(number):
            continue
        prompt = BRIDGES if stop.workflow == "research" else CUBE
        depth = {} if stop.workflow == "research" else {"research": "off"}
        several = {"count": 2} if stop.step.endswith("-1") and stop.workflow == "render" else {}
        if stop.surface == "terminal":
            parts = {**several, **({"research": ResearchDepth.OFF} if depth else {})}
            await r.submit(prompt, number, **parts)
        elif stop.surface == "linked":
            await r.asked(prompt, number, "discord", channel=REVIEW, **depth)
        else:
            await r.asked(prompt, number, stop.surface, **depth, **several)
    await r.stopped(set(ours))
    await slack.slash("a picture that nobody began", user="USLOW", channel="C0001")
    await asyncio.sleep(1.0)
    await r.kill()
    await _queued(r)


async def _finished(r: Recording) -> None:
    """Jobs that are over: with votes, made again, edited, deleted, cancelled; and a library."""
    application = r.application
    file = r.folder.parent / "bridge.png"
    file.write_bytes(plain_picture(4, kind="PNG"))
    for workspace in (LOCAL_WORKSPACE, DISCORD, SLACK):
        await application.library.add(
            workspace, str(file), title="A bridge in Ellery", author="Ann"
        )
    for surface in ("discord", "slack"):
        first = await r.asked(BRIDGES, 11, surface)
        several = await r.asked(CUBE, 12, surface, research="off", count=2)
        gone = await r.asked("a green sphere", 13, surface, research="off")
        await r.done(first, several, gone)
        ann = r.requester(first)
        [shown] = (await application.job_service.view(first.workspace_id, first.id)).illustrations
        await application.team.vote(ann, shown.id, 1)
        await application.team.vote(replace(ann, member_id="12"), shown.id, -1)
        again = await application.job_service.vary(ann, shown.id, event_key=str(ULID()))
        anew = await application.job_service.rerender(ann, shown.id, event_key=str(ULID()))
        other = await application.job_service.edit(
            ann, shown.id, "make it night", event_key=str(ULID())
        )
        await r.done(again, anew, other)
        await application.job_service.delete(ann, gone.id)
        old = OnDiscord(r.outside.discord) if surface == "discord" else OnSlack(r.outside.slack)
        button = next(b for b in old.buttons() if b.action == "edit" and b.code.endswith(shown.id))
        await old.press(button)  # a form that is still open when the process dies
    local = await r.submit(BRIDGES, 11, generator="storyboard", seed=3)
    await r.done(local)
    stopped = await r.submit(CUBE, 12, research=ResearchDepth.OFF, count=4)
    await application.job_service.cancel(r.requester(stopped), stopped.id)


async def _waiting(r: Recording) -> None:
    """Jobs that wait for people: for the choice of their references, and for approval."""
    waiting: list[Job] = []
    for surface, yes in (("discord", True), ("slack", "yes")):
        waiting += [await r.asked(BRIDGES, n, surface, choose=yes) for n in (21, 22)]
    await r.done(*waiting, status=JobStatus.CHOOSING)
    reviewed: list[Job] = []
    for destination, workspace, review in (
        (ON_DISCORD, DISCORD, Destination("discord", str(REVIEW))),
        (ON_SLACK, SLACK, Destination("slack", "C0002")),
    ):
        r.outside.slack.team.channel("C0002")
        for number, approvals in ((23, 1), (24, 2), (25, 1)):
            prefix = "U" if workspace == SLACK else ""
            request = Request.checked(
                CUBE,
                workspace_id=workspace,
                member_id=f"{prefix}{number}",
                destination=destination,
                research=ResearchDepth.OFF,
                approvals=approvals,
                review=review,
            )
            reviewed.append(await r.application.job_service.submit(request, event_key=str(ULID())))
    await r.done(*reviewed, status=JobStatus.REVIEWING)
    for job in reviewed:
        if job.request.routing.approvals == 2:
            eve = replace(r.requester(job), member_id=f"{EVE}")
            await r.application.team.decide(eve, job.id, approved=True)


async def _mirrored(r: Recording) -> None:
    """Two channels, one in each chat, that show the same jobs: one over, one under way."""
    there = ChannelCode(SLACK, "C0009")
    r.outside.slack.team.channel("C0009")
    here = ChannelCode(DISCORD, str(REVIEW))
    for workspace, channel, other in (
        (DISCORD, Destination("discord", str(REVIEW)), there),
        (SLACK, Destination("slack", "C0009"), here),
    ):
        eve = Requester(workspace, f"{EVE}", channel, Role.ADMIN)
        await r.application.team.prefer(eve, Scope.CHANNEL, linked=str(other))
    over = [
        await r.asked(CUBE, 31, "discord", channel=REVIEW, research="off"),
        await r.asked(CUBE, 32, "slack", channel="C0009", research="off"),
    ]
    await r.done(*over)


async def _stories(r: Recording) -> None:
    """The news desk: stories that were posted, one that was found changed, a draft that waits, and
    a slot of each schedule whose owner has a stop."""
    ours = stops.numbered(r.every)
    rechecked: list[Schedule] = []
    for destination, workspace, review in (
        (ON_DISCORD, DISCORD, Destination("discord", str(REVIEW))),
        (ON_SLACK, SLACK, Destination("slack", "C0002")),
    ):
        posted = await r.schedule(
            41, workspace_id=workspace, destination=destination, cron="0 9 * * mon-fri"
        )
        await r.run_now(posted)
        await r.done(await r.job_of(posted))
        rechecked.append(posted)
        for number in (42, 43):
            draft = await r.schedule(
                number,
                workspace_id=workspace,
                destination=destination,
                approvals=1,
                review=review,
                grace=timedelta(days=36_500),
            )
            await r.run_now(draft)
            await r.done(await r.job_of(draft), status=JobStatus.REVIEWING)
    for number, stop in ours.items():
        if not stops.is_news(number):
            continue
        parts: dict[str, Any] = {}
        if stop.surface != "terminal":
            discord = stop.surface == "discord"
            parts = {
                "workspace_id": DISCORD if discord else SLACK,
                "destination": ON_DISCORD if discord else ON_SLACK,
            }
        if stop.workflow == "notice":
            parts["feeds"] = (r.outside.stand.url(2, "missing"),)
        schedule = await r.schedule(number, **parts)
        await r.run_now(schedule)
        if stop.workflow == "recheck":
            rechecked.append(schedule)
    for schedule in rechecked:
        await r.done(await r.job_of(schedule))
    await _rechecked(r, rechecked)


async def _rechecked(r: Recording, schedules: Sequence[Schedule]) -> None:
    """Let all pages be gone, and have all posted stories looked at again."""

    async def posted() -> bool:
        for schedule in schedules:
            async with r.store.workspace(schedule.workspace_id, read_only=True) as unit:
                slots = await unit.schedules.slots(schedule.id)
            if [slot.status for slot in slots] != [SlotStatus.POSTED]:
                return False
        return True

    await r.until(posted, "posted stories")
    for path in STORIES:
        r.outside.stand.serve(0, path, 404)
        r.outside.stand.serve(1, path, 404)
    async with r.application.database.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE stories SET recheck_at = posted_at WHERE posted_at IS NOT NULL"
        )
    await r.until(
        lambda: any("news about your post" in str(m) for m in r.outside.discord.world.every()),
        "a notice of a correction",
    )


async def _queued(r: Recording) -> None:
    """Jobs that no process began: in the engine's queue, and accepted alone."""
    for number in (51, 52):
        await r.submit(CUBE, number, research=ResearchDepth.OFF)
    request = Request.checked(
        CUBE,
        workspace_id=LOCAL_WORKSPACE,
        member_id="m53",
        destination=TERMINAL,
        research=ResearchDepth.OFF,
    )
    job = Job(str(ULID()), request, JobStatus.QUEUED, datetime.now(UTC))
    async with r.store.workspace(LOCAL_WORKSPACE) as unit:
        await unit.jobs.add(job, event_key="accepted-alone")


async def models(r: Recording) -> None:
    """An installation that researches and checks with a model, killed in the middle."""
    ours = stops.numbered(r.every)
    await r.start("MODELS")
    over = await r.submit(BRIDGES, 11)
    drawn = await r.submit("a red cube again", 12, generator="openai-images")
    await r.done(over, drawn)
    refusal = {"error": {"code": "moderation_blocked", "message": "Rejected."}}
    drawn_by_model: dict[str, Any] = {"generator": "openai-images", "research": ResearchDepth.OFF}
    for number, stop in ours.items():
        if (stop.workflow, stop.step) == ("render", "fail"):
            r.outside.images.script = [(400, refusal)]  # before any other picture is asked for
            await r.submit(CUBE, number, **drawn_by_model)
            await r.stopped({number})
    for number, stop in ours.items():
        if (stop.workflow, stop.step) == ("render", "fail"):
            continue
        if stop.step == "fail" or stop.workflow == "deliver":
            await r.submit(f"{CUBE}, flagged", number, research=ResearchDepth.OFF)
        elif stop.workflow == "render":
            await r.submit(f"{CUBE} again", number, **drawn_by_model)
        else:
            await r.submit(f"{BRIDGES} as in {r.outside.stand.url(0, 'light')}", number)
    await r.stopped(set(ours))
    await r.kill()
