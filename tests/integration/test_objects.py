"""A bucket that is not there, not allowed or not reached is reported in one sentence, and holds up
nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.blobs import opened_blobs
from app.doctor import examine
from app.findings import Finding
from app.settings import load_settings
from domain.errors import InvalidSettings, StorageUnavailable
from storage.blobs import FolderBlobStore, relative_name
from storage.objects import BucketSettings, S3BlobStore, opened_bucket
from tests.fakes.object_store import KEY, KEY_ID, ObjectStorePeer

DATA = b"picture" * 1000


def there(url: str, bucket: str = "limner", *, silent_s: float = 30.0) -> BucketSettings:
    return BucketSettings(
        bucket,
        endpoint_url=url,
        access_key_id=KEY_ID,
        secret_access_key=KEY,
        connect_timeout_s=silent_s,
        read_timeout_s=silent_s,
        attempts=1,
    )


async def refusals(settings: BucketSettings) -> list[StorageUnavailable]:
    """What the store says to each of its three calls."""
    async with opened_bucket(settings) as blobs:
        calls = (
            blobs.put("w1", DATA),
            blobs.get("w1", hashlib.sha256(DATA).hexdigest()),
            blobs.remove("w1", hashlib.sha256(DATA).hexdigest()),
        )
        found = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(error, StorageUnavailable) for error in found), found
    assert not any(KEY in str(error) for error in found)
    return [error for error in found if isinstance(error, StorageUnavailable)]


async def test_a_missing_bucket_is_named(object_store: ObjectStorePeer) -> None:
    for error in await refusals(there(object_store.url, "nowhere")):
        assert str(error) == (
            f"The bucket 'nowhere' at {object_store.url} doesn't exist; create it, or correct "
            "LIMNER_BLOBS."
        )
        assert not error.retryable


async def test_wrong_credentials_are_named_and_not_tried_again(
    object_store: ObjectStorePeer,
) -> None:
    bucket = object_store.new_bucket()
    with object_store.strict():
        for error in await refusals(there(object_store.url, bucket)):
            assert "rejected the credentials (InvalidAccessKeyId)" in str(error)
            assert not error.retryable


async def test_without_credentials_the_settings_are_named(object_store: ObjectStorePeer) -> None:
    settings = replace(there(object_store.url), access_key_id="", secret_access_key="")
    for error in await refusals(settings):
        assert "needs credentials (NoCredentialsError); set LIMNER_S3_ACCESS" in str(error)


async def test_the_usual_credentials_of_aws_do_too(
    object_store: ObjectStorePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    settings = there(object_store.url, object_store.new_bucket())
    async with opened_bucket(replace(settings, access_key_id="", secret_access_key="")) as blobs:
        assert await blobs.get("w1", await blobs.put("w1", DATA)) == DATA


async def test_a_dead_endpoint_is_named_and_may_be_tried_again() -> None:
    for error in await refusals(there("http://127.0.0.1:9")):
        assert "can't be reached (EndpointConnectionError)" in str(error)
        assert error.retryable


async def test_a_silent_endpoint_ends_in_time_and_never_blocks_the_loop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asked = asyncio.create_task(refusals(there(url, silent_s=0.5)))
        turns = 0
        while not asked.done():
            await asyncio.sleep(0.01)
            turns += 1
        for error in await asked:
            assert "can't be reached (ReadTimeoutError)" in str(error)
            assert error.retryable
    assert turns > 5, "others had their turn while nothing came"


@contextmanager
def breaking_off(times: int) -> Generator[str]:
    """A store whose first answers end in the middle of the object."""
    left = [times]

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(DATA)))
            self.end_headers()
            left[0] -= 1
            self.wfile.write(DATA if left[0] < 0 else DATA[:100])

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@asynccontextmanager
async def breaking_store(times: int) -> AsyncGenerator[S3BlobStore]:
    with breaking_off(times) as url:
        async with opened_bucket(there(url)) as blobs:
            yield blobs


async def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    async with breaking_store(2) as blobs:
        assert await blobs.get("w1", hashlib.sha256(DATA).hexdigest()) == DATA


async def test_a_part_of_an_object_is_never_given() -> None:
    async with breaking_store(3) as blobs:
        with pytest.raises(StorageUnavailable, match="can't be reached") as refusal:
            await blobs.get("w1", hashlib.sha256(DATA).hexdigest())
    assert refusal.value.retryable


async def test_what_is_sent_goes_with_its_signed_hash() -> None:
    seen: list[tuple[str, str]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(404)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.headers["X-Amz-Content-SHA256"], self.headers["Authorization"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever).start()
        async with opened_bucket(there(f"http://127.0.0.1:{server.server_port}")) as blobs:
            sha256 = await blobs.put("w1", DATA)
        server.shutdown()
    ((sent, signed),) = seen
    assert sent == sha256
    assert "x-amz-content-sha256" in signed


async def blobs_finding(**settings: Any) -> Finding:
    findings = await examine(load_settings(**settings))
    return next(finding for finding in findings if finding.name == "blobs")


async def test_the_doctor_tries_the_bucket_and_leaves_nothing(
    object_store: ObjectStorePeer,
) -> None:
    bucket = object_store.new_bucket()
    keys: dict[str, Any] = {
        "s3_endpoint_url": object_store.url + "/",
        "s3_access_key_id": KEY_ID,
        "s3_secret_access_key": KEY,
    }
    found = await blobs_finding(blobs=f"s3://{bucket}", **keys)
    assert (found.ok, found.text) == (True, f"Writing, reading and deleting work in s3://{bucket}.")
    assert object_store.names(bucket) == []
    lost = await blobs_finding(blobs="s3://nowhere/else", **keys)
    assert lost.required
    assert not lost.ok
    assert "doesn't exist" in lost.text


async def test_the_doctor_tries_the_folder() -> None:
    found = await blobs_finding()
    assert found.ok
    assert found.text.endswith("blobs.")


@pytest.mark.parametrize("address", ["s3://", "s3://b", "/data/blobs", "s3://Bucket", "s3://a b/c"])
def test_an_address_that_names_no_bucket_is_refused(address: str) -> None:
    with pytest.raises(InvalidSettings, match="LIMNER_BLOBS is wrong"):
        load_settings(blobs=address)


async def test_half_a_key_is_refused() -> None:
    settings = load_settings(blobs="s3://bucket", s3_access_key_id="a")
    with pytest.raises(InvalidSettings, match="or neither"):
        async with opened_blobs(settings):
            pass


async def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "storage.objects")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InvalidSettings, match=r"pip install 'limner\[s3\]'"):
        async with opened_blobs(load_settings(blobs="s3://bucket")):
            pass


async def test_the_doctor_counts_what_nothing_refers_to(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    sha256 = await FolderBlobStore(folder / "blobs").put("w1", b"left")
    os.utime(folder / "blobs" / relative_name("w1", sha256), (1.0, 1.0))
    found = await blobs_finding(data_dir=str(folder))
    assert found.ok
    assert "1 of 1 files are unused" in found.text
