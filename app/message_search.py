"""Wiring of the search of a workspace's messages: the tokens for it, and the platforms that a
process without chats asks too."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from app.settings import Settings, secret
from domain.team_messages import MessageSearch, SearchTokens
from jobs.common.search_tokens import HeldSearchTokens

if TYPE_CHECKING:
    from storage.installations import SqlInstallations
    from storage.seals import Seal

SLACK: Final = "slack"


def make_search_tokens(settings: Settings, database: AsyncEngine) -> SearchTokens:
    """The tokens that come with messages: sealed in the database where there is a key, so that
    every process has them and a restart loses none; in this process's memory otherwise.

    Raises:
        InvalidSettings: A key is none.
    """
    if not (_is_set(settings) and settings.secret_key):
        return HeldSearchTokens()
    from storage.search_tokens import SqlSearchTokens

    return SqlSearchTokens(database, make_seal(settings), learned=settings.redactor.add_passing)


def make_seal(settings: Settings) -> Seal:
    """Seals with ``LIMNER_SECRET_KEY``. Raises ``InvalidSettings`` where it is no key."""
    from storage.seals import Seal

    return Seal([key.strip() for key in secret(settings.secret_key).split(",") if key.strip()])


def make_installations(settings: Settings, database: AsyncEngine, seal: Seal) -> SqlInstallations:
    """The installations of Slack workspaces."""
    from storage.installations import SqlInstallations

    return SqlInstallations(database, seal, learned=settings.redactor.add_passing)


@asynccontextmanager
async def opened_message_searches(
    settings: Settings, database: AsyncEngine, tokens: SearchTokens
) -> AsyncGenerator[dict[str, MessageSearch]]:
    """The platforms whose messages a process without their chats can search; none where the
    settings or libraries for them are missing here."""
    if not _is_set(settings) or find_spec("slack_sdk") is None:
        yield {}
        return
    from bot.slack.client.message_search import opened_message_search

    many = settings.slack_client_id and settings.slack_client_secret and settings.secret_key
    store = make_installations(settings, database, make_seal(settings)) if many else None
    opened = opened_message_search(
        settings.slack_api_base,
        bot_token=secret(settings.slack_bot_token),
        client=(settings.slack_client_id, secret(settings.slack_client_secret)),
        store=store,
        search_tokens=tokens,
    )
    async with opened as search:
        yield {SLACK: search}


def _is_set(settings: Settings) -> bool:
    return bool(settings.slack_bot_token or settings.slack_client_id)
