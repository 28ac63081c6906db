"""An installation of the app in many workspaces of our own Slack."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.fernet import Fernet

from domain.installations import Installation
from evaluation.peers.slack import FakeSlack
from evaluation.peers.slack_api import CLIENT
from evaluation.peers.slack_team import Team
from storage import schema
from storage.database import open_database
from storage.installations import SqlInstallations
from storage.seals import Seal


async def installed(fake: FakeSlack, database_url: str, teams: int) -> dict[str, str]:
    """Install the app in so many workspaces; gives the settings for them."""
    key = Fernet.generate_key().decode()
    await schema.upgrade(database_url)
    engine = open_database(database_url)
    store = SqlInstallations(engine, Seal([key]))
    fake.teams.clear()
    for number in range(teams):
        team = Team(id=f"T{number:04d}", token=f"xoxb-{number}", bot_id=f"B{number:04d}")
        fake.teams[team.id] = team
        await store.save(
            Installation(
                workspace_id=f"slack:{team.id}",
                token=team.token,
                bot_id=team.bot_id,
                bot_member_id=team.bot_user,
                scopes=(),
                installed_at=datetime.now(UTC),
            )
        )
    await engine.dispose()
    return {
        "LIMNER_SLACK_CLIENT_ID": CLIENT[0],
        "LIMNER_SLACK_CLIENT_SECRET": CLIENT[1],
        "LIMNER_SECRET_KEY": key,
        "LIMNER_PUBLIC_BASE_URL": "https://limner.example",
    }
