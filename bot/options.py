"""Options as people type or choose them: of a request, and of the settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final, cast

from bot.locale.catalog import LANGUAGES
from bot.text import plain
from bot.zones import zone_of
from domain.errors import InvalidRequest
from domain.house_style import read_house_style
from domain.links import ChannelCode
from domain.policy import CATEGORIES, Action, Category
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.requests import (
    MAX_REFERENCES,
    AspectRatio,
    Request,
    ResearchDepth,
    Rights,
    UnsupportedClaims,
)
from domain.team import Preferences, Unjudged
from domain.translation.messages import changed, gettext, joined
from jobs.admission.requests import Requester

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


def _number(field: str) -> Callable[[str], int]:
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


def _yes_or_no(field: str) -> Callable[[str], bool]:
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
        number = _number(field)(value)
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


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "research": _choice(ResearchDepth, "research"),
    "rights": _choice(Rights, "rights"),
    "generator": lambda value: plain(value, most=100),
    "seed": _number("seed"),
    "aspect": AspectRatio.parse,
    "count": _number("count"),
    "style": lambda value: plain(value, most=MAX_STYLE_CHARS),
    "private": _yes_or_no("private"),
    "choose": _yes_or_no("choose"),
    "no": lambda value: plain(value, most=MAX_STYLE_CHARS),
    "preset": lambda value: plain(value, most=40).casefold(),
}
ALIASES: Final[Mapping[str, str]] = {"ar": "aspect", "model": "generator", "n": "count"}
"""Options by the names that other tools gave them."""
_LONG_VALUES: Final = frozenset({"no", "style"})
"""Options whose values may have blanks without quotes; they end where the next option begins."""
OPTIONS: Final = tuple(_READERS)
"""The options of ``imagine``, by their names on every surface."""

_FLAGS = ("private", "choose")
_NAMES: Final = {"choose": "checkpoint"}
"""Options whose field in the request is called otherwise."""

NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "approvals": (0, 2),
    "daily_per_member": (0, 100_000),
    "daily_per_workspace": (0, 1_000_000),
    "jobs_per_member": (1, 100),
}
"""Settings that are numbers, with the least and the most."""

SETTINGS: Final[Mapping[str, Callable[[str], object]]] = {
    "generator": _READERS["generator"],
    "research": _READERS["research"],
    "rights": _READERS["rights"],
    "commercial": _yes_or_no("commercial"),
    "derivatives": _yes_or_no("derivatives"),
    "unsupported": _choice(UnsupportedClaims, "unsupported"),
    "aspect": _READERS["aspect"],
    "style": _READERS["style"],
    "language": language_code,
    "time_zone": zone_of,
    "house_style": read_house_style,
    "checkpoint": _yes_or_no("checkpoint"),
    "threads": _yes_or_no("threads"),
    "follow_ups": _yes_or_no("follow_ups"),
    "review_channel": lambda value: channel_id("review_channel", value),
    "approvals": _between("approvals", *NUMBERS["approvals"]),
    "allowed_groups": _groups("allowed_groups"),
    "moderator_groups": _groups("moderator_groups"),
    "daily_per_member": _between("daily_per_member", *NUMBERS["daily_per_member"]),
    "daily_per_workspace": _between("daily_per_workspace", *NUMBERS["daily_per_workspace"]),
    "jobs_per_member": _between("jobs_per_member", *NUMBERS["jobs_per_member"]),
    "blocked": _list,
    "paused": _yes_or_no("paused"),
    "categories": category_actions,
    "people_approval": _yes_or_no("people_approval"),
    "unjudged": _choice(Unjudged, "unjudged"),
    "keep_refused": _yes_or_no("keep_refused"),
    "suspends": _yes_or_no("suspends"),
    "training": _yes_or_no("training"),
    "notify": _yes_or_no("notify"),
    "links": _yes_or_no("links"),
    "publish": _yes_or_no("publish"),
    "watermark": _yes_or_no("watermark"),
    "linked": lambda value: str(ChannelCode.parse(plain(value, most=200))),
}
"""How each setting of ``Preferences`` is read from what a person types."""
_SWITCHES: Final = (
    *("commercial", "derivatives", "checkpoint", "threads", "follow_ups", "paused"),
    *(
        "people_approval",
        "keep_refused",
        "suspends",
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

_TOKEN = re.compile(r'(?:"[^"]{0,600}"|“[^”]{0,600}”|\S)+')
_SHORT = re.compile(r"([A-Za-z_]+):(.+)", re.DOTALL)
_LONG = re.compile(r"(--|—)([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)


def split_options(text: str, known: Collection[str] = OPTIONS) -> tuple[str, dict[str, str]]:
    """The prompt, and the ``known`` options typed after it.

    Options stand at the end, as ``key:value``, ``--key value`` or ``--key=value``; a value with
    blanks is quoted, and ``--private`` needs none. Phones write ``—`` for ``--`` and curly quotes
    for straight ones; both count. A text that begins with ``-- `` is all prompt.

    Raises:
        InvalidRequest: An option is unknown, lacks its value or stands there twice.
    """
    text = text.strip()
    if re.match(r"--\s", text):
        return text[2:].strip(), {}
    if len(text) > MAX_PROMPT_CHARS * 4:
        return text, {}
    tokens = list(_TOKEN.finditer(text))
    options: dict[str, str] = {}
    while tokens:
        before = tokens[-2].group() if len(tokens) > 1 else ""
        taken = _option(before, tokens[-1].group(), known)
        taken = taken or _long_option([token.group() for token in tokens], known)
        if taken is None:
            break
        name, value, used = taken
        if name in options:
            raise InvalidRequest(
                gettext("The option {name!r} was given twice. Use it once.", name=name), field=name
            )
        options[name] = value
        del tokens[-used:]
    prompt = text[: tokens[-1].end()] if tokens else ""
    return prompt, options


def _long_option(tokens: list[str], known: Collection[str]) -> tuple[str, str, int] | None:
    """An option at the end whose value has blanks: ``--no dogs, cats``."""
    for used, token in enumerate(reversed(tokens)):
        if not token.startswith("--"):
            continue
        name = token[2:].lower()
        if used == 0 or name not in _LONG_VALUES or name not in known:
            return None
        return name, " ".join(tokens[-used:]), used + 1
    return None


def wants_privacy(options: Mapping[str, str]) -> bool:
    """Whether a request with these options is for its requester alone. Raises
    ``InvalidRequest``."""
    return bool(_READERS["private"](options.get("private", "no")))


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


def with_preset(options: Mapping[str, str], preferences: Preferences) -> Mapping[str, str]:
    """Options with those of the preset that they name; what is given beside it counts more.

    Raises:
        InvalidRequest: There is no such preset.
    """
    if "preset" not in options:
        return options
    name = str(_READERS["preset"](options["preset"]))
    known = preferences.presets or {}
    if name not in known:
        raise InvalidRequest(
            gettext(
                "There is no preset {name!r}. You can use {known}.",
                name=name,
                known=", ".join(sorted(known)) or gettext("none yet"),
            ),
            field="preset",
        )
    kept = split_options(known[name])[1]
    return {**kept, **{key: value for key, value in options.items() if key != "preset"}}


def request_of(
    requester: Requester,
    prompt: str,
    options: Mapping[str, str],
    preferences: Preferences = Preferences(),
) -> Request:
    """A checked request; options that are not given are as preferred.

    Raises:
        InvalidRequest: The prompt or an option cannot be used; the message says what to do.
    """
    unknown = next((name for name in options if name not in _READERS), None)
    if unknown is not None:
        raise _unknown(unknown, OPTIONS)
    options = with_preset(options, preferences)
    preferred = {name: getattr(preferences, name) for name in _PREFERRED}
    parts = {name: value for name, value in preferred.items() if value is not None}
    parts |= {_NAMES.get(name, name): _READERS[name](value) for name, value in options.items()}
    unwanted = parts.pop("no", None)
    if unwanted:
        prompt = f"{prompt.rstrip(' ,.;')}, without {unwanted}"
    return Request.checked(
        prompt,
        workspace_id=requester.workspace_id,
        member_id=requester.member_id,
        destination=requester.destination,
        **parts,
    )


_PREFERRED = ("generator", "research", "rights", "aspect", "style", "checkpoint")


def _option(before: str, last: str, known: Collection[str]) -> tuple[str, str, int] | None:
    """The option that the last words are (name, value, words used); None where they are prose."""
    short = _SHORT.fullmatch(last)
    if short and short[1].lower() in known:
        return short[1].lower(), _unquoted(short[2]), 1
    for word, value, used in ((last, None, 1), (before, last, 2)):
        long = _LONG.fullmatch(word)
        if long is None or (used == 2 and long[3] is not None):
            continue
        name = long[2].lower()
        name = ALIASES.get(name, name) if ALIASES.get(name) in known else name
        if long[1] == "—" and (name not in known or name == "no"):
            continue  # a dash between words, as phones write it
        if name not in known:
            raise _unknown(name, known)
        if name in _FLAGS and used == 1 and long[3] is None:
            return name, "yes", 1
        given = value if used == 2 else long[3]
        if not given:
            raise InvalidRequest(
                gettext("The option '--{name}' needs a value.", name=name), field=name
            )
        return name, _unquoted(given), used
    return None


def _unquoted(value: str) -> str:
    if len(value) > 1 and (value[0], value[-1]) in (('"', '"'), ("“", "”")):
        return value[1:-1]
    return value


def _unknown(name: str, known: Collection[str]) -> InvalidRequest:
    return InvalidRequest(
        (
            gettext(
                "There is no option {name!r}. Choose from {known}, or start with “-- ” to "
                "use everything as the prompt.",
                name=name[:40],
                known=", ".join(known),
            )
        ),
        field="option",
    )


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


def check_file_count(count: int) -> None:
    """See that a request takes so many files. Raises ``InvalidRequest``."""
    if count > MAX_REFERENCES:
        raise InvalidRequest(
            gettext(
                "That's {count} files; attach at most {max_references}.",
                count=count,
                max_references=MAX_REFERENCES,
            ),
            field="reference",
        )
