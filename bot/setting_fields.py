"""The settings as fields of a form: type, label, possible values, and the default that applies
where none is set. Surfaces draw the fields; nothing here knows a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.locale.setting_words import DEFAULT_VALUES, SETTING_TITLES
from bot.setting_values import CHOICES, NUMBERS
from domain.errors import InvalidRequest
from domain.policy import CATEGORIES, Action, Category
from domain.translation.messages import Message, gettext, translated


class FieldKind(StrEnum):
    """The kind of field for a setting."""

    CHOICE = "choice"
    """One of a few values, a switch too."""
    NUMBER = "number"
    CHANNEL = "channel"
    ROLES = "roles"
    """Roles or user groups."""
    CATEGORIES = "categories"
    """An action for each category of the content policy."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class AskedSetting:
    """A setting that a form asks for.

    ``typed`` is its value as people type it, empty where it is not set; ``shown`` says what is set,
    or what holds instead. ``values`` are what can be chosen, ``limits`` the least and the most of a
    number, ``actions`` what was set about categories of the content policy.
    """

    name: str
    kind: FieldKind
    title: str
    typed: str = ""
    shown: str = ""
    values: tuple[str, ...] = ()
    limits: tuple[int, int] = (0, 0)
    actions: Mapping[Category, Action] | None = None
    is_set: bool = False
    """Whether it is set at this scope, perhaps to nothing."""


SETTING_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "pictures": (
        *(
            "generator",
            "research",
            "search_messages",
            "rights",
            "commercial",
            "derivatives",
            "unsupported",
        ),
        *("aspect", "style", "language", "checkpoint"),
    ),
    "chat": (
        *("threads", "follow_ups", "notify", "linked", "links", "publish", "watermark"),
        *("time_zone", "house_style"),
    ),
    "people": (
        *("allowed_groups", "moderator_groups", "review_channel", "approvals"),
        *("daily_per_member", "daily_per_workspace", "jobs_per_member", "paused"),
    ),
    "policy": (
        *("blocked", "categories", "people_approval", "unjudged", "keep_refused"),
        *("suspends", "training"),
    ),
}
"""The settings in groups, each small enough for one menu."""
_KINDS: Final[Mapping[str, FieldKind]] = {
    "review_channel": FieldKind.CHANNEL,
    "allowed_groups": FieldKind.ROLES,
    "moderator_groups": FieldKind.ROLES,
    "categories": FieldKind.CATEGORIES,
    **dict.fromkeys(NUMBERS, FieldKind.NUMBER),
    **dict.fromkeys(CHOICES, FieldKind.CHOICE),
}


def field_kind(name: str) -> FieldKind:
    """The kind of field for a setting; text by default."""
    return _KINDS.get(name, FieldKind.TEXT)


def setting_title(name: str, language: str | None = None) -> str:
    """The name of a setting in a locale's language; a translatable one where none is given, and the
    input itself where it is no setting."""
    known: Message | None = SETTING_TITLES.get(name)
    if known is None:
        return name
    return translated(known, language) if language else known


def default_value(name: str) -> str | None:
    """The default that applies, in words; None where the operator or the request decides."""
    return DEFAULT_VALUES.get(name)


def typed_categories(
    chosen: Mapping[Action, tuple[str, ...]], wider: Mapping[Category, Action]
) -> str:
    """The actions on categories for a form, as they are typed: only where they differ from what the
    ``wider`` scopes say, or else the policy.

    Raises:
        InvalidRequest: A category stands under two actions.
    """
    actions: dict[str, Action] = {}
    for action, names in chosen.items():
        for name in names:
            if name in actions:
                raise InvalidRequest(
                    gettext(
                        "{category!r} stands under two actions. Choose one. Nothing was changed.",
                        category=name,
                    ),
                    field="categories",
                )
            actions[name] = action
    return ", ".join(
        f"{category.value}: {actions[category.value].value}"
        for category, spec in CATEGORIES.items()
        if not spec.floor
        and category.value in actions
        and actions[category.value] is not wider.get(category, spec.default)
    )
