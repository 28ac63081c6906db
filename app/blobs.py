"""Wiring of blobs: a folder, or a bucket that several machines share."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from app.libraries import needed_since
from app.settings import Settings, secret
from domain.errors import InvalidSettings
from domain.translation.messages import gettext
from jobs.common.ports import BlobStore
from storage.backup import ArchivedStore
from storage.blob_sweep import BlobSweep, SweptStore
from storage.blobs import FolderBlobStore

SWEEP_S: Final = 86_400.0
"""Between two sweeps of a process."""
FIRST_SWEEP_S: Final = 3000.0
"""From its start to the first one: a start has more urgent things to read."""


class Blobs(BlobStore, SweptStore, ArchivedStore, Protocol):
    """A store of blobs with all that it can do."""


def daily_sweep(
    engine: AsyncEngine, blobs: SweptStore, *, clock: Callable[[], float] = time.monotonic
) -> Callable[[], Awaitable[None]]:
    """Starts the daily sweep of the store, however often it is called."""
    due_at = clock() + FIRST_SWEEP_S

    async def sweep() -> None:
        nonlocal due_at
        if clock() >= due_at:
            due_at = clock() + SWEEP_S
            await BlobSweep(engine, blobs).run()

    return sweep


@asynccontextmanager
async def opened_blobs(
    settings: Settings, *, place: str = "", patient: bool = True
) -> AsyncGenerator[Blobs]:
    """The store of blobs that the settings name, for as long as the block runs. ``place`` is what
    no other living process has, if this one has such a place. One that is not ``patient`` tries
    nothing twice and does not wait long.

    Raises:
        InvalidSettings: The settings of the bucket are incomplete, or boto3 is not installed.
        StorageUnavailable: The bucket cannot be used with them.
    """
    if settings.bucket is None:
        yield FolderBlobStore(settings.data_dir / "blobs", place=place)
        return
    bucket, prefix = settings.bucket
    key_id, key = settings.s3_access_key_id, secret(settings.s3_secret_access_key)
    if bool(key_id) != bool(key):
        raise InvalidSettings(
            gettext("Set both LIMNER_S3_ACCESS_KEY_ID and LIMNER_S3_SECRET_ACCESS_KEY, or neither.")
        )
    with needed_since("LIMNER_BLOBS names a bucket", "boto3", "botocore", extra="s3"):
        from storage.objects import BucketSettings, opened_bucket
    where = BucketSettings(
        bucket=bucket,
        prefix=prefix,
        endpoint_url=settings.s3_endpoint_url,
        region=settings.s3_region,
        access_key_id=key_id,
        secret_access_key=key,
    )
    if not patient:
        where = replace(where, attempts=1, read_timeout_s=5.0)
    async with opened_bucket(where) as blobs:
        yield blobs
