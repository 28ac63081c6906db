"""Backups: everything is destroyed and comes back on both databases, and nothing is overwritten."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from storage.schema import REVISION
from tests.fakes.postgres import client_programs
from tests.integration.test_cli import answer, limner, told


def an_installation(folder: Path, url: str) -> dict[str, str]:
    environment = {
        "LIMNER_DATA_DIR": str(folder),
        "PATH": os.pathsep.join((client_programs(), os.environ["PATH"])),
    }
    if not url.startswith("sqlite"):
        environment["LIMNER_DATABASE_URL"] = url
    answer(limner("db", "upgrade", "--json", **environment))
    return environment


def a_picture(environment: dict[str, str], prompt: str) -> dict[str, Any]:
    return answer(limner("imagine", prompt, "--research", "off", "--json", **environment))


def stored(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blobs").glob("*/*/*") if len(path.name) == 64}


def test_what_was_destroyed_comes_back(
    database_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    old = an_installation(tmp_path / "old", database_url)
    picture = a_picture(old, "a lighthouse at dusk")
    backup = tmp_path / "backup"
    made = answer(limner("backup", str(backup), "--json", **old))
    assert made["blobs"] == made["copied"] > 0
    made = answer(limner("backup", str(backup), "--json", **old))
    assert made["copied"] == 0, "what a backup holds already is not copied again"
    assert (backup / "manifest.json").stat().st_mode & 0o777 == 0o600
    before = stored(tmp_path / "old")
    shutil.rmtree(tmp_path / "old")

    if database_url.startswith("sqlite"):
        empty = database_url
    else:
        empty = request.getfixturevalue("postgres").new_database()
    new = {**old, "LIMNER_DATA_DIR": str(tmp_path / "new")}
    if not empty.startswith("sqlite"):
        new["LIMNER_DATABASE_URL"] = empty
    back = answer(limner("restore", str(backup), "--json", **new))
    assert back["made_at"] == made["made_at"]
    assert stored(tmp_path / "new") == before
    answer(limner("db", "check", "--json", **new))
    [illustration] = picture["illustrations"]
    again = answer(limner("regenerate", illustration["id"], "--json", **new))
    assert again["illustrations"][0]["sha256"] == illustration["sha256"]
    assert "already" in told(limner("restore", str(backup), **new))


def test_only_a_complete_backup_of_the_same_kind_is_restored(tmp_path: Path) -> None:
    old = an_installation(tmp_path / "old", "sqlite:")
    a_picture(old, "a lighthouse")
    backup, new = tmp_path / "backup", {**old, "LIMNER_DATA_DIR": str(tmp_path / "new")}
    answer(limner("backup", str(backup), "--json", **old))
    assert "isn't a complete backup" in told(limner("restore", str(tmp_path / "none"), **new))
    with (backup / "limner.sqlite").open("ab") as file:
        file.write(b"x")
    assert "'limner.sqlite' of this backup is missing or was changed" in told(
        limner("restore", str(backup), **new)
    )
    answer(limner("backup", str(backup), "--json", **old))
    manifest = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    assert "newer Limner" in told(limner("restore", str(backup), **new))
    assert not (tmp_path / "new" / "limner.sqlite").exists()


def test_a_backup_is_written_into_no_folder_that_holds_other_things(tmp_path: Path) -> None:
    old = an_installation(tmp_path / "old", "sqlite:")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").touch()
    assert "'dear.txt'" in told(limner("backup", str(tmp_path / "letters"), **old))
    assert "is a file" in told(limner("backup", str(tmp_path / "letters" / "dear.txt"), **old))


def test_a_blob_whose_bytes_were_changed_is_named_and_left_out(tmp_path: Path) -> None:
    old = an_installation(tmp_path / "old", "sqlite:")
    a_picture(old, "a lighthouse")
    [path] = list((tmp_path / "old" / "blobs").glob("*/*/*"))[:1]
    path.write_bytes(b"other")
    done = limner("backup", str(tmp_path / "backup"), "--json", **old)
    assert done.returncode == 1
    assert json.loads(done.stdout)["damaged"] == [path.name]


def test_without_postgres_programs_it_says_what_to_install(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue("postgres").new_database()
    old = an_installation(tmp_path / "old", url)
    said = told(limner("backup", str(tmp_path / "backup"), **{**old, "PATH": str(tmp_path)}))
    assert "pg_dump isn't installed here" in said


def test_files_that_are_missing_or_unused_are_found_and_mended(
    database_url: str, tmp_path: Path
) -> None:
    here = an_installation(tmp_path / "data", database_url)
    picture = a_picture(here, "a lighthouse at dusk")["illustrations"][0]
    backup = tmp_path / "backup"
    answer(limner("backup", str(backup), "--json", **here))
    found = answer(limner("db", "check", "--blobs", "--json", **here))
    assert (found["ok"], found["named"], found["unused"]) == (True, 1, 0)

    [stored_file] = [p for p in (tmp_path / "data" / "blobs").glob("*/*/*") if len(p.name) == 64]
    unused = stored_file.with_name(stored_file.name[:2] + "0" * 62)
    unused.write_bytes(b"left by nobody")
    os.utime(unused, (1e9, 1e9))
    stored_file.unlink()
    done = limner("db", "check", "--blobs", "--json", **here)
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], found["unused"]) == (1, False, 1)
    assert found["missing"] == [
        {
            "workspace_id": "local",
            "sha256": picture["sha256"],
            "kind": "picture",
            "id": picture["id"],
        }
    ]
    assert unused.exists(), "a check alone changes nothing"
    mended = ("db", "check", "--blobs", "--mend", "--backup", str(backup), "--json")
    found = answer(limner(*mended, **here))
    assert (found["ok"], found["restored"], found["missing"]) == (True, 1, [])
    assert stored_file.exists()
    assert not unused.exists()
    assert answer(limner("db", "check", "--blobs", "--json", **here))["unused"] == 0
    assert limner("db", "check", "--mend", **here).returncode == 2


def test_a_dry_run_lists_the_migrations_and_changes_nothing(tmp_path: Path) -> None:
    here = {"LIMNER_DATA_DIR": str(tmp_path / "data")}
    planned = limner("db", "upgrade", "--dry-run", **here)
    assert planned.returncode == 0
    assert "0001" in planned.stdout
    assert REVISION in planned.stdout
    assert not (tmp_path / "data" / "limner.sqlite").exists()
    answer(limner("db", "upgrade", "--json", **here))
    assert "up to date" in limner("db", "upgrade", "--dry-run", **here).stdout
