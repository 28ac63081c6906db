"""The options of a request as people type or choose them, and the request made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from bot.setting_values import MAX_STYLE_CHARS, SETTINGS, whole_number, yes_or_no
from bot.text import plain
from domain.errors import InvalidRequest
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.requests import (
    MAX_REFERENCES,
    Request,
)
from domain.team import Preferences
from domain.translation.messages import gettext
from jobs.admission.requests import Requester

_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "research": SETTINGS["research"],
    "rights": SETTINGS["rights"],
    "generator": SETTINGS["generator"],
    "seed": whole_number("seed"),
    "aspect": SETTINGS["aspect"],
    "count": whole_number("count"),
    "style": SETTINGS["style"],
    "private": yes_or_no("private"),
    "choose": yes_or_no("choose"),
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
