"""Whether the catalogue still agrees with the hub and with the services' own lists of models."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx2

from generation.catalogue import CATALOGUE
from generation.generator import Generator, Model
from generation.image_services.spec import Service

HUB: Final = "https://huggingface.co"
TIMEOUT_S: Final = 20.0
AT_ONCE: Final = 4
MODEL_LISTS: Final[Mapping[str, str]] = {
    "openai-images": "/models",
    "gemini-image": "/v1beta/models?pageSize=1000",
}
"""The model lists of services; Ark and Gen-Searcher's server have no such list."""


@dataclass(frozen=True, slots=True)
class CatalogueFinding:
    """One model or service that was looked at; ``trouble`` is empty where it is as described."""

    name: str
    place: str
    trouble: str = ""
    asked: bool = True
    """False where it was not asked, since there is no list or no key."""


async def check_catalogue(
    services: Mapping[str, Service], *, hub: str = "", token: str = ""
) -> Sequence[CatalogueFinding]:
    """Look every model up on the hub, and the default models of ``services`` in their lists.

    ``services`` bear the operator's addresses and keys by the names of generators. Takes a few
    seconds; nothing is downloaded but descriptions.
    """
    hub = hub or os.environ.get("HF_ENDPOINT", HUB)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    gate = asyncio.Semaphore(AT_ONCE)
    async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True) as client:

        async def model(name: str, source: str, files: Sequence[str]) -> CatalogueFinding:
            async with gate:
                url = f"{hub.rstrip('/')}/api/models/{source}"
                return CatalogueFinding(
                    name, source, await _hub_trouble(client, url, headers, files)
                )

        async def service(name: str, about: Service) -> CatalogueFinding:
            async with gate:
                return await _service_finding(client, name, about)

        return await asyncio.gather(
            *(model(*wanted) for wanted in _on_the_hub(CATALOGUE.values())),
            *(service(name, about) for name, about in services.items()),
        )


def _on_the_hub(generators: Iterable[Generator]) -> Sequence[tuple[str, str, Sequence[str]]]:
    """Generator, repository and the files that must be in it, each repository once."""
    wanted: dict[str, tuple[str, str, Sequence[str]]] = {}
    for generator in generators:
        for model in filter(None, (generator.text, generator.edit)):
            for source, file in _repositories(model):
                wanted.setdefault(source, (generator.name, source, (file,)))
    return list(wanted.values())


def _repositories(model: Model) -> Iterable[tuple[str, str]]:
    yield model.source, "model_index.json"
    if model.distilled is not None:
        yield model.distilled.source, model.distilled.file


async def _hub_trouble(
    client: httpx2.AsyncClient, url: str, headers: Mapping[str, str], files: Sequence[str]
) -> str:
    try:
        response = await client.get(url, headers=dict(headers))
        body = _object(response)
    except httpx2.HTTPError as error:
        return f"can't be reached ({type(error).__name__})"
    if response.status_code in (401, 404):
        return "isn't there, or HF_TOKEN can't access it"
    if not response.is_success:
        return f"the hub answered {response.status_code}"
    if body.get("disabled"):
        return "is disabled"
    there = {str(entry.get("rfilename")) for entry in _objects(body.get("siblings"))}
    missing = [file for file in files if file not in there]
    return f"has no {', '.join(missing)}" if missing else ""


async def _service_finding(
    client: httpx2.AsyncClient, name: str, service: Service
) -> CatalogueFinding:
    place = f"{service.model} at {httpx2.URL(service.base_url).host}" if service.base_url else name
    path = MODEL_LISTS.get(name)
    if path is None or not service.base_url or (service.needs_key and not service.api_key):
        return CatalogueFinding(name, place, asked=False)
    keys = {"Authorization": f"Bearer {service.api_key}", "x-goog-api-key": service.api_key}
    try:
        response = await client.get(
            service.base_url.rstrip("/") + path, headers=keys if service.api_key else {}
        )
        body = _object(response)
    except httpx2.HTTPError as error:
        return CatalogueFinding(name, place, f"can't be reached ({type(error).__name__})")
    if not response.is_success:
        return CatalogueFinding(name, place, f"the service answered {response.status_code}")
    listed = {str(entry.get("id") or "") for entry in _objects(body.get("data"))}
    listed |= {
        str(entry.get("name") or "").removeprefix("models/")
        for entry in _objects(body.get("models"))
    }
    trouble = "" if service.model in listed else f"has no model {service.model}"
    return CatalogueFinding(name, place, trouble)


def _object(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        found: object = response.json()
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    every = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Mapping[str, Any]", one) for one in every if isinstance(one, dict)]
