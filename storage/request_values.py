"""Requests as the database keeps them.

The stored JSON is one flat object, whatever parts a request has in code: versions of Limner that
run side by side read each other's rows, and queries name its fields.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from domain.requests import Edit, Illustrate, JobKind, Request, Rerender, Reresearch, by_part

_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
_ACTIONS = {action.kind: action for action in (Illustrate, Rerender, Reresearch, Edit)}
_ACTION = {kind: tuple(f.name for f in fields(action)) for kind, action in _ACTIONS.items()}
_NO_ACTION = {"parent_id": None, "vary": False, "upscale": None}
"""Fields that versions before the actions expect of every request."""


def to_values(request: Request) -> dict[str, Any]:
    """A request as flat JSON values."""
    values: dict[str, Any] = _REQUEST.dump_python(request, mode="json")
    origin, routing, action = (values.pop(part) for part in ("origin", "routing", "action"))
    return {**values, **origin, **routing, **_NO_ACTION, **action}


def from_values(values: dict[str, Any], kind: JobKind) -> Request:
    """A request of the kind of job that its row names; what a row of an older version lacks is as
    the request's defaults say."""
    own, origin, routing = by_part(values)
    action = {name: own[name] for name in _ACTION[kind] if name in own}
    if kind is not JobKind.ILLUSTRATE:
        action.setdefault("parent_id", None)
    for name in _NO_ACTION:
        own.pop(name, None)
    return _REQUEST.validate_python(
        {**own, "origin": origin, "routing": routing, "action": _ACTIONS[kind](**action)}
    )
