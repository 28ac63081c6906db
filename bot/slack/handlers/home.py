"""App Home: a person's own jobs, what waits for approval, the news desk's schedules, what was used,
what they prefer."""

from __future__ import annotations

from bot.buttons import Button, Deed, Look
from bot.cards import builders
from bot.cards.models import JobsCard, NoteCard, SchedulesCard, SettingsCard
from bot.commands.service import Commands
from bot.locale.catalog import phrase
from bot.slack.handlers.responder import Reception
from bot.slack.payloads.slack_event import Turn
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block
from bot.slack.view.render import ACTION, drawn, job_rows, review_rows
from domain.requests import JobStatus
from domain.team import Role, Scope

MAX_JOBS = 15
MAX_REVIEWS = 10


async def publish_home(reception: Reception, turn: Turn) -> None:
    """Bring a person's App Home up to date."""
    blocks = await home_blocks(reception, turn)
    view = {"type": "home", "callback_id": "limner.home", "blocks": blocks}
    await reception.api.call(turn.tenant, "views.publish", user_id=turn.member_id, view=view)


async def home_blocks(reception: Reception, turn: Turn) -> list[Block]:
    """What stands in somebody's App Home."""
    commands = await reception.commands(turn)
    language = await reception.language(turn)
    jobs = (await commands.jobs(limit=MAX_JOBS)).card
    usage = (await commands.usage()).card
    liked = (await commands.settings(Scope.MEMBER)).card
    begin = b.button(
        f"{phrase('illustrate', language)}…", action=f"{ACTION}form", value="-", style="primary"
    )
    change = b.button(f"{phrase('change', language)}…", action=f"{ACTION}settings", value="-")
    blocks = [b.header("Limner"), *b.actions("limner.begin", [begin])]
    reviews = await _reviews(reception, turn)
    if reviews:
        blocks += [b.header(phrase("home.reviews", language)), *reviews]
    if isinstance(jobs, JobsCard):
        blocks += [b.header(phrase("home.jobs", language)), *job_rows(jobs, language)]
    schedules = await _schedules(commands)
    if schedules:
        blocks += [b.header(phrase("home.schedules", language)), *schedules]
    if isinstance(usage, NoteCard):
        blocks += [b.header(phrase("home.usage", language)), *drawn(usage).blocks]
    if isinstance(liked, SettingsCard):
        blocks += [*drawn(liked).blocks, *b.actions("limner.change", [change])]
    return b.fitted(blocks, most=b.VIEW_BLOCKS, most_bytes=b.VIEW_BYTES)


async def _schedules(commands: Commands) -> list[Block]:
    """What the news desk does for the team; nothing where there are no schedules."""
    if not commands.has_news:
        return []
    card = (await commands.news.list()).card
    return drawn(card).blocks if isinstance(card, SchedulesCard) and card.entries else []


async def _reviews(reception: Reception, turn: Turn) -> list[Block]:
    """What waits for approval, for those who decide about such things."""
    asker = await reception.asker(turn)
    if await reception.desks.team.role(asker) is Role.MEMBER:
        return []
    waiting = await reception.desks.jobs.recent(
        turn.tenant.workspace_id, status=JobStatus.REVIEWING, limit=MAX_REVIEWS
    )
    card = builders.jobs_card(waiting)
    buttons = {
        job.id: (
            Button(Deed.APPROVE, job.id, Look.PRIMARY),
            Button(Deed.REJECT, job.id, Look.DANGER),
            Button(Deed.SOURCES, job.id),
        )
        for job in waiting
    }
    return review_rows(card, buttons, await reception.language(turn))
