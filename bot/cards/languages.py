"""Cards translated into the reader's language."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from bot.cards.models import Card
from domain.translation.catalogue import DEFAULT, language_of
from domain.translation.messages import Translatable

AnyCard = TypeVar("AnyCard", bound=Card)


def in_language(card: AnyCard, language: str | None) -> AnyCard:
    """The card with Limner's own sentences in the language of a locale; people's words stay."""
    code = language_of(language)
    return card if code == DEFAULT else cast("AnyCard", _translated_parts(card, code))


def _translated_parts(value: Any, language: str) -> Any:
    if isinstance(value, Translatable):
        return value.in_language(language)
    if isinstance(value, tuple):
        return tuple(_translated_parts(part, language) for part in value)  # pyright: ignore[reportUnknownVariableType]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    translated_fields = {
        field.name: _translated_parts(getattr(value, field.name), language)
        for field in fields(value)
    }
    changes = {
        name: new for name, new in translated_fields.items() if new is not getattr(value, name)
    }
    return replace(value, **changes) if changes else value
