"""Records installations of the version that this is run with, for the upgrade test of later ones.

``python -m tests.upgrade.record FOLDER`` runs the real product (``limner run``) on both kinds of
database, stops workflows at every step, kills the process, and packs what is left.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.fakes.postgres import postgres_peer
from tests.upgrade import contents
from tests.upgrade.archive import HOST, pack
from tests.upgrade.recording import Recording, recording

SETS: dict[str, Callable[[Recording], Awaitable[None]]] = {
    "chats": contents.chats,
    "models": contents.models,
}


async def record(name: str, url: str, target: Path) -> None:
    """Record one installation and pack it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "data"
        folder.mkdir()
        url = url or f"sqlite:///{folder / 'limner.sqlite'}"
        async with recording(name, url, folder) as running:
            await SETS[name](running)
            manifest = {
                "set": name,
                "host": HOST,
                "recorded_at": datetime.now(UTC).isoformat(),
                "addresses": running.outside.addresses(),
                "chats": running.outside.saved(),
            }
        kind = url.partition(":")[0]
        pack(target / f"{name}-{kind}.tar.xz", folder, url=url, manifest=json.dumps(manifest))


def main(target: Path) -> None:
    """Record every installation on both kinds of database."""
    target.mkdir(parents=True, exist_ok=True)
    with postgres_peer() as postgres:
        for name in SETS:
            asyncio.run(record(name, "", target))
            asyncio.run(record(name, postgres.new_database(), target))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
