"""Times in people's words, in ten languages, as cron expressions: "weekdays at 9", "jeden ersten
Montag im Monat um 8:30", "毎朝8時", "tomorrow at 8"; and cron itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Final

from bot.commands.schedule_grammar import NotUnderstood, cron_from
from bot.commands.schedule_lexicon import fold, lexed
from bot.commands.schedule_words import LANGUAGES
from domain.errors import InvalidRequest
from domain.translation.messages import gettext
from jobs.news.cron import looks_like_cron, plain_cron

EXAMPLES: Final = gettext(
    "weekdays at 9, every Monday at 8:30, daily at 9 and 17, every 6 hours, first Monday of the "
    "month at 10, tomorrow at 8"
)
MAX_CHARS: Final = 200


def cron_of(words: str, *, today: date | None = None, language: str = "en") -> str:
    """The cron expression that words mean; one that is written as such stays as it is.

    ``today`` is the day in the schedule's time zone, for words such as "tomorrow"; words that mean
    something in several languages are taken as ``language``, if they mean something there.

    Raises:
        InvalidRequest: They are not understood; the message shows what would be.
    """
    if len(words) <= MAX_CHARS and looks_like_cron(words):
        return plain_cron(words)
    day = today or datetime.now(UTC).date()
    text = fold(words)
    if text and len(words) <= MAX_CHARS:
        for code in _languages(language):
            with suppress(NotUnderstood):
                tokens = lexed(text, code)
                if tokens:
                    return cron_from(tokens, today=day)
    raise InvalidRequest(
        (
            gettext(
                "I don't understand the time {words!r}. Try something like {examples}, or "
                "a cron expression.",
                words=words[:60],
                examples=EXAMPLES,
            )
        ),
        field="when",
    )


def _languages(first: str) -> Iterator[str]:
    yield from (code for code in LANGUAGES if code == first.partition("-")[0].casefold())
    yield from (code for code in LANGUAGES if code != first.partition("-")[0].casefold())
