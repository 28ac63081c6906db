"""The part of boto3 that Limner uses; the library brings no types."""

from typing import Literal

from botocore.client import BaseClient
from botocore.config import Config

class Session:
    def client(
        self,
        service_name: Literal["s3"],
        region_name: str | None = ...,
        endpoint_url: str | None = ...,
        aws_access_key_id: str | None = ...,
        aws_secret_access_key: str | None = ...,
        config: Config | None = ...,
    ) -> BaseClient: ...
