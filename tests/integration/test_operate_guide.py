"""Every `limner` command of the operator's guide does what the guide says, in the guide's order."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_cli import answer, limner

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs" / "howto" / "operate.md"
BACKUP = "/backups/limner"
yaml: Any = pytest.importorskip("yaml")


def commands() -> Iterator[tuple[str, ...]]:
    """What follows `limner` in each command of the guide, or stands for it in the Compose file."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    text = GUIDE.read_text()
    found = re.findall(r"^ *(docker compose .*|limner .*)$|`(limner [^`]*)`", text, re.MULTILINE)
    for line, span in found:
        words = shlex.split(line or span)
        if words[:3] == ["docker", "compose", "run"]:
            name, *rest = [word for word in words[3:] if word != "--rm"]
            yield tuple(rest or services[name]["command"])
        elif words[0] == "limner" and len(words) > 1:
            yield tuple(words[1:])
        elif "limner" in words[3:] and words[2] == "exec":
            yield tuple(words[words.index("limner") + 2 :])


def started_and_stopped(arguments: tuple[str, ...], environment: dict[str, str]) -> str:
    """What a long-running command logs from its start to a SIGTERM, which must end it soon."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        env={**os.environ, "LIMNER_SEARCH_PROVIDERS": "library", **environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "started" in line:
                break
        asked_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        lines.append(process.communicate(timeout=60)[0])
    finally:
        process.kill()
        process.wait()
    assert time.monotonic() - asked_at < 30, "it must be gone before a container is killed"
    assert process.returncode == 0, "".join(lines)
    return "".join(lines)


NAMED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("backup",): ("backup", BACKUP),
    ("worker",): ("worker", "--queue", "research"),
}
"""Commands that a sentence only names, as they are typed."""


def test_every_command_of_the_guide_works(tmp_path: Path) -> None:
    environment = {"LIMNER_DATA_DIR": str(tmp_path / "data")}
    seen = list(dict.fromkeys(NAMED.get(words, words) for words in commands()))
    assert len(seen) >= 14
    backup = tmp_path / "backup"
    for words in seen:
        arguments = tuple(str(backup) if word == BACKUP else word for word in words)
        if arguments[0] in ("run", "worker"):
            assert "stopping" in started_and_stopped(arguments, environment)
            continue
        here = dict(environment)
        if arguments[0] == "restore":
            here["LIMNER_DATA_DIR"] = str(tmp_path / "new")
            if not (backup / "manifest.json").exists():
                assert limner("backup", str(backup), **environment).returncode == 0
        done = limner(*arguments, **here)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        if "--json" in arguments:
            json.loads(done.stdout)
    assert answer(limner("db", "check", "--blobs", "--json", **environment))["ok"]
