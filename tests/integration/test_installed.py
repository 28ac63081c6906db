"""The wheel, installed outside the checkout, is a working bot, with any files in the folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from limner import PACKAGES

ROOT = Path(__file__).parent.parent.parent
FOREIGN = "raise SystemExit('a foreign module was imported')\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _done(
        *(sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", str(folder), str(ROOT)),
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel; its libraries are those of this one, without the
    checkout."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    _done(
        *(sys.executable, "-m", "pip", "--quiet", "--python", str(folder / "bin" / "python")),
        *("install", "--no-deps", "--no-index", str(wheel)),
    )
    # The .pth files of a folder that a .pth file names are not read: no editable install.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "limner"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with foreign modules of the same names as Limner's packages."""
    here = tmp_path / "folder"
    here.mkdir()
    for name in PACKAGES:
        (here / f"{name}.py").write_text(FOREIGN)
    return here


def test_the_wheel_holds_what_limner_needs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry = archive.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == PACKAGES | {"limner.py"}
    assert "limner = limner:main" in entry
    for needed in (
        "app/photographs/astronaut.png",
        "migrations/env.py",
        "evaluation/peers/slack.py",
    ):
        assert needed in names


def test_the_main_job_is_done_beside_foreign_modules(installed: Path, folder: Path) -> None:
    environment = _environment(folder, {"PYTHONPATH": str(folder)})
    shown = _done(str(installed), "demo", "--json", cwd=folder, env=environment)
    assert json.loads(shown)["identical"] is True


def test_the_module_is_the_command(installed: Path, folder: Path) -> None:
    shown = _done(
        *(str(installed.parent / "python"), "-m", "limner", "imagine", "a red cube"),
        *("--research", "off", "--json"),
        cwd=folder,
        env=_environment(folder, {}),
    )
    assert json.loads(shown)["status"] == "done"


def test_it_looks_after_itself_and_runs_until_it_is_ended(installed: Path, folder: Path) -> None:
    environment = _environment(folder, {"PYTHONPATH": str(folder)})
    findings = json.loads(_done(str(installed), "doctor", "--json", cwd=folder, env=environment))
    assert findings["ok"] is True
    log = folder.parent / "data" / "limner.log"
    with subprocess.Popen(
        [installed, "run"],
        cwd=folder,
        env={**environment, "LIMNER_LOG_LEVEL": "info"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        while process.poll() is None and not (log.exists() and '"started"' in log.read_text()):
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        told = process.stderr.read()
    assert process.returncode == 0
    assert "stopping" in told
    assert "Traceback" not in told


def test_a_bench_needs_no_tests(installed: Path, folder: Path) -> None:
    code = (
        "import sys, evaluation.peers.slack, evaluation.peers.discord_server\n"
        "import evaluation.news_bench\n"
        "assert 'tests' not in sys.modules"
    )
    _done(
        *(str(installed.parent / "python"), "-P", "-c", code),
        cwd=folder,
        env=_environment(folder, {}),
    )


def _environment(folder: Path, more: Mapping[str, str]) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": str(folder.parent),
        "LIMNER_DATA_DIR": str(folder.parent / "data"),
        "LIMNER_SEARCH_PROVIDERS": "library",
        **more,
    }


def _done(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """What a command printed; it must succeed."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
