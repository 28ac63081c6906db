"""The values of settings: how each is read from what a person types, and written again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, cast

from bot.locale.catalog import LANGUAGES
from bot.text import plain
from bot.zones import zone_of
from domain.errors import InvalidRequest, LimnerError
from domain.house_style import read_house_style
from domain.links import ChannelCode
from domain.policy import CATEGORIES, Action, Category
from domain.requests import AspectRatio, ResearchDepth, Rights, UnsupportedClaims
from domain.team import Unjudged
from domain.translation.messages import changed, gettext, joined

MAX_STYLE_CHARS = 500
MAX_GROUPS = 100
ASPECTS: Final = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9")
"""Suggested ratios; any other is accepted too."""


def _choice(kind: type[StrEnum], field: str) -> Callable[[str], StrEnum]:
    def read(value: str) -> StrEnum:
        try:
            return kind(value.lower())
        except ValueError:
            raise InvalidRequest(
                gettext(
                    "{value!r} isn't a {field} option. Choose {kind}.",
                    value=value[:40],
                    field=field,
                    kind=", ".join(kind),
                ),
                field=field,
            ) from None

    return read


def whole_number(field: str) -> Callable[[str], int]:
    """A reader of whole numbers. It raises ``InvalidRequest``."""

    def read(value: str) -> int:
        if re.fullmatch(r"-?[0-9]{1,19}", value):
            return int(value)
        raise InvalidRequest(
            gettext(
                "The {field} must be a whole number, not {value!r}.", field=field, value=value[:40]
            ),
            field=field,
        )

    return read


def yes_or_no(field: str) -> Callable[[str], bool]:
    """A reader of yes and no, in English and German. It raises ``InvalidRequest``."""

    def read(value: str) -> bool:
        if value.lower() in ("yes", "true", "on", "1", "ja"):
            return True
        if value.lower() in ("no", "false", "off", "0", "nein"):
            return False
        raise InvalidRequest(
            gettext("The {field} must be yes or no, not {value!r}.", field=field, value=value[:40]),
            field=field,
        )

    return read


def _between(field: str, least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = whole_number(field)(value)
        if not least <= number <= most:
            raise InvalidRequest(
                gettext(
                    "The {field} must be from {least} to {most}, not {number}.",
                    field=field,
                    least=least,
                    most=most,
                    number=number,
                ),
                field=field,
            )
        return number

    return read


def _list(value: str) -> tuple[str, ...]:
    parts = (plain(part, most=100) for part in value.split(","))
    return tuple(part for part in parts if part)[:100]


_MENTION = re.compile(r"<(?:@&|#|!subteam\^)([0-9A-Z]+)(?:\|[^<>]*)?>")
_PLATFORM_ID = re.compile(r"[0-9]{5,25}|(?=[A-Z]*[0-9])[CGSUW][A-Z0-9]{6,20}")
"""Discord's numbers and Slack's ids, which always have a digit: ``ARTISTS`` is a name."""
_NOBODY = frozenset({"none", "nobody", "keine", "keiner", "-"})
"""The input for an empty list."""


def _ids(value: str) -> tuple[tuple[str, ...], str]:
    """Ids of roles, user groups or channels, also as mentions (``<@&12345>``, ``<#C0123456>``,
    ``<!subteam^S0123456>``), and the first word that is none."""
    parts = [part for part in re.split(r"[,;\s]+", _MENTION.sub(r" \1 ", value)) if part]
    wrong = next((part for part in parts if not _PLATFORM_ID.fullmatch(part)), "")
    return tuple(dict.fromkeys(parts)), wrong


def _groups(field: str) -> Callable[[str], tuple[str, ...]]:
    """Roles or user groups; words that name none are an error, never an empty list, because an
    empty list of allowed roles admits all members."""

    def read(value: str) -> tuple[str, ...]:
        if value.strip().casefold() in _NOBODY:
            return ()
        found, wrong = _ids(value)
        if wrong or not found:
            raise InvalidRequest(
                gettext(
                    "{wrong!r} isn't a role or group. Mention each one, or say “none”. "
                    "Nothing was changed.",
                    wrong=(wrong or value)[:40],
                ),
                field=field,
            )
        if len(found) > MAX_GROUPS:
            raise InvalidRequest(
                gettext("Name at most {max_groups} roles.", max_groups=MAX_GROUPS), field=field
            )
        return found

    return read


def channel_id(field: str, value: str) -> str:
    """The one channel that is named or mentioned. Raises ``InvalidRequest``."""
    found, wrong = _ids(value)
    if wrong or len(found) != 1:
        raise InvalidRequest(
            gettext("The {field} must be a single channel.", field=field), field=field
        )
    return found[0]


def category_actions(value: str) -> Mapping[Category, Action]:
    """The actions on categories of the content policy, as ``violence: approve, hate: refuse``.

    Raises:
        InvalidRequest: A category or an action is not known, or the category is one that no
            setting changes.
    """
    actions: dict[Category, Action] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, _, action = part.replace("=", ":").partition(":")
        category = _choice(Category, "categories")(name.strip().replace(" ", "_"))
        if CATEGORIES[Category(category)].floor:
            raise InvalidRequest(
                gettext(
                    "The category {name!r} is always refused. No setting can change that.",
                    name=name.strip(),
                ),
                field="categories",
            )
        actions[Category(category)] = Action(_choice(Action, "categories")(action.strip()))
    return actions


def shown_categories(actions: Mapping[Category, Action]) -> str:
    """The action on every category, the fixed ones marked as such."""
    fixed = changed(gettext("fixed"), "({})".format)
    shown = (
        joined(f"{category.value}: {spec.default.value}", fixed)
        if spec.floor
        else f"{category.value}: {actions.get(category, spec.default).value}"
        for category, spec in CATEGORIES.items()
    )
    return joined(*shown, by=", ")


def language_code(value: str) -> str:
    """One of our languages. Raises ``InvalidRequest``."""
    code = value.strip().lower()
    if code not in LANGUAGES:
        raise InvalidRequest(
            gettext(
                "{value!r} isn't a supported language. Choose {languages}.",
                value=value[:20],
                languages=", ".join(LANGUAGES),
            ),
            field="language",
        )
    return code


NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "approvals": (0, 2),
    "daily_per_member": (0, 100_000),
    "daily_per_workspace": (0, 1_000_000),
    "jobs_per_member": (1, 100),
}
"""Settings that are numbers, with the least and the most."""

SETTINGS: Final[Mapping[str, Callable[[str], object]]] = {
    "generator": lambda value: plain(value, most=100),
    "research": _choice(ResearchDepth, "research"),
    "rights": _choice(Rights, "rights"),
    "commercial": yes_or_no("commercial"),
    "derivatives": yes_or_no("derivatives"),
    "unsupported": _choice(UnsupportedClaims, "unsupported"),
    "aspect": AspectRatio.parse,
    "style": lambda value: plain(value, most=MAX_STYLE_CHARS),
    "language": language_code,
    "time_zone": zone_of,
    "house_style": read_house_style,
    "checkpoint": yes_or_no("checkpoint"),
    "threads": yes_or_no("threads"),
    "follow_ups": yes_or_no("follow_ups"),
    "review_channel": lambda value: channel_id("review_channel", value),
    "approvals": _between("approvals", *NUMBERS["approvals"]),
    "allowed_groups": _groups("allowed_groups"),
    "moderator_groups": _groups("moderator_groups"),
    "daily_per_member": _between("daily_per_member", *NUMBERS["daily_per_member"]),
    "daily_per_workspace": _between("daily_per_workspace", *NUMBERS["daily_per_workspace"]),
    "jobs_per_member": _between("jobs_per_member", *NUMBERS["jobs_per_member"]),
    "blocked": _list,
    "paused": yes_or_no("paused"),
    "categories": category_actions,
    "people_approval": yes_or_no("people_approval"),
    "unjudged": _choice(Unjudged, "unjudged"),
    "keep_refused": yes_or_no("keep_refused"),
    "suspends": yes_or_no("suspends"),
    "search_messages": yes_or_no("search_messages"),
    "training": yes_or_no("training"),
    "notify": yes_or_no("notify"),
    "links": yes_or_no("links"),
    "publish": yes_or_no("publish"),
    "watermark": yes_or_no("watermark"),
    "linked": lambda value: str(ChannelCode.parse(plain(value, most=200))),
}
"""The reader of each setting of ``Preferences``, from what a person types."""
_SWITCHES: Final = (
    *("commercial", "derivatives", "checkpoint", "threads", "follow_ups", "paused"),
    *(
        "people_approval",
        "keep_refused",
        "suspends",
        "search_messages",
        "training",
        "links",
        "publish",
        "watermark",
        "notify",
    ),
)
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_SWITCHES, ("yes", "no")),
    "research": tuple(ResearchDepth),
    "rights": tuple(Rights),
    "language": LANGUAGES,
    "unjudged": tuple(Unjudged),
    "unsupported": tuple(UnsupportedClaims),
}
"""Settings that have one of a few values: switches say yes or no."""


def setting_of(name: str, value: str) -> object:
    """The value of a setting as it is kept; None takes the setting back.

    Raises:
        InvalidRequest: There is no such setting, or the value cannot be used.
    """
    if name not in SETTINGS:
        raise InvalidRequest(
            gettext(
                "There is no setting {name!r}. Choose from {settings}.",
                name=name[:40],
                settings=", ".join(SETTINGS),
            ),
            field="name",
        )
    return SETTINGS[name](value.strip()) if value.strip() else None


def shown_setting(value: object) -> str:
    """A setting's value in words."""
    match value:
        case None:
            return gettext("not set")
        case True:
            return gettext("yes")
        case False:
            return gettext("no")
        case tuple():
            return ", ".join(str(part) for part in cast("tuple[object, ...]", value)) or gettext(
                "none"
            )
        case _:
            return str(value)


def typed_setting(value: object) -> str:
    """A setting's value as people type it; empty where nothing is set."""
    match value:
        case None:
            return ""
        case True:
            return "yes"
        case False:
            return "no"
        case tuple():
            return ", ".join(str(part) for part in cast("tuple[object, ...]", value))
        case Mapping():
            entries = cast("Mapping[Category, Action]", value).items()
            return ", ".join(f"{category.value}: {action.value}" for category, action in entries)
        case _:
            return str(value)


def wants_approvals(value: str) -> bool:
    """Whether that value of ``approvals`` has pictures wait for approval."""
    return value.strip() not in ("", "0")


def review_unusable(error: LimnerError) -> InvalidRequest:
    """The error for approvals that would wait in a channel which cannot be used."""
    return InvalidRequest(
        gettext("The review channel can't be used. {why}", why=error.args[0]), field="approvals"
    )
