"""App Home: a person's own jobs, what waits for approval, the news desk's schedules, what was used,
what they prefer."""

from __future__ import annotations

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards import builders
from bot.cards.models import JobsCard, NoteCard, SchedulesCard, SettingsCard
from bot.commands.service import Commands
from bot.locale.catalog import phrase
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.slack_event import SlackEvent
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block
from bot.slack.view.render import ACTION, drawn, job_rows, review_rows
from domain.requests import JobStatus
from domain.team import Role, Scope

MAX_JOBS = 15
MAX_REVIEWS = 10


async def publish_home(responder: SlackResponder, turn: SlackEvent) -> None:
    """Bring a person's App Home up to date."""
    blocks = await home_blocks(responder, turn)
    view = {"type": "home", "callback_id": "limner.home", "blocks": blocks}
    await responder.api.call(turn.tenant, "views.publish", user_id=turn.member_id, view=view)


async def home_blocks(responder: SlackResponder, turn: SlackEvent) -> list[Block]:
    """The content of a user's App Home."""
    commands = await responder.commands(turn)
    language = await responder.language(turn)
    jobs = (await commands.jobs(limit=MAX_JOBS)).card
    usage = (await commands.usage()).card
    liked = (await commands.settings(Scope.MEMBER)).card
    begin = b.button(
        f"{phrase('illustrate', language)}…", action=f"{ACTION}form", value="-", style="primary"
    )
    change = b.button(f"{phrase('change', language)}…", action=f"{ACTION}settings", value="-")
    blocks = [b.header("Limner"), *b.actions("limner.begin", [begin])]
    reviews = await _reviews(responder, turn)
    if reviews:
        blocks += [b.header(phrase("home.reviews", language)), *reviews]
    if isinstance(jobs, JobsCard):
        blocks += [b.header(phrase("home.jobs", language)), *job_rows(jobs, language)]
    schedules = await _schedules(commands, language)
    if schedules:
        blocks += [b.header(phrase("home.schedules", language)), *schedules]
    if isinstance(usage, NoteCard):
        blocks += [
            b.header(phrase("home.usage", language)),
            *drawn(usage, language=language).blocks,
        ]
    if isinstance(liked, SettingsCard):
        blocks += [*drawn(liked, language=language).blocks, *b.actions("limner.change", [change])]
    return b.fitted(blocks, most=b.VIEW_BLOCKS, most_bytes=b.VIEW_BYTES)


async def _schedules(commands: Commands, language: str) -> list[Block]:
    """The news desk's state for the team; nothing where there are no schedules."""
    if not commands.has_news:
        return []
    card = (await commands.news.list()).card
    if not isinstance(card, SchedulesCard) or not card.entries:
        return []
    return drawn(card, language=language).blocks


async def _reviews(responder: SlackResponder, turn: SlackEvent) -> list[Block]:
    """Pending approvals, for those who may decide them."""
    requester = await responder.requester(turn)
    if await responder.services.team.role(requester) is Role.MEMBER:
        return []
    waiting = await responder.services.jobs.recent(
        turn.tenant.workspace_id, status=JobStatus.REVIEWING, limit=MAX_REVIEWS
    )
    card = builders.jobs_card(waiting)
    buttons = {
        job.id: (
            Button(ButtonAction.APPROVE, job.id, ButtonLook.PRIMARY),
            Button(ButtonAction.REJECT, job.id, ButtonLook.DANGER),
            Button(ButtonAction.SOURCES, job.id),
        )
        for job in waiting
    }
    return review_rows(card, buttons, await responder.language(turn))
