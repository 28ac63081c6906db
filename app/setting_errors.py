"""Errors of settings, in sentences without a regular expression."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from app.storage_settings import PREFIX

_CHOICES: Final = re.compile(r"\^\(((?:[\w-]+\|)+[\w-]+)\)\$")
_KINDS: Final[Mapping[str, str]] = {
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
    "greater_than_equal": "it must be at least {ge:g}",
    "greater_than": "it must be more than {gt:g}",
    "less_than_equal": "it must be at most {le:g}",
    "less_than": "it must be less than {lt:g}",
    "finite_number": "write a finite number",
    "string_too_long": "it may have at most {max_length} characters",
}


def setting_sentences(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """A sentence about each setting that is wrong; no secret is in it."""
    found: dict[str, str] = {}
    for each in error.errors(include_url=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        why = _why(cast("Mapping[str, Any]", each), fields.get(name))
        found.setdefault(name, f"The setting {PREFIX}{name.upper()} is wrong: {why}.")
    return " ".join(found.values())


def _why(error: Mapping[str, Any], field: FieldInfo | None) -> str:
    context = cast("dict[str, Any]", error.get("ctx") or {})
    if error["type"] == "string_pattern_mismatch":
        return _fitting(str(context.get("pattern", "")), str(error["input"]), field)
    if error["type"] in _KINDS:
        return _KINDS[error["type"]].format(**context)
    why = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{why[:1].lower()}{why[1:]}"


def _fitting(pattern: str, value: str, field: FieldInfo | None) -> str:
    """A sentence with the expected form, for a text that has another one."""
    choices = _CHOICES.fullmatch(pattern)
    if choices is None:
        about = (field.description or "").rstrip(".") if field is not None else ""
        return f"it has another form than it must have. {about}" if about else "it has a wrong form"
    names = choices[1].split("|")
    sentence = f"write {', '.join(names[:-1])} or {names[-1]}"
    near = nearest(value.lower(), names)
    return f"{sentence} (did you mean {near}?)" if near else sentence


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that was probably meant; None where none is near."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.75)), None)
