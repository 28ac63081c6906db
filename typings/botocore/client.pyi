from datetime import datetime
from typing import NotRequired, Protocol, TypedDict

class _Body(Protocol):
    def read(self) -> bytes: ...
    def close(self) -> None: ...

class _Metadata(TypedDict):
    HTTPHeaders: dict[str, str]

class _Answer(TypedDict):
    ResponseMetadata: _Metadata

class _Head(_Answer):
    ContentLength: int
    LastModified: datetime

class _Entry(TypedDict):
    Key: str
    Size: int
    LastModified: datetime

class _Listed(_Answer):
    Contents: NotRequired[list[_Entry]]
    IsTruncated: NotRequired[bool]
    NextContinuationToken: NotRequired[str]

class _Object(TypedDict):
    Body: _Body

class BaseClient:
    """A client of S3, whose methods appear only at run time."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object: ...
    def head_object(self, *, Bucket: str, Key: str) -> _Head: ...
    def list_objects_v2(
        self, *, Bucket: str, Prefix: str = ..., ContinuationToken: str = ..., MaxKeys: int = ...
    ) -> _Listed: ...
    def get_object(self, *, Bucket: str, Key: str) -> _Object: ...
    def delete_object(self, *, Bucket: str, Key: str) -> object: ...
    def close(self) -> None: ...
