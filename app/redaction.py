"""The secrets of this process, wherever they were set, for the redactor."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from domain.redaction import Redactor, secrets_in_address

ENV_FILE = ".env"
_ELSEWHERE = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "OPENAI_API_KEY",
    "PGPASSWORD",
)
"""Variables of others that libraries in this process read."""


def redactor_for(settings: Mapping[str, Any]) -> Redactor:
    """A redactor that knows every secret in settings by name, and the environment's others."""
    redactor = Redactor(os.environ.get(name, "") for name in _ELSEWHERE)
    for value in settings.values():
        redactor.add(*_secrets_in(value))
    return redactor


def redactor_of_environment(prefix: str) -> Redactor:
    """The same where the settings could not be read: every value that may be a secret."""
    given = {**_lines_of(Path(ENV_FILE)), **os.environ}
    own = {name: value for name, value in given.items() if name.upper().startswith(prefix)}
    named = ("TOKEN", "KEY", "SECRET", "PASSWORD")
    secret = {n: SecretStr(v) for n, v in own.items() if v and n.upper().endswith(named)}
    return redactor_for({**own, **secret})


def _lines_of(path: Path) -> dict[str, str]:
    """The settings in an env file, as far as it can be read without knowing whether they are
    valid."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    found = re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$", text)
    return {name: value.strip("\"'") for name, value in found}


def _secrets_in(value: Any) -> Iterator[str]:
    """The secret itself, each where several are apart by commas, and what is one in an address."""
    if isinstance(value, SecretStr):
        text = value.get_secret_value()
        if "://" in text:  # an address: what else stands in it is no secret
            yield from secrets_in_address(text)
        else:
            yield from {text, *(part.strip() for part in text.split(","))}
    elif isinstance(value, str) and "://" in value:
        yield from secrets_in_address(value)
    elif isinstance(value, (tuple, list)):
        for part in cast("Sequence[Any]", value):
            yield from _secrets_in(part)
