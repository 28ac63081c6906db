"""Templates and the files that pages are drawn with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.pages.evidence import web_address
from web.pages.words import minute, other_languages

NOTE_CHARS: Final = 140
HERE: Final = Path(__file__).parent
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that every page may load; ``path`` holds a part of its hash, so that it can be kept
    for ever."""

    path: str
    data: bytes
    media_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """The files by the names that they have here."""
    found: dict[str, Asset] = {}
    for file in sorted((HERE / "static").iterdir()):
        if file.suffix in TYPES:
            data = file.read_bytes()
            mark = hashlib.sha256(data).hexdigest()[:12]
            path = f"/static/{mark}-{file.name}"
            found[file.name] = Asset(path, data, TYPES[file.suffix])
    return found


@cache
def asset_paths() -> Mapping[str, Asset]:
    """The same by their paths."""
    return {asset.path: asset for asset in assets().values()}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    shared = cast("dict[str, Any]", environment.globals)
    shared.update(
        asset=_asset,
        web_address=web_address,
        minute=minute,
        other_languages=other_languages,
        head=_head,
        tail=_tail,
    )
    return environment


def _asset(name: str) -> str:
    return assets()[name].path


def _head(text: str) -> str:
    """The beginning of what follows a passage, for a note."""
    return text if len(text) <= NOTE_CHARS else text[:NOTE_CHARS].rpartition(" ")[0] + " …"


def _tail(text: str) -> str:
    """The end of what stands before a passage, for a note."""
    return text if len(text) <= NOTE_CHARS else "… " + text[-NOTE_CHARS:].partition(" ")[2]


def rendered(template: str, **values: Any) -> str:
    """A page as HTML."""
    return _environment().get_template(template).render(**values)
