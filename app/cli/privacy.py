"""``limner privacy``: all data about a person, in an archive or deleted."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import asdict, replace
from pathlib import Path

import click

from app.application import open_application
from app.cli.edge import DONE, FAILED, echo_json
from app.cli.local import local_requester
from app.cli.reader import reader_language, say
from app.settings import Settings
from domain.errors import InvalidRequest
from domain.translation.messages import gettext, ngettext, translated
from jobs.admission.requests import Requester
from jobs.services.archives import write_archive
from jobs.services.privacy import receipt_text


async def export(
    settings: Settings,
    file: Path,
    *,
    team: bool,
    member: str | None,
    workspace: str | None,
    as_json: bool,
) -> int:
    """Write an archive. Raises ``InvalidRequest`` where the file cannot be written."""
    requester = _whose(member, workspace)
    async with open_application(settings, work=()) as application:
        entries = application.privacy.entries(requester, everybody=team)
        async with aclosing(entries):
            try:
                count = await write_archive(entries, file)
            except OSError as error:
                raise InvalidRequest(
                    gettext(
                        "The archive can't be written to {path!r} ({why}).",
                        path=str(file),
                        why=error.strerror or type(error).__name__,
                    )
                ) from error
    if as_json:
        echo_json({"ok": True, "path": str(file), "files": count})
    else:
        say(
            ngettext(
                "Wrote {count} file to {path}.",
                "Wrote {count} files to {path}.",
                count,
                path=str(file),
            )
        )
    return DONE


async def delete(
    settings: Settings,
    *,
    yes: bool,
    team: bool,
    member: str | None,
    workspace: str | None,
    as_json: bool,
) -> int:
    """Delete everything, after asking twice."""
    requester = _whose(member, workspace)
    async with open_application(settings, work=()) as application:
        held = await application.privacy.holdings(requester, everybody=team)
        if not yes:
            first = ngettext(
                "Delete {count} request and all its pictures, settings and records for good?",
                "Delete {count} requests and all their pictures, settings and records for good?",
                held.jobs,
                count=held.jobs,
            )
            second = gettext("Are you sure? This can't be undone.")
            for question in (first, second):
                if not await asyncio.to_thread(_confirmed, question):
                    say(gettext("Nothing was deleted."), err=True)
                    return FAILED
        deleted = await application.privacy.delete_now(requester, everybody=team)
    if as_json:
        echo_json({"ok": True, **asdict(deleted)})
    else:
        click.echo(receipt_text(deleted, reader_language()))
    return DONE


def _whose(member: str | None, workspace: str | None) -> Requester:
    asker = local_requester(None)
    return replace(
        asker, member_id=member or asker.member_id, workspace_id=workspace or asker.workspace_id
    )


def _confirmed(question: str) -> bool:
    try:
        return click.confirm(translated(question, reader_language()), err=True)
    except click.Abort:
        return False
