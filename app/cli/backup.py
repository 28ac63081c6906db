"""``limner backup`` and ``limner restore``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.edge import echo_json

if TYPE_CHECKING:
    from app.settings import Settings
    from storage.backup import BackupReport


async def backup(settings: Settings, folder: Path, *, as_json: bool) -> int:
    """Make a backup and say what was copied."""
    from app.backup import backup as back_up

    report = await back_up(settings, folder)
    return _print_report(report, "Backed up", as_json=as_json)


async def restore(settings: Settings, folder: Path, *, as_json: bool) -> int:
    """Restore a backup and say what came back."""
    from app.backup import restore as put_back

    report = await put_back(settings, folder)
    return _print_report(report, "Restored", as_json=as_json)


async def check_blobs(settings: Settings, *, mend: bool, backup: Path | None, as_json: bool) -> int:
    """Compare files and database, and say what was found; 1 where files are missing."""
    from app.backup import check_blobs

    report = await check_blobs(settings, mend=mend, folder=backup)
    unused = report.unused
    if as_json:
        echo_json(
            {
                "ok": not report.missing,
                "files": unused.looked_at,
                "named": report.named,
                "unused": unused.blobs,
                "unused_bytes": unused.bytes,
                "removed": mend,
                "restored": report.restored,
                "missing": [asdict(blob) for blob in report.missing],
            }
        )
        return 1 if report.missing else 0
    click.echo(f"The database names {report.named} files; {unused.looked_at} are stored.")
    if report.restored:
        click.echo(f"{report.restored} missing files were put back from the backup.")
    if unused.blobs:
        what = "were removed" if mend else "can be removed with --mend"
        click.echo(f"{unused.blobs} unused files ({unused.bytes / 1e6:,.1f} MB) {what}.")
    for blob in report.missing:
        click.echo(f"Missing: {blob.sha256} of {blob.kind} {blob.id}", err=True)
    if report.missing:
        advice = "put them back with --backup FOLDER, or redraw a picture with `limner regenerate`"
        click.echo(f"{len(report.missing)} files are missing; {advice}.", err=True)
    return 1 if report.missing else 0


def _print_report(report: BackupReport, done: str, *, as_json: bool) -> int:
    if as_json:
        echo_json(
            {
                "folder": str(report.folder),
                "made_at": report.made_at,
                "blobs": report.blobs,
                "copied": report.copied,
                "copied_bytes": report.copied_bytes,
                "damaged": report.damaged,
            }
        )
    else:
        size = f"{report.copied_bytes / 1e6:,.1f} MB"
        copied = f"{report.copied} of {report.blobs} stored files copied ({size})"
        click.echo(f"{done} the databases as of {report.made_at}; {copied}.")
        click.echo(f"Folder: {report.folder}")
        for name in report.damaged:
            click.echo(f"Left out, because its bytes were changed: {name}", err=True)
    return 1 if report.damaged else 0
