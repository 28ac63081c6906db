"""A module that is added to a package, and a process in which Limner finds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def look_at(
    folder: Path, name: str, module: str, script: str, **environment: str
) -> dict[str, Any]:
    """What a script prints as JSON, which gets the folder in which the module lies."""
    (folder / f"{name}.py").write_text(module)
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "LIMNER_DATA_DIR": str(folder / "data"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
