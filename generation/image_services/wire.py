"""Requests to image services and their answers, as the services' modules write and read them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from domain.illustrations import Recipe
from domain.translation.messages import gettext

if TYPE_CHECKING:
    from generation.image_services.spec import Service

MAX_PICTURE_BYTES: Final = 25_000_000

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One request: a path below the service's address, and a JSON body or a form with files."""

    path: str
    json: Json | None = None
    form: Mapping[str, str] | None = None
    files: Sequence[tuple[str, tuple[str, bytes, str]]] = ()
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a service: the picture's bytes and the usage it counted."""

    data: bytes
    cost_usd: float = 0.0
    notes: tuple[str, ...] = ()


class Dialect(Protocol):
    """The protocol of one kind of service."""

    def ask(self, recipe: Recipe, references: Sequence[bytes], service: Service) -> ServiceRequest:
        """The request for a recipe."""
        ...

    def read(self, body: Json, service: Service) -> Answer:
        """The picture in a successful answer. Raises ``Declined`` or ``Unreadable``."""
        ...

    def refusal(self, status: int, body: Json) -> str | None:
        """The provider's reason when an unsuccessful answer is its policy's refusal."""
        ...


class Declined(Exception):
    """The provider's policy refuses the request; the message is its reason in words."""


class Unreadable(Exception):
    """An answer without a picture; the message says what it holds instead."""


def data_address(picture: bytes) -> str:
    """A picture as a ``data:`` address."""
    return f"data:{media_type_of(picture)};base64,{base64.b64encode(picture).decode('ascii')}"


def media_type_of(picture: bytes) -> str:
    """The media type of one of our own pictures, by its first bytes."""
    if picture.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if picture[:4] == b"RIFF" else "image/jpeg"


def decoded(text: object) -> bytes:
    """The bytes behind base64 text.

    Raises:
        Unreadable: It is none, or holds more than a picture may.
    """
    if not isinstance(text, str) or not text:
        raise Unreadable(gettext("the answer contains no picture"))
    if len(text) > MAX_PICTURE_BYTES * 4 / 3 + 4:
        raise Unreadable(
            gettext(
                "the picture is larger than {max_picture_bytes} MB",
                max_picture_bytes=MAX_PICTURE_BYTES // 1_000_000,
            )
        )
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(gettext("the picture in the answer can't be decoded")) from error


def within(body: Json, name: str) -> Json:
    """The object of that name in an answer; an empty one when there is none."""
    found: object = body.get(name)
    return cast("Json", found) if isinstance(found, dict) else {}


def objects(body: Json, name: str) -> list[Json]:
    """The objects in the list of that name in an answer."""
    found: object = body.get(name)
    every = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Json", one) for one in every if isinstance(one, dict)]


def error_message(body: Json) -> str:
    """The sentence in an error of the usual form, ``{"error": {"message": …}}`` or near it."""
    fields = within(body, "error") or body
    if wrong := objects(fields, "detail"):  # FastAPI's list of fields that it does not take
        return "; ".join(map(_field_message, wrong))
    return str(fields.get("message") or fields.get("detail") or body.get("error") or "")


def _field_message(wrong: Json) -> str:
    where: object = wrong.get("loc")
    names = cast("list[object]", where) if isinstance(where, list) else []
    return ": ".join(filter(None, (str(names[-1]) if names else "", str(wrong.get("msg") or ""))))


def error_code(body: Json) -> str:
    """The code in such an error."""
    return str(within(body, "error").get("code") or "")
