"""Runs commands with ``--json`` in a data folder of their own, one after the other in one process.

``python json_examples.py FOLDER BOARD`` prints a JSON array of ``[command as shown, its object]``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

HOME = "/home/you"
"""What the folder is called in examples."""


def examples(folder: Path, board: Path) -> Iterator[tuple[str, Any]]:
    """Commands as typed, with what they print."""
    picture, text = folder / "lighthouse.png", folder / "Harbour lighthouse.txt"
    shutil.copy(board, picture)
    text.write_text("The harbour lighthouse is white with two red bands and a green copper roof.\n")
    about = ("--title", "Harbour lighthouse", "--license", "CC0 1.0")
    author = ("--author", "The Limner authors")
    yield "limner library add FILE", _run("library", "add", str(picture), *about, *author)
    _run("library", "add", str(text))
    yield "limner library list", _run("library", "list")
    made = _run("imagine", "the Harbour lighthouse at dusk")
    yield "limner imagine PROMPT", made
    job, illustration = made["job_id"], made["illustrations"][0]["id"]
    yield "limner sources ID", _run("sources", job)
    yield "limner regenerate ID", _run("regenerate", illustration)
    yield "limner research ID", _run("research", job)
    yield "limner jobs", _run("jobs")
    yield "limner jobs ID", _run("jobs", job)
    yield "limner settings", _run("settings")
    yield "limner usage", _run("usage")
    _run("news", "add", "--when", "weekdays at 9", "--topic", "lighthouses")
    yield "limner news list", _run("news", "list")
    yield "limner db check", _run("db", "check")
    yield "limner doctor", _run("doctor")
    yield "a command that fails", _run("jobs", "NONE", status=1)


def _run(*arguments: str, status: int = 0) -> Any:
    from app.cli.root import cli

    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main([*arguments, "--json"], standalone_mode=False)
        except SystemExit as end:
            code = int(end.code or 0)
    if code != status:
        raise RuntimeError(f"limner {' '.join(arguments)} exited {code}: {err.getvalue()}")
    return json.loads(out.getvalue())


def main() -> None:
    """Print the examples; the real name of the folder does not appear in them."""
    folder, board = Path(sys.argv[1]), Path(sys.argv[2])
    for name in [name for name in os.environ if name.startswith("LIMNER_")]:
        del os.environ[name]
    platform.node = lambda: "your-machine"
    os.chdir(folder)
    os.environ |= {
        "LIMNER_DATA_DIR": str(folder / "limner"),
        "LIMNER_SEARCH_PROVIDERS": "library",
    }
    # A command ends its whole process, and more of them follow here.
    with mock.patch("app.cli.edge._leave", sys.exit):
        text = json.dumps(list(examples(folder, board)), ensure_ascii=False)
    sys.stdout.write(text.replace(str(folder), HOME))
    sys.stdout.flush()
    os._exit(0)  # threads of the last command may wait for peers


if __name__ == "__main__":
    main()
