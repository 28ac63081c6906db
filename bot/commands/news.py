"""News desk commands: schedules, previews, drafts, posts, and the kill switch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.buttons import Button, ButtonAction
from bot.cards.models import NoteCard, Reply
from bot.cards.news import schedules_card
from bot.commands.cron_words import cron_of
from bot.setting_values import channel_id, language_code
from bot.text import plain
from bot.zones import zone_of
from domain.errors import InvalidRequest
from domain.news import Schedule
from domain.requests import Destination
from domain.team import Role
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.news.service import NewsService

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _feeds(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"[^\s,]+", value)))


def _quiet_days(value: str) -> tuple[str, ...]:
    days: list[str] = []
    for part in re.findall(r"[^\s,]+", value.lower()):
        if part[:3] in _WEEKDAYS and part.isalpha():
            days.append(part[:3])
        else:
            days.append(_date("quiet")(part).isoformat())
    return tuple(dict.fromkeys(days))


def _date(field: str) -> Callable[[str], date]:
    def read(value: str) -> date:
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise InvalidRequest(
                gettext(
                    "{value!r} isn't a date for {field}; write it like 2026-12-24.",
                    value=value[:40],
                    field=field,
                ),
                field=field,
            ) from None

    return read


def _number(field: str, least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"\d{1,4}", value.strip()) or not least <= int(value) <= most:
            raise InvalidRequest(
                gettext(
                    "{value!r} doesn't work for {field}; use a number from {least} to {most}.",
                    value=value[:40],
                    field=field,
                    least=least,
                    most=most,
                ),
                field=field,
            )
        return int(value)

    return read


def _hours(field: str) -> Callable[[str], timedelta]:
    return lambda value: timedelta(hours=_number(field, 0, 48)(value))


_READERS: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "name": ("name", lambda value: plain(value, most=80)),
    "when": ("cron", cron_of),
    "time_zone": ("time_zone", zone_of),
    "topic": ("topic", lambda value: plain(value, most=300)),
    "feeds": ("feeds", _feeds),
    "language": ("language", language_code),
    "style": ("style", lambda value: plain(value, most=300) or None),
    "generator": ("generator", lambda value: plain(value, most=100) or None),
    "approvals": ("approvals", _number("approvals", 0, 2)),
    "sources": ("min_sources", _number("sources", 1, 5)),
    "quiet": ("quiet_days", _quiet_days),
    "ends": ("ends_on", _date("ends")),
    "grace": ("grace", _hours("grace")),
    "lead": ("lead", _hours("lead")),
}
OPTIONS: Final = (*_READERS, "channel", "review")
"""The options of a schedule, by their names on every surface."""
_WITHOUT: Final[Mapping[str, object]] = {
    "topic": "",
    "feeds": (),
    "style": None,
    "generator": None,
    "review": None,
    "quiet": (),
    "ends": None,
}
SPARE: Final = tuple(_WITHOUT)
"""Options that a schedule can do without."""
ASKED_ZONE: Final = gettext(
    "No time zone was given, so these times are in UTC. Which zone are you in? Say it here with "
    "time_zone, or once for all schedules with the setting time_zone."
)
NONE: Final = "-"
"""Takes one of them back."""
_PARTS: Final = {name: part for name, (part, _read) in _READERS.items()} | {
    "channel": "destination",
    "review": "review",
}


def drafted(
    requester: Requester, options: Mapping[str, str], *, time_zone: str = "UTC"
) -> Schedule:
    """A schedule as its options say, which posts where it is asked for unless they name a channel;
    ``time_zone`` holds where they name none.

    Raises:
        InvalidRequest: An option is unknown, missing or cannot be used.
    """
    if not options.get("when"):
        raise InvalidRequest(
            gettext('The schedule needs a time, such as "weekdays at 9".'), field="when"
        )
    here = requester.destination
    schedule = Schedule(
        id="",
        workspace_id=requester.workspace_id,
        owner_id=requester.member_id,
        name=plain(options.get("name") or options.get("topic") or "News", most=80),
        destination=Destination(here.surface, here.channel),
        cron="",
        time_zone=time_zone,
        created_at=datetime.now(UTC),
    )
    return replace(schedule, **changes_of(options, here.surface, time_zone=time_zone))


def changes_of(
    options: Mapping[str, str], surface: str, *, time_zone: str = "UTC"
) -> dict[str, Any]:
    """The parts of a schedule that the options name; an empty one changes nothing. Words such as
    "tomorrow" are of the zone that they name, or else of ``time_zone``.

    Raises:
        InvalidRequest: An option is unknown or cannot be used.
    """
    changes: dict[str, Any] = {}
    for name, value in options.items():
        if name not in OPTIONS:
            raise InvalidRequest(
                gettext(
                    "There is no option {name!r}. Choose from {options}.",
                    name=name[:40],
                    options=", ".join(OPTIONS),
                ),
                field="option",
            )
        if value.strip() == NONE and name in _WITHOUT:
            changes[_PARTS[name]] = _WITHOUT[name]
        elif value.strip() and name == "when":
            named = options.get("time_zone", "").strip()
            zone = ZoneInfo(zone_of(named) if named else time_zone)
            language = options.get("language") or "en"
            today = datetime.now(zone).date()
            changes["cron"] = cron_of(value, today=today, language=language)
        elif value.strip() and name in _READERS:
            changes[_PARTS[name]] = _READERS[name][1](value)
        elif value.strip():
            changes[_PARTS[name]] = Destination(surface, channel_id(name, value))
    return changes


def options_of(schedule: Schedule) -> dict[str, str]:
    """A schedule as a user would type it."""
    review = schedule.review.channel if schedule.review else ""
    return {
        "name": schedule.name,
        "when": schedule.cron,
        "time_zone": schedule.time_zone,
        "topic": schedule.topic,
        "feeds": "\n".join(schedule.feeds),
        "language": schedule.language,
        "style": schedule.style or "",
        "generator": schedule.generator or "",
        "approvals": str(schedule.approvals),
        "sources": str(schedule.min_sources),
        "quiet": ", ".join(schedule.quiet_days),
        "ends": schedule.ends_on.isoformat() if schedule.ends_on else "",
        "grace": str(round(schedule.grace / timedelta(hours=1))),
        "lead": str(round(schedule.lead / timedelta(hours=1))),
        "channel": schedule.destination.channel,
        "review": review,
    }


class NewsCommands:
    """The news desk commands of one person in one place."""

    def __init__(self, job_service: NewsService, requester: Requester) -> None:
        self._job_service = job_service
        self._requester = requester

    async def add(self, options: Mapping[str, str]) -> Reply:
        """Make a schedule that posts into this channel, or the one that is named.

        Raises:
            InvalidRequest: An option is unknown, missing or cannot be used.
            Refused: Only moderators and admins may.
        """
        zone = "" if options.get("time_zone") else await self._usual_zone()
        schedule = drafted(self._requester, options, time_zone=zone or "UTC")
        view = await self._job_service.add(self._requester, schedule)
        card = schedules_card([view])
        if not zone and not options.get("time_zone"):
            card = replace(card, note=ASKED_ZONE)
        return Reply(card, private=True)

    async def _usual_zone(self) -> str:
        """The time zone of the workspace, or else that of its latest schedule; empty where there is
        neither."""
        zone = await self._job_service.time_zone(self._requester)
        if zone:
            return zone
        views = await self._job_service.schedules(self._requester)
        latest = max((view.schedule for view in views), key=lambda s: s.created_at, default=None)
        return latest.time_zone if latest else ""

    async def list(self) -> Reply:
        """All schedules of the team, with their next times and what became of the latest."""
        return Reply(
            schedules_card(await self._job_service.schedules(self._requester)), private=True
        )

    async def edit(self, named: str, options: Mapping[str, str]) -> Reply:
        """Change a schedule. Raises as :meth:`add`, and ``NotFound``."""
        schedule = await self._job_service.find(self._requester, named)
        surface = self._requester.destination.surface
        changes = changes_of(options, surface, time_zone=schedule.time_zone)
        if not changes:
            raise InvalidRequest(
                gettext(
                    "What should change? Give at least one of {options}.",
                    options=", ".join(OPTIONS),
                ),
                field="options",
            )
        view = await self._job_service.change(self._requester, schedule.id, **changes)
        return Reply(schedules_card([view]), private=True)

    async def pause(self, named: str) -> Reply:
        """Stop a schedule until it is taken up again. Raises ``NotFound`` or ``Refused``."""
        schedule = await self._job_service.find(self._requester, named)
        view = await self._job_service.pause(self._requester, schedule.id)
        return Reply(schedules_card([view]), private=True)

    async def resume(self, named: str) -> Reply:
        """Take a schedule up again. Raises ``NotFound`` or ``Refused``."""
        schedule = await self._job_service.find(self._requester, named)
        view = await self._job_service.resume(self._requester, schedule.id)
        return Reply(schedules_card([view]), private=True)

    async def remove(self, named: str) -> Reply:
        """Take a schedule away. Raises ``NotFound`` or ``Refused``."""
        schedule = await self._job_service.find(self._requester, named)
        await self._job_service.remove(self._requester, schedule.id)
        return Reply(
            NoteCard(gettext('Deleted the schedule "{name}".', name=schedule.name)), private=True
        )

    async def run(self, named: str) -> Reply:
        """Work on a schedule now. Raises ``NotFound`` or ``Refused``."""
        schedule = await self._job_service.find(self._requester, named)
        await self._job_service.run_now(self._requester, schedule.id)
        text = gettext(
            'Running "{name}" now. The story will be posted or sent for approval as usual.',
            name=schedule.name,
        )
        return Reply(NoteCard(plain(text)), private=True)

    async def preview(self, named: str) -> Reply:
        """Try a schedule, for the requester's eyes alone. Raises ``NotFound``."""
        schedule = await self._job_service.find(self._requester, named)
        await self._job_service.preview(self._requester, schedule.id)
        text = gettext('Trying "{name}". Only you will see the result.', name=schedule.name)
        return Reply(
            NoteCard(plain(text)),
            private=True,
        )

    async def options(self, named: str) -> tuple[str, dict[str, str]]:
        """The id of a schedule, and what one would type for it as it is. Raises ``NotFound``."""
        schedule = await self._job_service.find(self._requester, named)
        return schedule.id, options_of(schedule)

    async def suggestions(self, typed: str) -> Sequence[tuple[str, str]]:
        """At most 25 pairs of a schedule's name and id that fit what was typed."""
        views = await self._job_service.schedules(self._requester)
        return [
            (plain(view.schedule.name, most=95), view.schedule.id)
            for view in views
            if typed.casefold().strip() in view.schedule.name.casefold()
        ][:25]

    async def press(self, button: Button, *, event_key: str, text: str | None) -> Reply:
        """Do what a button of the news desk says. For ``TEXT``, ``text`` is the new headline in its
        first line and the new sentences below it.

        Raises:
            LimnerError: It cannot be done; the message says why.
        """
        match button.action:
            case ButtonAction.TEXT:
                headline, _, rest = (text or "").strip().partition("\n")
                sentences = [line for line in rest.split("\n") if line.strip()]
                await self._job_service.edit_text(
                    self._requester,
                    button.subject,
                    headline=headline,
                    sentences=sentences,
                    event_key=event_key,
                )
                return Reply(NoteCard(gettext("The draft's text was updated.")), private=True)
            case ButtonAction.PICTURE:
                await self._job_service.another_picture(
                    self._requester, button.subject, event_key=event_key
                )
                return Reply(NoteCard(gettext("Making another picture.")), replaces=True)
            case ButtonAction.STORY:
                await self._job_service.another_story(
                    self._requester, button.subject, event_key=event_key
                )
                return Reply(NoteCard(gettext("Illustrating another story.")), replaces=True)
            case ButtonAction.ANNOTATE:
                requester, story_id = self._owner_of(button.subject)
                await self._job_service.annotate(requester, story_id)
                return Reply(NoteCard(gettext("The note was added to the post.")), private=True)
            case _:
                requester, story_id = self._owner_of(button.subject)
                before = await self._job_service.replace_post(requester, story_id)
                return Reply(
                    NoteCard(gettext("The post was removed. Looking for another story.")),
                    private=True,
                    deleted=tuple((m.channel, m.message) for m in before.messages),
                )

    def _owner_of(self, subject: str) -> tuple[Requester, str]:
        """The acting requester and the story's id; a notice may be read outside of its workspace,
        and there they have no group roles."""
        workspace_id, _, story_id = subject.rpartition(":")
        if workspace_id in ("", self._requester.workspace_id):
            return self._requester, story_id
        outside = replace(
            self._requester, workspace_id=workspace_id, role=Role.MEMBER, groups=frozenset()
        )
        return outside, story_id
