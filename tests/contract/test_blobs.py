"""Blobs are whole or not there, and stay within their workspace, in a folder and in a bucket."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.blobs import Blobs, opened_blobs
from app.settings import load_settings
from domain.errors import NotFound, StorageUnavailable
from storage.blobs import DRAFTS, FolderBlobStore, relative_name, tenant_name
from tests.fakes.object_store import KEY, KEY_ID, ObjectStorePeer

ROOT = Path(__file__).parent.parent.parent
PUT = """
import asyncio, sys
from app.blobs import opened_blobs
from app.settings import load_settings

async def main():
    async with opened_blobs(load_settings()) as blobs:
        sys.stdin.readline()
        for _ in range(5):
            print(await blobs.put("w1", b"picture" * 300_000))

asyncio.run(main())
"""


@dataclass(frozen=True)
class Place:
    """A store of blobs, and what lies in it."""

    blobs: Blobs
    names: Callable[[], list[str]]
    write: Callable[[str, bytes], object]
    """Put bytes under a name, behind the store's back."""


def files(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(params=["folder", "bucket"])
async def place(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Place]:
    """A store as the settings make it."""
    if request.param == "folder":
        settings = load_settings()
        folder = settings.data_dir / "blobs"
        async with opened_blobs(settings) as blobs:
            yield Place(
                blobs, lambda: files(folder), lambda name, data: (folder / name).write_bytes(data)
            )
        return
    peer: ObjectStorePeer = request.getfixturevalue("object_store")
    bucket = peer.new_bucket()
    monkeypatch.setenv("LIMNER_BLOBS", f"s3://{bucket}/a/prefix/")
    monkeypatch.setenv("LIMNER_S3_ENDPOINT_URL", peer.url)
    monkeypatch.setenv("LIMNER_S3_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("LIMNER_S3_SECRET_ACCESS_KEY", KEY)
    async with opened_blobs(load_settings()) as blobs:
        yield Place(
            blobs,
            lambda: [name.removeprefix("a/prefix/") for name in peer.names(bucket)],
            lambda name, data: peer.client.put_object(
                Bucket=bucket, Key=f"a/prefix/{name}", Body=data
            ),
        )


async def test_bytes_come_back_under_their_hash(place: Place) -> None:
    sha256 = await place.blobs.put("w1", b"picture")
    assert await place.blobs.put("w1", b"picture") == sha256
    assert sha256 == hashlib.sha256(b"picture").hexdigest()
    assert await place.blobs.get("w1", sha256) == b"picture"
    (name,) = place.names()
    assert name.endswith(f"/{sha256[:2]}/{sha256}")
    assert "w1" not in name


async def test_no_bytes_at_all_are_bytes_too(place: Place) -> None:
    assert await place.blobs.get("w1", await place.blobs.put("w1", b"")) == b""


async def test_another_workspace_has_none_of_it(place: Place) -> None:
    sha256 = await place.blobs.put("w1", b"picture")
    with pytest.raises(NotFound):
        await place.blobs.get("w2", sha256)
    await place.blobs.remove("w2", sha256)
    assert await place.blobs.get("w1", sha256) == b"picture"


async def test_what_is_removed_is_gone_and_may_come_back(place: Place) -> None:
    sha256 = await place.blobs.put("w1", b"picture")
    for _ in range(2):
        await place.blobs.remove("w1", sha256)
    await place.blobs.remove("w1", "../../etc/passwd")
    assert place.names() == []
    with pytest.raises(NotFound):
        await place.blobs.get("w1", sha256)
    await place.blobs.put("w1", b"picture")
    assert await place.blobs.get("w1", sha256) == b"picture"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64])
async def test_a_name_that_is_no_known_hash_is_not_found(place: Place, name: str) -> None:
    with pytest.raises(NotFound):
        await place.blobs.get("w1", name)


async def test_bytes_that_were_changed_are_noticed(place: Place) -> None:
    sha256 = await place.blobs.put("w1", b"picture")
    place.write(place.names()[0], b"PICTURE")
    with pytest.raises(StorageUnavailable, match=sha256):
        await place.blobs.get("w1", sha256)


async def test_bytes_that_were_cut_off_are_written_again(place: Place) -> None:
    sha256 = await place.blobs.put("w1", b"picture")
    place.write(place.names()[0], b"pict")
    await place.blobs.put("w1", b"picture")
    assert await place.blobs.get("w1", sha256) == b"picture"


async def test_many_writers_of_the_same_bytes_leave_one_blob(place: Place) -> None:
    names = await asyncio.gather(*(place.blobs.put("w1", b"picture" * 1000) for _ in range(40)))
    assert len(set(names)) == len(place.names()) == 1
    assert await place.blobs.get("w1", names[0]) == b"picture" * 1000


async def test_two_processes_may_write_the_same_bytes_and_nobody_reads_a_part(
    place: Place,
) -> None:
    sha256 = hashlib.sha256(b"picture" * 300_000).hexdigest()
    writers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PUT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    told = asyncio.gather(*(writer.communicate(b"go\n") for writer in writers))
    seen = 0
    while not told.done():
        try:
            assert await place.blobs.get("w1", sha256) == b"picture" * 300_000
            seen += 1
        except NotFound:
            await asyncio.sleep(0.005)
    assert [out for out, _ in await told] == [f"{sha256}\n".encode() * 5] * 2
    assert seen
    assert len(place.names()) == 1


async def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable, match="No space left on device"):
        await FolderBlobStore(tmp_path).put("w1", b"picture")
    assert files(tmp_path) == []


async def test_blobs_are_listed_with_their_age_by_the_stores_own_clock(place: Place) -> None:
    kept = {
        (tenant_name(workspace), await place.blobs.put(workspace, data))
        for workspace in ("w1", "w2")
        for data in (b"one", b"two", b"three")
    }
    place.write("something-else", b"not a blob")
    listed = [blob async for blob in place.blobs.listed()]
    assert {(blob.tenant, blob.sha256) for blob in listed} == kept
    assert [blob.tenant for blob in listed] == sorted(blob.tenant for blob in listed)
    assert {blob.size for blob in listed} == {3, 5}
    now = await place.blobs.now()
    assert all(now - 60 <= blob.written_at <= now + 1 for blob in listed)


async def test_an_old_blob_is_removed_unless_somebody_kept_it_again(place: Place) -> None:
    sha256 = await place.blobs.put("w1", b"picture")
    [listed] = [blob async for blob in place.blobs.listed()]
    assert not await place.blobs.remove_old(replace(listed, written_at=listed.written_at - 100))
    assert await place.blobs.get("w1", sha256) == b"picture"
    assert await place.blobs.remove_old(listed)
    assert not await place.blobs.remove_old(listed), "another process did already"
    assert place.names() == []
    assert await place.blobs.put("w1", b"picture") == sha256
    assert await place.blobs.get("w1", sha256) == b"picture"


async def test_a_blob_that_is_kept_again_is_new_and_old_drafts_go(tmp_path: Path) -> None:
    blobs = FolderBlobStore(tmp_path / "blobs", place="p1")
    sha256 = await blobs.put("w1", b"picture")
    drafts = tmp_path / "blobs" / DRAFTS
    (drafts / "p2").mkdir()
    for path in (tmp_path / "blobs" / relative_name("w1", sha256), drafts / "p2" / "left"):
        path.touch()
        os.utime(path, (1.0, 1.0))
    (drafts / "p2" / "in-use").touch()
    await blobs.put("w1", b"picture")
    [listed] = [blob async for blob in blobs.listed()]
    assert listed.written_at >= await blobs.now() - 60
    assert await blobs.remove_drafts(age_s=3600) == 1
    assert [path.name for path in drafts.rglob("*") if path.is_file()] == ["in-use"]
