"""`emulate`, an independent stand-in for Slack's Web API, with a small proxy before it.

The Python library sends some arguments in the query, which Slack takes and `emulate` does not, so
the proxy moves them into the body.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web

PACKAGES = ("emulate@0.12.2", "node@24")
FOLDER = Path(__file__).parent.parent.parent / ".cache" / "emulate"
CLIENT = ("12345.67890", "example_client_secret")
KEPT_HEADERS = ("content-type", "authorization", "cookie")


class Unreachable(Exception):
    """The packages are not here and cannot be fetched."""


@dataclass
class Emulated:
    """A running server; ``base_url`` is the proxy's address."""

    base_url: str
    token: str = ""

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """A call of the Web API, as another client."""
        headers = {"Authorization": f"Bearer {self.token or 'test_token_admin'}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.base_url}/api/{method}", data=arguments, headers=headers
            ) as answer,
        ):
            found: dict[str, Any] = await answer.json()
            assert found["ok"], (method, found)
            return found


async def installed() -> Path:
    """The folder with the packages, fetched when they are not there.

    Raises:
        Unreachable: They cannot be fetched.
    """
    if not (FOLDER / "node_modules" / "emulate").exists():
        npm = shutil.which("npm")
        if npm is None:
            raise Unreachable("npm is not installed")
        FOLDER.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            npm, "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER), *PACKAGES,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(240):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise Unreachable("npm's registry did not answer") from None
        if process.returncode:
            raise Unreachable(f"npm could not fetch them: {said.decode()[-200:]}")
    return FOLDER


@asynccontextmanager
async def emulated(folder: Path, *, redirect_url: str) -> AsyncGenerator[Emulated]:
    """Start the server with one app, whose installations come back to that address.

    Raises:
        Unreachable: The packages are not here and cannot be fetched.
    """
    modules = await installed() / "node_modules"
    config = folder / "emulate.config.yaml"
    config.write_text(json.dumps(_config(redirect_url)))
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(modules / "node" / "bin" / "node"), str(modules / "emulate" / "dist" / "index.js"),
        "start", "--service", "slack", "--port", str(port), "--seed", str(config),
        cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _answers(port)
        async with _proxy(f"http://127.0.0.1:{port}") as base_url:
            yield Emulated(base_url)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _config(redirect_url: str) -> dict[str, Any]:
    app = {
        "client_id": CLIENT[0],
        "client_secret": CLIENT[1],
        "app_id": "A000000001",
        "name": "Limner",
        "redirect_uris": [redirect_url],
        "scopes": ["chat:write", "files:write", "files:read", "channels:history"],
        "bot_name": "limner",
    }
    team = {"name": "Team", "domain": "team"}
    users = [{"name": "ann", "real_name": "Ann", "email": "ann@example.com"}]
    channels = [{"name": "general", "topic": "General"}]
    slack = {"team": team, "users": users, "channels": channels, "oauth_apps": [app]}
    return {"slack": slack}


def free_port() -> int:
    """A port without a listener."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _answers(port: int) -> None:
    async with asyncio.timeout(240), aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/") as answer:
                    if answer.status < 500:
                        return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _proxy(upstream: str) -> AsyncGenerator[str]:
    async def handle(request: web.Request) -> web.StreamResponse:
        body, method = await request.read(), request.method
        headers = {k: v for k, v in request.headers.items() if k.lower() in KEPT_HEADERS}
        address = f"{upstream}{request.path}"
        if request.path.startswith("/api/"):
            given = {**request.query, **dict(parse_qsl(body.decode()))}
            body, method = urlencode(given).encode(), "POST"
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif request.query_string:
            address += f"?{request.query_string}"
        async with session.request(
            method, address, headers=headers, data=body or None, allow_redirects=False
        ) as answer:
            kept = {
                k: v for k, v in answer.headers.items() if k.lower() in ("content-type", "location")
            }
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)

    app = web.Application(client_max_size=64_000_000)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
