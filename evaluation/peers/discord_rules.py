"""Discord's rules: its own OpenAPI description, and the limits that it leaves out."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from referencing import Registry

_DESCRIPTION = Path(__file__).parent / "discord_api" / "openapi.json.gz"
V2 = 1 << 15
LOCALES = frozenset(
    """
    id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk
    hi th zh-CN ja zh-TW ko
    """.split()  # noqa: SIM905
)
Object = dict[str, Any]
"""An object as JSON has it."""
_URN = "urn:discord"

_LISTING_SKUS = re.compile(r"/applications/\d+/skus")
"""In Discord's documentation (resources/sku), but not in its description."""


class Rules:
    """Holds requests against the description and against what it leaves out."""

    def __init__(self, description: dict[str, Any] | None) -> None:
        self._paths: list[tuple[re.Pattern[str], int, dict[str, Any]]] = []
        self._registry: Registry[Any] | None = None
        self._validators: dict[tuple[str, str], Any] = {}
        if description is None:
            return
        # Only needed with the description, so that a bench without it runs on a plain install.
        from referencing import Registry, Resource
        from referencing.jsonschema import DRAFT202012

        # Discord's own clients send ids as numbers too, and Discord takes them.
        description["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"]}
        resource = Resource.from_contents(description, default_specification=DRAFT202012)
        self._registry = Registry[Any]().with_resource(_URN, resource)
        for template, methods in description["paths"].items():
            pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
            self._paths.append((pattern, template.count("{"), {"template": template, **methods}))
        self._paths.sort(key=lambda entry: entry[1])

    def problems(self, method: str, path: str, body: Any) -> list[str]:
        """Discord's complaints about a request; ``path`` begins after ``/api/v10``."""
        found = [f"{method} {path}: {problem}" for problem in left_out(body)]
        if self._paths:
            found += [
                f"{method} {path}: {problem}" for problem in self._described(method, path, body)
            ]
        return found

    def _described(self, method: str, path: str, body: Any) -> Iterator[str]:
        known = next((entry for pattern, _, entry in self._paths if pattern.fullmatch(path)), None)
        if method == "GET" and _LISTING_SKUS.fullmatch(path):
            return
        if known is None or method.lower() not in known:
            yield "there is no such request"
            return
        content = known[method.lower()].get("requestBody", {}).get("content", {})
        if body is None or "application/json" not in content:
            return
        validator = self._validator(method.lower(), known["template"])
        if validator.is_valid(body):
            return
        for error in validator.iter_errors(body):
            deepest = min(error.context or [error], key=lambda e: -len(e.absolute_path))
            yield f"{deepest.json_path}: {deepest.message[:300]}"

    def _validator(self, method: str, template: str) -> Any:
        key = (method, template)
        if key not in self._validators:
            pointer = template.replace("~", "~0").replace("/", "~1")
            where = f"{_URN}#/paths/{pointer}/{method}/requestBody/content/application~1json/schema"
            from jsonschema import Draft202012Validator

            assert self._registry is not None  # there is a description
            self._validators[key] = Draft202012Validator({"$ref": where}, registry=self._registry)
        return self._validators[key]


@lru_cache
def discord_rules() -> Rules:
    """The rules; without Discord's description where jsonschema is not installed, which only the
    development tools bring."""
    if find_spec("jsonschema") is None:
        return Rules(None)
    return Rules(json.loads(gzip.decompress(_DESCRIPTION.read_bytes())))


def left_out(body: Any) -> list[str]:
    """The limits that the description does not state."""
    if isinstance(body, list):
        commands = cast("list[Object]", body)
        return [problem for command in commands for problem in _command(command)]
    if not isinstance(body, dict):
        return []
    message = cast("Object", body)
    message = message.get("data") or message.get("message") or message
    return [*_texts(message), *_components(message)]


def _texts(message: Object) -> Iterator[str]:
    if len(message.get("content") or "") > 2000:
        yield "more than 2000 characters of content"
    embeds = objects(message, "embeds")
    if sum(len(str(e.get(key, ""))) for e in embeds for key in ("title", "description")) > 6000:
        yield "more than 6000 characters in embeds"
    every = walked(objects(message, "components"))
    shown = [str(c["content"]) for c in every if c.get("type") == 10]
    if sum(len(text.encode("utf-16-le")) // 2 for text in shown) > 4000:
        yield "more than 4000 characters in texts"


def _components(message: Object) -> Iterator[str]:
    top = objects(message, "components")
    every = list(walked(top))
    v2 = int(message.get("flags") or 0) & V2
    if not v2 and len([c for c in top if c.get("type") == 1]) > 5:
        yield "more than 5 rows"
    if v2 and (message.get("content") or message.get("embeds")):
        yield "content or embeds beside a layout"
    if len(every) > 40:
        yield f"{len(every)} components"
    for key in ("custom_id", "id"):
        counted = Counter(c[key] for c in every if c.get(key) is not None)
        yield from (f"{key} {value!r} stands there twice" for value, n in counted.items() if n > 1)
    names = {a["filename"] for a in objects(message, "attachments") if "filename" in a}
    for url in media(every):
        if url.startswith("attachment://") and url.removeprefix("attachment://") not in names:
            yield f"{url} did not come with the message"


def _command(command: Object) -> Iterator[str]:
    size = 0
    for part in _parts(command):
        names = _said(part, "name")
        if part is not command or part.get("type", 1) == 1:
            yield from (f"the name {n!r} has capitals" for n in names if n != n.lower())
        for field in ("name_localizations", "description_localizations"):
            known = cast("dict[str, str]", part.get(field) or {})
            yield from (f"the locale {name!r} is unknown" for name in known if name not in LOCALES)
        longest = [max(len(text) for text in _said(part, key)) for key in ("name", "description")]
        size += sum(longest) + sum(len(str(c["value"])) for c in objects(part, "choices"))
    if size > 8000:
        yield "more than 8000 characters in one command"


def _said(part: Object, key: str) -> list[str]:
    localized = cast("dict[str, str]", part.get(f"{key}_localizations") or {})
    return [str(part.get(key, "")), *localized.values()]


def _parts(command: Object) -> Iterator[Object]:
    yield command
    for option in objects(command, "options"):
        yield from _parts(option)


def objects(holder: Object, key: str) -> list[Object]:
    """The objects in a list; none where there is no such list."""
    return cast("list[Object]", holder.get(key) or [])


def walked(components: Sequence[Object]) -> Iterator[Object]:
    """Every component of a message, nested ones too."""
    for component in components:
        yield component
        yield from walked(objects(component, "components"))
        yield from walked([component[k] for k in ("accessory", "component") if component.get(k)])


def media(components: Sequence[Object]) -> Iterator[str]:
    """The addresses of everything that is shown."""
    for component in components:
        for item in (component, *objects(component, "items")):
            for key in ("media", "file"):
                shown = item.get(key)
                if isinstance(shown, dict):
                    yield str(cast("Object", shown)["url"])
