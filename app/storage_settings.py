"""Settings of where things are kept: the data folder, the database and the blobs."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "LIMNER_"
Names = Annotated[tuple[str, ...], NoDecode]
"""Several names in one variable, apart by commas."""
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w!.*'()/-]*))?", re.ASCII)


def split_names(value: Any) -> Any:
    """Names that stand in one text, apart by commas; anything else as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def checked_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Address ranges as they were given. Raises ``ValueError`` where one is none."""
    for part in value:
        try:
            ipaddress.ip_network(part)
        except ValueError as error:
            raise ValueError(f"{part!r} is not an address range such as 10.0.0.0/8") from error
    return value


class StorageSettings(BaseSettings):
    """Storage settings; the first part of ``Settings``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("limner", appauthor=False)),
        description="Folder for pictures and, unless you set another database, the SQLite "
        "database.",
    )
    weights_dir: Path | None = Field(
        default=None,
        description="Folder for language data that is unpacked once (about 200 MB, with Dutch "
        "300) and may be shared by all processes and installations of a machine; otherwise "
        "weights in the data folder.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/name if several machines share the work; "
        "otherwise an SQLite file in the data folder.",
    )
    database_connections: int = Field(
        default=30,  # three processes fit into the 100 connections that Postgres allows by default
        ge=15,
        le=500,
        description="The most connections that one process opens to Postgres; fewer are open while "
        "there is little to do.",
    )
    blobs: str = Field(
        default="",
        description="s3://bucket/prefix to keep pictures in an S3-compatible object store that "
        "several machines share; otherwise they are kept in the data folder.",
    )
    s3_endpoint_url: str = Field(
        default="",
        description="Address of MinIO or another S3-compatible object store, such as "
        "http://minio:9000; empty for AWS.",
    )
    s3_region: str = Field(
        default="", description="The bucket's region; defaults to your AWS configuration."
    )
    s3_access_key_id: str = Field(
        default="",
        description="Access key ID for the bucket; defaults to the usual AWS sources (environment, "
        "files, the machine's role).",
    )
    s3_secret_access_key: SecretStr | None = Field(
        default=None, description="Secret access key for the bucket."
    )

    @field_validator("blobs")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and not _BUCKET.fullmatch(value):
            raise ValueError(f"{value!r} is not an address such as s3://bucket/prefix")
        return value

    @field_validator("s3_endpoint_url")
    @classmethod
    def _endpoint(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is not an address such as http://127.0.0.1:9000")
        return value.rstrip("/")

    @field_validator("database_url", mode="before")
    @classmethod
    def _known_database(cls, value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text in (None, ""):
            return None
        if not str(text).startswith(("sqlite:", "sqlite+", "postgres:", "postgresql")):
            raise ValueError("it must start with sqlite: or postgresql:")
        return value

    @property
    def database(self) -> str:
        """The database address, with its password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'limner.sqlite'}"

    @property
    def bucket(self) -> tuple[str, str] | None:
        """The bucket of the blobs and the prefix in it, without slashes at its ends; None where
        they lie in the data folder."""
        found = _BUCKET.fullmatch(self.blobs)
        return (found[1], (found[2] or "").strip("/")) if found else None

    @property
    def engine_database(self) -> str:
        """The job engine's database: the same Postgres, or an SQLite file beside ours."""
        if self.database.startswith("postgres"):
            tail = self.database.partition("://")[2]
            return f"postgresql://{tail}"
        path = Path(self.database.partition(":///")[2])
        return f"sqlite:///{path.with_name(path.stem + '-engine.sqlite')}"
