"""The shapes of ``--json``, read off real commands in a data folder of their own."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter
from tables import attribute_docs, code, codes, one_line, table

from domain.illustrations import Recipe, RecipeCitation, RecipeReference
from domain.requests import JobStatus

ROOT = Path(__file__).parent.parent.parent
BOARD = ROOT / "docs" / "board.png"
LIMIT_S = 600
MAX_EXAMPLE_CHARS = 60


LIKE_IMAGINE = ("regenerate", "research", "jobs ID")
"""Commands whose object has all that ``imagine`` prints."""


def shapes() -> str:
    """For each command the fields of its object, with their types and an example of each."""
    found = _examples()
    imagine = {row[0] for row in _fields("", found["limner imagine PROMPT"])}
    sections = [_section(command, value, imagine) for command, value in found.items()]
    return "\n".join(
        [
            f"`status` is one of {codes(_statuses())}.\n",
            *sections,
            "## A recipe\n",
            "What `illustrations[].recipe` holds; it is kept with each picture.\n",
            _recipe(),
        ]
    )


def _statuses() -> list[str]:
    from app.cli.output import AWAITING_APPROVAL

    return [AWAITING_APPROVAL if s is JobStatus.REVIEWING else s.value for s in JobStatus]


def _examples() -> dict[str, Any]:
    """What commands print, by the command as it is shown."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "json_examples.py"), folder, str(BOARD)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(f"the examples of --json could not be made:\n{done.stderr}")
    return dict(json.loads(done.stdout))


def _section(title: str, value: Any, imagine: set[str]) -> str:
    heading = title if title.startswith("limner") else title.capitalize()
    rows, intro = list(_fields("", value)), ""
    if title.endswith(LIKE_IMAGINE) or title.split()[1] in LIKE_IMAGINE:
        rows = [row for row in rows if row[0] not in imagine]
        intro = "All fields of `limner imagine PROMPT --json`, and:\n\n"
    return f"## {heading}\n\n{intro}" + table(("field", "type", "example"), rows)


def _fields(path: str, value: Any) -> Iterator[tuple[str, str, str]]:
    if path.endswith(".recipe"):
        yield code(path), "object", "see [a recipe](#a-recipe)"
    elif isinstance(value, dict) and value:
        for name, part in cast("dict[str, Any]", value).items():
            yield from _fields(f"{path}.{name}" if path else name, part)
    elif isinstance(value, list) and value:
        many = cast("list[Any]", value)
        if isinstance(many[0], dict):
            yield from _fields(f"{path}[]", _merged(cast("list[dict[str, Any]]", many)))
        else:
            yield code(f"{path}[]"), _type(many[0]), _example(many[0])
    else:
        yield code(path), _type(value), _example(value)


def _merged(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """One object in which each field has a value that is not null, where any of them has one."""
    merged: dict[str, Any] = {}
    for one in objects:
        for name, value in one.items():
            if merged.get(name) is None:
                merged[name] = value
    return merged


def _type(value: Any) -> str:
    kinds = {
        str: "string",
        bool: "boolean",
        int: "number",
        float: "number",
        list: "array",
        dict: "object",
    }
    return kinds.get(cast("type[Any]", type(value)), "null here")


def _example(value: Any) -> str:
    if value is None or value in ([], {}, ""):
        return ""
    text = json.dumps(value, ensure_ascii=False).replace("`", "'")
    if re.fullmatch('"[0-9a-f]{64}"', text):
        text = f'{text[:13]}…"'
    return code(text if len(text) <= MAX_EXAMPLE_CHARS else text[: MAX_EXAMPLE_CHARS - 1] + "…")


def _recipe() -> str:
    kinds = (Recipe, RecipeReference, RecipeCitation)
    return "\n".join(_dataclass(kind) for kind in kinds)


def _dataclass(kind: type) -> str:
    schema, meanings = TypeAdapter(kind).json_schema(), attribute_docs(kind)
    properties: Mapping[str, Mapping[str, Any]] = schema["properties"]
    rows = [
        (code(name), _schema_type(spec), meanings.get(name, ""))
        for name, spec in properties.items()
    ]
    about = one_line(inspect.getdoc(kind) or "")
    return f"### {kind.__name__}\n\n{about}\n\n" + table(("field", "type", "meaning"), rows)


def _schema_type(spec: Mapping[str, Any]) -> str:
    if "anyOf" in spec:
        return " or ".join(_schema_type(part) for part in spec["anyOf"])
    if "$ref" in spec:
        return str(spec["$ref"]).rpartition("/")[2]
    if spec.get("type") == "array":
        return f"array of {_schema_type(spec.get('items', {}))}"
    return str(spec.get("type", "any"))
