"""An object store with S3's interface on loopback: moto's server in this process."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

KEY_ID = "limner-test"
KEY = "not-a-secret"


@dataclass(frozen=True)
class ObjectStorePeer:
    """A running store; ``client`` is boto3's own."""

    host: str
    port: int
    client: Any

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}"

    def new_bucket(self) -> str:
        """An empty bucket."""
        name = f"limner-{secrets.token_hex(4)}"
        self.client.create_bucket(Bucket=name)
        return name

    def names(self, bucket: str) -> list[str]:
        """Every object in it."""
        listed = self.client.list_objects_v2(Bucket=bucket)
        return [entry["Key"] for entry in listed.get("Contents", ())]

    @contextmanager
    def strict(self) -> Generator[None]:
        """From now on all credentials are refused."""
        self._say("0")
        try:
            yield
        finally:
            self._say("inf")

    def _say(self, requests_without_authentication: str) -> None:
        connection = http.client.HTTPConnection(self.host, self.port)
        connection.request("POST", "/moto-api/reset-auth", requests_without_authentication)
        assert connection.getresponse().status == 200
        connection.close()


@contextmanager
def object_store_peer() -> Generator[ObjectStorePeer]:
    """Start a store, and stop it when the block ends."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client: Any = boto3.Session().client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=KEY,
    )
    try:
        yield ObjectStorePeer(host, port, client)
    finally:
        client.close()
        server.stop()
