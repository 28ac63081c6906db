"""Blobs in a bucket of an S3-compatible object store: one whole object each, checked on read."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final, TypeVar

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ResponseStreamingError,
)
from botocore.exceptions import ConnectionError as NoConnection
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from domain.errors import NotFound, StorageUnavailable
from domain.translation.messages import gettext
from storage.blobs import StoredBlob, is_name, name_within, tenant_name

T = TypeVar("T")
THREADS = 16
"""Calls at once in one process."""
READS = 3
"""How often a download is repeated whose bytes broke off."""
WRITTEN_AGAIN_S: Final = 3600.0
"""An object that is older is written again when its bytes are kept again: no sweep takes it
then."""
_BLOB: Final = re.compile(r"([0-9a-f]{32})/[0-9a-f]{2}/([0-9a-f]{64})")
ABSENT = ("NoSuchKey", "NotFound", "404")
WRONG_REGION = (
    *("PermanentRedirect", "AuthorizationHeaderMalformed", "301"),
    *("IllegalLocationConstraintException", "TemporaryRedirect"),
)
REFUSED = (
    *("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccountProblem"),
    *("ExpiredToken", "InvalidToken", "RequestTimeTooSkewed", "AllAccessDisabled", "401", "403"),
)

NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
ODD_ANSWER = (LookupError, ValueError, TypeError, AttributeError)
"""Exceptions of botocore for an answer that is not S3's."""
NO_ANSWER = (NoConnection, HTTPClientError, IncompleteReadError)


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """The bucket and its key; without a key AWS' usual places are searched."""

    bucket: str
    prefix: str = ""
    """In front of every object's name, without slashes at its ends."""
    endpoint_url: str = ""
    """Another object store than AWS."""
    region: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 30.0
    """The longest silence in an answer."""
    attempts: int = 4
    """Tries of one request that was not answered, or answered with a fault of the server."""

    @property
    def place(self) -> str:
        """The bucket as it is named in messages."""
        return f"{self.bucket!r} at {self.endpoint_url or 'AWS'}"


@asynccontextmanager
async def opened_bucket(settings: BucketSettings) -> AsyncGenerator[S3BlobStore]:
    """A store over that bucket, for as long as the block runs; nothing is asked of it yet.

    Raises:
        StorageUnavailable: The settings, or AWS' own, are of no use.
    """
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="objects")
    loop = asyncio.get_running_loop()
    try:
        try:
            client = await loop.run_in_executor(threads, _client, settings)
        except (BotoCoreError, ValueError) as error:
            raise _unavailable(error, settings) from error
        try:
            yield S3BlobStore(client, threads, settings)
        finally:
            client.close()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _client(settings: BucketSettings) -> BaseClient:
    config = Config(
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
        max_pool_connections=THREADS,
        signature_version="s3v4",
        # Other stores know neither AWS' newer checksums nor buckets as host names. What is sent is
        # checked by all of them against its signed SHA-256.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={
            "payload_signing_enabled": True,
            "addressing_style": "path" if settings.endpoint_url else "auto",
        },
    )
    return boto3.Session().client(
        "s3",
        region_name=settings.region or None,
        endpoint_url=settings.endpoint_url or None,
        aws_access_key_id=settings.access_key_id or None,
        aws_secret_access_key=settings.secret_access_key or None,
        config=config,
    )


class S3BlobStore:
    """Blobs as objects under their ``relative_name``. An object appears whole or not at all, since
    each is one request."""

    def __init__(self, client: BaseClient, threads: Executor, settings: BucketSettings) -> None:
        self._client = client
        self._threads = threads
        self._settings = settings

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes durably and give their SHA-256 (64 hex digits); the same bytes again cost
        one question. Raises ``StorageUnavailable``."""
        sha256 = hashlib.sha256(data).hexdigest()
        await self._asked(partial(self._write, self._key(workspace_id, sha256), data))
        return sha256

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound`` when this workspace has none of that name, and
        ``StorageUnavailable`` when they cannot be read or are no longer what they were."""
        if not is_name(sha256):
            raise NotFound("picture", sha256[:80])
        key = self._key(workspace_id, sha256)
        data = await self._asked(partial(self._read, key))
        if data is None:
            raise NotFound("picture", sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StorageUnavailable(
                (
                    gettext(
                        "The stored picture {sha256} was modified in the bucket {place}. "
                        "Restore the object {key!r} from a backup.",
                        sha256=sha256,
                        place=self._settings.place,
                        key=key,
                    )
                ),
                permanent=True,
            )
        return data

    async def remove(self, workspace_id: str, sha256: str) -> None:
        """Forget the bytes; nothing happens when there are none. Raises ``StorageUnavailable``."""
        if not is_name(sha256):
            return
        key = self._key(workspace_id, sha256)
        await self._asked(
            partial(self._client.delete_object, Bucket=self._settings.bucket, Key=key)
        )

    async def now(self) -> float:
        """The store's own time, in seconds since 1970."""
        answer = await self._asked(
            partial(self._client.list_objects_v2, Bucket=self._settings.bucket, MaxKeys=1)
        )
        return _time_of(answer["ResponseMetadata"]["HTTPHeaders"])

    async def listed(self) -> AsyncIterator[StoredBlob]:
        """Every blob; those of a workspace come one after another. Raises
        ``StorageUnavailable``."""
        prefix = f"{self._settings.prefix}/" if self._settings.prefix else ""
        token = ""
        while True:
            ask = partial(self._client.list_objects_v2, Bucket=self._settings.bucket, Prefix=prefix)
            answer = await self._asked(partial(ask, ContinuationToken=token) if token else ask)
            for entry in answer.get("Contents", ()):
                match = _BLOB.fullmatch(entry["Key"].removeprefix(prefix))
                if match is not None:
                    written_at = entry["LastModified"].timestamp()
                    yield StoredBlob(match[1], match[2], entry["Size"], written_at)
            if not (answer.get("IsTruncated") and answer.get("NextContinuationToken")):
                return
            token = answer.get("NextContinuationToken", "")

    async def read_listed(self, blob: StoredBlob) -> bytes | None:
        """The bytes of a listed blob; None where it was removed meanwhile. Raises
        ``StorageUnavailable``."""
        return await self._asked(partial(self._read, self._key_of(blob.tenant, blob.sha256)))

    async def restore(self, tenant: str, data: bytes) -> None:
        """Keep bytes for the tenant of that name, as :meth:`listed` gives it. Raises
        ``StorageUnavailable``."""
        key = self._key_of(tenant, hashlib.sha256(data).hexdigest())
        await self._asked(partial(self._write, key, data))

    async def remove_old(self, blob: StoredBlob) -> bool:
        """Remove a blob unless it was written anew; False where it was."""
        key = self._key_of(blob.tenant, blob.sha256)
        return await self._asked(partial(self._delete_old, key, blob.written_at))

    async def remove_drafts(self, *, age_s: float) -> int:
        """Nothing: an object appears whole or not at all."""
        del age_s
        return 0

    def _key(self, workspace_id: str, sha256: str) -> str:
        return self._key_of(tenant_name(workspace_id), sha256)

    def _key_of(self, tenant: str, sha256: str) -> str:
        name = name_within(tenant, sha256)
        return f"{self._settings.prefix}/{name}" if self._settings.prefix else name

    async def _asked(self, call: Callable[[], T]) -> T:
        """The result of a blocking call, made in a thread."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except (BotoCoreError, ClientError, *ODD_ANSWER) as error:
            raise _unavailable(error, self._settings) from error

    def _write(self, key: str, data: bytes) -> None:
        if not self._is_new(key, len(data)):
            self._client.put_object(Bucket=self._settings.bucket, Key=key, Body=data)

    def _is_new(self, key: str, size: int) -> bool:
        """Whether an object of that size is there, and not so old that a sweep may take it."""
        try:
            about = self._client.head_object(Bucket=self._settings.bucket, Key=key)
            age_s = (
                _time_of(about["ResponseMetadata"]["HTTPHeaders"])
                - about["LastModified"].timestamp()
            )
            return bool(about["ContentLength"] == size and age_s < WRITTEN_AGAIN_S)
        except (ClientError, *ODD_ANSWER):
            return False  # writing it says what is the matter

    def _delete_old(self, key: str, written_at: float) -> bool:
        try:
            about = self._client.head_object(Bucket=self._settings.bucket, Key=key)
        except ClientError as error:
            if _code(error) in ABSENT:
                return False
            raise
        if about["LastModified"].timestamp() > written_at:
            return False
        self._client.delete_object(Bucket=self._settings.bucket, Key=key)
        return True

    @retry(
        retry=retry_if_exception_type((IncompleteReadError, ResponseStreamingError)),
        stop=stop_after_attempt(READS),
        reraise=True,
    )
    def _read(self, key: str) -> bytes | None:
        """The bytes of an object; None where there is none."""
        try:
            body = self._client.get_object(Bucket=self._settings.bucket, Key=key)["Body"]
        except ClientError as error:
            if _code(error) in ABSENT:
                return None
            raise
        try:
            return body.read()
        finally:
            body.close()


def _time_of(headers: Mapping[str, str]) -> float:
    """The time of the store's answer, by its own clock."""
    return parsedate_to_datetime(headers["date"]).timestamp()


def _code(error: ClientError) -> str:
    code: str = error.response.get("Error", {}).get("Code", "")
    return code


def _unavailable(error: Exception, settings: BucketSettings) -> StorageUnavailable:
    """The error, in one sentence; never with a secret."""
    why = _refusal(error) if isinstance(error, ClientError) else _failure(error)
    return StorageUnavailable(
        gettext("The bucket {place} {why}.", place=settings.place, why=why),
        retryable=_may_pass(error),
    )


def _failure(error: Exception) -> str:
    """The reason why no answer came."""
    kind = type(error).__name__
    if isinstance(error, NO_CREDENTIALS):
        return gettext(
            "needs credentials ({kind}); set LIMNER_S3_ACCESS_KEY_ID and "
            "LIMNER_S3_SECRET_ACCESS_KEY, or configure AWS credentials",
            kind=kind,
        )
    if isinstance(error, NO_ANSWER):
        return gettext(
            "can't be reached ({kind}); check the object store and LIMNER_S3_ENDPOINT_URL",
            kind=kind,
        )
    if isinstance(error, ODD_ANSWER):
        return gettext("doesn't answer like S3 ({kind}); check LIMNER_S3_ENDPOINT_URL", kind=kind)
    return gettext(
        "can't be used ({kind}); check LIMNER_BLOBS, the LIMNER_S3_ settings "
        "and your AWS configuration",
        kind=kind,
    )


def _refusal(error: ClientError) -> str:
    """The meaning of the store's error code."""
    code = _code(error)
    if code == "NoSuchBucket":
        return gettext("doesn't exist; create it, or correct LIMNER_BLOBS")
    if code in WRONG_REGION:
        return gettext("is in another region ({code}); set LIMNER_S3_REGION", code=code)
    if code in REFUSED:
        return gettext(
            "rejected the credentials ({code}); check LIMNER_S3_ACCESS_KEY_ID "
            "and LIMNER_S3_SECRET_ACCESS_KEY and their permissions: list the "
            "bucket, and get, put and delete its objects",
            code=code,
        )
    return gettext("returned an error ({code}); check the object store", code=code)


def _may_pass(error: Exception) -> bool:
    """Whether the same may succeed later by itself."""
    if not isinstance(error, ClientError):
        return isinstance(error, NO_ANSWER)
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or status == 429 or _code(error) == "RequestTimeout"
