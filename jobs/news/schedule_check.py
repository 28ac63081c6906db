"""Whether a schedule of the news can be kept, and will post."""

from __future__ import annotations

from datetime import datetime

from domain.errors import InvalidRequest
from domain.news import Schedule
from domain.translation.messages import gettext
from jobs.news.calendar import checked_cron
from jobs.news.slots import next_posts

MAX_FEEDS = 20


def check_schedule(schedule: Schedule, *, now: datetime, times: bool = True) -> None:
    """See that a schedule can be kept, and with ``times`` that it will post. Raises
    ``InvalidRequest``, which names the option."""
    if times and not schedule.paused:
        _check_times(schedule, now)
    if not schedule.name.strip():
        raise InvalidRequest(gettext("The schedule needs a name."), field="name")
    if not schedule.topic.strip() and not schedule.feeds:
        raise InvalidRequest(
            gettext("The schedule needs a topic or feeds. What should the news be about?"),
            field="topic",
        )
    if len(schedule.feeds) > MAX_FEEDS:
        raise InvalidRequest(
            gettext(
                "That's {count} feeds; use at most {max_feeds}.",
                count=len(schedule.feeds),
                max_feeds=MAX_FEEDS,
            ),
            field="feeds",
        )
    for feed in schedule.feeds:
        if not feed.startswith(("https://", "http://")) or len(feed) > 2048:
            raise InvalidRequest(
                gettext(
                    "{feed!r} isn't a feed address; it should start with https://", feed=feed[:80]
                ),
                field="feeds",
            )
    if not 0 <= schedule.approvals <= 2 or not 1 <= schedule.min_sources <= 5:
        raise InvalidRequest(gettext("Use 0 to 2 approvals and 1 to 5 sources."), field="approvals")
    if schedule.approvals and schedule.review is None:
        raise InvalidRequest(
            gettext("A schedule with approvals needs a review channel. Choose one."), field="review"
        )


def _check_times(schedule: Schedule, now: datetime) -> None:
    calendar = checked_cron(schedule.cron, schedule.time_zone, now=now)
    today, _weekday = calendar.local_date(now)
    if schedule.ends_on is not None and schedule.ends_on.isoformat() < today:
        raise InvalidRequest(
            gettext(
                "The end date {ends_on} is in the past. Choose a later one.",
                ends_on=schedule.ends_on.isoformat(),
            ),
            field="ends",
        )
    if not next_posts(schedule, now=now, count=1):
        raise InvalidRequest(
            gettext("With these quiet days and this end date the schedule would never post."),
            field="quiet",
        )
