"""``limner agent import``: keeps the texts of the agent's own repository."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from agent.profiles.imported import import_checkout
from agent.profiles.profile import AgentProfile
from app.settings import Settings


async def import_texts(settings: Settings, path: str, *, as_json: bool) -> int:
    """Import the texts of a checkout into the data folder; gives the exit status.

    Raises:
        InvalidSettings: It is no checkout that can be imported.
    """
    profile = await asyncio.to_thread(_imported, path, settings)
    guides = len(profile.skills)
    if as_json:
        about = {**profile.described(), "commit": profile.texts_from, "skills": guides}
        click.echo(json.dumps(about))
        return 0
    beside = f" and {guides} guides" if guides else ""
    click.echo(
        f"Imported the trained texts{beside} of the profile {profile.name} (commit "
        f"{profile.texts_from[:7]}). They are used from the next start on."
    )
    return 0


def _imported(path: str, settings: Settings) -> AgentProfile:
    return import_checkout(Path(path).expanduser(), settings.data_dir)
