"""What Limner keeps is for its user alone; pictures that people asked for follow their umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.application import open_application
from app.private_files import private_files, tighten
from app.settings import load_settings
from domain.requests import Destination
from jobs.admission.requests import Requester
from tests import forks

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def umask() -> Iterator[int]:
    """Others may read what this process makes."""
    before = os.umask(0o022)
    yield 0o022
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def loose(folder: Path) -> dict[str, str]:
    """Everything in a folder, and the folder itself, that others may reach."""
    every = [folder, *folder.rglob("*")]
    return {str(p): oct(rights(p)) for p in every if not p.is_symlink() and rights(p) & 0o077}


def limner(*arguments: str, data: Path) -> None:
    environment = {**os.environ, "LIMNER_DATA_DIR": str(data), "LIMNER_LOG_LEVEL": "info"}
    forks.run("app", *arguments, env=environment, umask=0o022).check_returncode()


def test_a_job_leaves_nothing_that_others_may_read_but_its_picture(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out.png"
    for target in (("--out", str(out)), ()):
        limner("imagine", "a red cube", "--research", "off", *target, data=data)
    assert loose(data) == {}
    names = {path.name for path in data.rglob("*")}
    assert {"limner.sqlite", "limner-engine.sqlite", "executors", "blobs", "pictures"} <= names
    assert rights(out) == 0o644


async def test_a_used_folder_is_tightened_at_start_and_the_log_says_so(
    umask: int, tmp_path: Path
) -> None:
    settings = load_settings(log_level="warning")
    data = settings.data_dir
    (data / "blobs" / "ab").mkdir(parents=True)
    (data / "blobs" / "ab" / "abc").write_bytes(b"picture")
    (data / "limner.log.1").write_text("{}\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not ours")
    (data / "link").symlink_to(elsewhere)
    assert len(loose(data)) == 5
    async with open_application(settings, work=()) as application:
        assert application.settings is settings
        assert loose(data) == {}
        await application.team.role(Requester("w1", "m1", Destination("terminal", "here")))
        for name in ("limner.sqlite", "limner.sqlite-wal", "limner.sqlite-shm"):
            assert rights(data / name) == 0o600, name
    assert rights(elsewhere) == 0o644
    assert '"event": "tightened"' in (data / "limner.log").read_text()
    assert os.umask(umask) == umask, "the umask is as it was"


def test_a_database_elsewhere_is_tightened_and_its_neighbours_are_not(
    umask: int, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    for name in ("x.sqlite", "x.sqlite-wal", "x-engine.sqlite", "other"):
        (folder / name).touch()
    tighten(load_settings(database_url=f"sqlite:///{folder / 'x.sqlite'}"))
    found = {path.name: oct(rights(path)) for path in folder.iterdir()}
    private, open_ = oct(0o600), oct(0o644)
    assert found == {
        "x.sqlite": private, "x.sqlite-wal": private, "x-engine.sqlite": private, "other": open_
    }  # fmt: skip
    assert rights(folder) == 0o755


def test_a_folder_that_others_use_keeps_its_rights(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter").touch()
    monkeypatch.setenv("HOME", str(home))
    tighten(load_settings(data_dir=home))
    assert rights(home) == 0o755
    assert rights(home / "letter") == 0o644
    sticky = tmp_path / "tmp"
    sticky.mkdir()
    sticky.chmod(0o1777)
    tighten(load_settings(data_dir=sticky))
    assert rights(sticky) == 0o1777


def test_private_blocks_within_one_another_know_the_umask_from_before(umask: int) -> None:
    with private_files() as outer:
        with private_files() as inner:
            assert (outer, inner) == (umask, umask)
        assert os.umask(0o077) == 0o077
    assert os.umask(umask) == umask
