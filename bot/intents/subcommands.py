"""Sub-commands as people type them behind ``/illustrate``, after a mention or in a message to
Limner alone, in every language; and what is nearly one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.locale.catalog import names
from bot.setting_values import SETTINGS
from domain.team import Scope


class Sub(StrEnum):
    """The sub-commands; everything else is a prompt."""

    FORM = "form"
    PROMPT = "prompt"
    EDIT = "edit"
    SOURCES = "sources"
    STATUS = "status"
    CANCEL = "cancel"
    REPORT = "report"
    GALLERY = "gallery"
    LIBRARY = "library"
    SETTINGS = "settings"
    USAGE = "usage"
    AUDIT = "audit"
    QUEUE = "queue"
    NEWS = "news"
    VERIFY = "verify"
    DESCRIBE = "describe"
    BLEND = "blend"
    PRESET = "preset"
    PRIVACY = "privacy"
    LINK_ACCOUNT = "link-account"
    UNLINK_ACCOUNT = "unlink-account"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a text asks for: ``words`` are what follows the sub-command, ``subject`` the job or
    picture it names."""

    sub: Sub
    words: str = ""
    subject: str | None = None
    scope: Scope | None = None
    everybody: bool = False


_ID = re.compile(
    r"#?(?:[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}|[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{6})(?:-[1-4])?"
)
_PATHS: Final[Mapping[Sub, tuple[str, ...]]] = {
    Sub.EDIT: ("edit",),
    Sub.SOURCES: ("sources",),
    Sub.STATUS: ("job.status", "job.history"),
    Sub.CANCEL: ("job.cancel",),
    Sub.REPORT: ("job.report",),
    Sub.QUEUE: ("job.queue",),
    Sub.GALLERY: ("gallery",),
    Sub.LIBRARY: ("library",),
    Sub.SETTINGS: ("settings",),
    Sub.USAGE: ("usage",),
    Sub.HELP: ("help",),
    Sub.NEWS: ("news",),
    Sub.VERIFY: ("verify",),
    Sub.DESCRIBE: ("describe",),
    Sub.BLEND: ("blend",),
    Sub.PRESET: ("preset",),
    Sub.PRIVACY: ("privacy",),
    Sub.LINK_ACCOUNT: ("link-account",),
    Sub.UNLINK_ACCOUNT: ("unlink-account",),
}
_SCOPES: Final[Mapping[Scope, str]] = {
    Scope.MEMBER: "settings.user",
    Scope.CHANNEL: "settings.channel",
    Scope.WORKSPACE: "settings.team",
}
_LIBRARY: Final = ("library.add", "library.list", "library.remove")
_NEWS: Final = (
    *("news.list", "news.add", "news.edit", "news.preview", "news.run"),
    *("news.pause", "news.resume", "news.remove"),
)
_PRIVACY: Final = ("privacy.export", "privacy.delete")
_PRESETS: Final = ("preset.save", "preset.use", "preset.list", "preset.delete")
_ACCOUNT_CODE: Final = re.compile(r"[A-Za-z0-9-]{6,16}")
_BLENDED: Final = re.compile(
    r"(?:these|those|them|both|all|the (?:two|three|four|pictures|images)|diese|die|beide|alle)"
    r"\b.*",
    re.IGNORECASE,
)
"""What follows ``blend`` where pictures that came with it are meant."""
_MEANT: Final = re.compile(
    r"(?:it|this|that|these|them|this (?:picture|image|photo)|es|das|dies|diese|(?:das|dieses) "
    r"(?:bild|foto))(?: for me| please| bitte| mal)*",
    re.IGNORECASE,
)
"""What follows ``describe`` likewise."""
_OWN_NAMES: Final = re.compile(r"/?(?:illustrate|limner)\b[\s:,]*", re.IGNORECASE)
_DRAWING: Final = ("imagine", "zeichne")
_IMAGINE: Final = re.compile(r"/(?:imagine|zeichne)\b[\s:,]*", re.IGNORECASE)
MAX_WORDS_OF_A_MISTAKE: Final = 4
"""A longer text that begins almost like a sub-command is a sentence."""
ORDINARY: Final = frozenset(
    {
        *("statue", "statues", "stage", "state", "states", "station", "stables", "kelp", "hell"),
        *("held", "heap", "hello", "helm", "new", "newt", "mews", "news", "view", "dews", "edith"),
        *("editor", "exit", "image", "usual", "sage", "source", "sauces", "horses", "courses"),
        *("gallant", "galley", "galleon", "gallows", "gallery", "cancer", "camel", "candle"),
        *("channel", "chancel", "queen", "quest", "hilft", "stand", "strand", "stein", "stadt"),
        *("quelle", "stahl", "sand", "band", "hand", "land", "wand", "rand", "gans", "galerien"),
        *("hilf", "hilfen", "linien", "nachrichten", "verkauf", "vertrag", "einstellung"),
    }
)
"""Words that are near a sub-command's name and are things that people draw or say."""


def without_own_name(text: str) -> str:
    """A message without ``/illustrate`` or ``/limner`` at its beginning."""
    return _OWN_NAMES.sub("", text.strip(), count=1) if _OWN_NAMES.match(text.strip()) else text


def prompt_of_imagine(text: str) -> str | None:
    """What follows ``/imagine`` in a message, also where that is misspelt; None where it does not
    begin so."""
    text = text.strip()
    found = _IMAGINE.match(text)
    if found:
        return text[found.end() :]
    first, _, rest = text.partition(" ")
    nearly = first.startswith("/") and any(_is_near(first[1:].casefold(), n) for n in _DRAWING)
    return rest.strip() or None if nearly else None


def read_ask(text: str) -> Ask:
    """What the text behind ``/illustrate`` asks for.

    A sub-command only counts where the rest fits it, in any of our languages: ``library`` alone is
    the library, ``library of Alexandria`` a prompt. ``--`` before a text makes all of it a prompt.
    """
    text = text.strip()
    if not text:
        return Ask(Sub.FORM)
    first, _, rest = text.partition(" ")
    rest = rest.strip()
    sub = _named(first)
    found = _fitting(sub, rest) if sub is not None else None
    return found or Ask(Sub.PROMPT, text)


def suggested(text: str) -> str:
    """The sub-command that a text nearly is, as it should be typed; empty where it is none.

    Either the name is misspelt, or it is right and the rest nearly fits
    (``settings langauge en``).
    """
    words = text.strip().rstrip(".!?").split()
    if not words or len(words) > MAX_WORDS_OF_A_MISTAKE or text.lstrip().startswith("--"):
        return ""
    first, rest = words[0].lstrip("/"), words[1:]
    for name in [first] if _named(first) else _near(first, _names()):
        mended = _mended(name, rest)
        if mended and mended.casefold() != text.strip().casefold():
            return mended
    return ""


def _mended(name: str, rest: list[str]) -> str:
    """The sub-command with what follows mended where that is nearly right; empty where it fits
    nothing."""
    sub = _named(name)
    if sub is None:
        return ""
    if _fitting(sub, " ".join(rest)) is not None and (sub is not Sub.EDIT or not rest):
        return " ".join((name, *rest))
    known = _after(sub)
    near = [word for word in known if rest and _is_near(rest[0].casefold(), word)]
    for word in near[:3]:
        if _fitting(sub, " ".join((word, *rest[1:]))) is not None:
            return " ".join((name, word, *rest[1:]))
    return ""


def _after(sub: Sub) -> list[str]:
    """What may follow a sub-command's name."""
    match sub:
        case Sub.SETTINGS:
            return [*sorted(_words(*_SCOPES.values())), *SETTINGS]
        case Sub.NEWS:
            return sorted(_words(*_NEWS))
        case Sub.LIBRARY:
            return sorted(_words(*_LIBRARY))
        case Sub.PRESET:
            return sorted(_words(*_PRESETS))
        case Sub.PRIVACY:
            return sorted(_words(*_PRIVACY))
        case Sub.USAGE:
            return sorted(_words("usage.team"))
        case _:
            return []


def _names() -> list[str]:
    return [*sorted({name for paths in _PATHS.values() for name in _words(*paths)}), "audit"]


def _near(word: str, names: Iterable[str]) -> list[str]:
    """The names that a word is nearly, the nearest first."""
    folded = word.casefold()
    if folded in ORDINARY:
        return []
    return sorted(
        (name for name in names if _is_near(folded, name)), key=lambda name: distance(folded, name)
    )


def _is_near(word: str, name: str) -> bool:
    room = 0 if len(name) < 4 else 1 if len(name) < 6 else 2
    return 0 < distance(word, name) <= room


def distance(one: str, other: str) -> int:
    """How many letters must be added, left out, replaced or swapped with their neighbour
    (optimal string alignment); 3 stands for more than two."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        last, row, earlier = row, [i], before
        for j, right in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        before = last
    return min(row[-1], 3)


def _named(word: str) -> Sub | None:
    folded = word.casefold()
    if folded == Sub.AUDIT.value:
        return Sub.AUDIT
    return next((sub for sub, paths in _PATHS.items() if folded in _words(*paths)), None)


def _words(*paths: str) -> set[str]:
    """The names of commands in every language."""
    return {name for path in paths for name in names(path)}


def _fitting(sub: Sub, rest: str) -> Ask | None:
    head, _, tail = rest.partition(" ")
    match sub:
        case Sub.EDIT:
            if _ID.fullmatch(head) and (len(head) > 8 or any(map(str.isdigit, head))):
                return Ask(sub, tail.strip(), head)
            return Ask(sub, rest)
        case Sub.SOURCES | Sub.STATUS | Sub.CANCEL:
            return Ask(sub, "", rest or None) if not rest or _ID.fullmatch(rest) else None
        case Sub.REPORT:  # the word alone, or before anything else, is a prompt
            return Ask(sub, "", rest) if _ID.fullmatch(rest) else None
        case Sub.LIBRARY:
            known = not rest or head.casefold() in _words(*_LIBRARY)
            return Ask(sub, rest) if known else None
        case Sub.PRESET:
            known = not rest or head.casefold() in _words(*_PRESETS)
            return Ask(sub, rest) if known else None
        case Sub.PRIVACY:
            team = not tail or tail.casefold() in _words("privacy.team")
            known = not rest or (head.casefold() in _words(*_PRIVACY) and team)
            return Ask(sub, head, everybody=bool(tail)) if known else None
        case Sub.LINK_ACCOUNT:
            return Ask(sub, rest) if not rest or _ACCOUNT_CODE.fullmatch(rest) else None
        case Sub.BLEND:
            return Ask(sub, rest) if not rest or _BLENDED.fullmatch(rest) else None
        case Sub.DESCRIBE:
            address = head.startswith(("http://", "https://"))
            return Ask(sub, rest) if not rest or address or _MEANT.fullmatch(rest) else None
        case Sub.VERIFY:
            known = not rest or head.startswith(("http://", "https://"))
            return Ask(sub, rest) if known else None
        case Sub.NEWS:
            known = not rest or head.casefold() in _words(*_NEWS)
            return Ask(sub, rest) if known else None
        case Sub.SETTINGS:
            return _settings(head, tail.strip()) if rest else Ask(sub, scope=Scope.MEMBER)
        case Sub.USAGE:
            team = head.casefold() in _words("usage.team")
            return Ask(sub, everybody=team) if not rest or (team and not tail) else None
        case _:
            return Ask(sub) if not rest else None


def _settings(head: str, tail: str) -> Ask | None:
    for scope, path in _SCOPES.items():
        if head.casefold() in _words(path) or head.casefold() == scope.value:
            return Ask(Sub.SETTINGS, tail, scope=scope)
    if head.casefold() in SETTINGS:  # without a scope one's own are meant
        return Ask(Sub.SETTINGS, f"{head.casefold()} {tail}".strip(), scope=Scope.MEMBER)
    return None


def library_verb(words: str) -> tuple[str, str]:
    """``add``, ``list`` or ``remove``, and what follows."""
    return _verb(words, _LIBRARY)


def is_use_of_preset(ask: Ask) -> bool:
    """Whether something is to be drawn with a preset."""
    return ask.sub is Sub.PRESET and preset_verb(ask.words)[0] == "use"


def preset_verb(words: str) -> tuple[str, str]:
    """``save``, ``use``, ``list`` or ``delete``, and what follows."""
    return _verb(words, _PRESETS)


def wants_deletion(ask: Ask) -> bool:
    """Whether data are to be deleted, or else given."""
    return ask.words.casefold() in _words("privacy.delete")


def news_verb(words: str) -> tuple[str, str]:
    """``list``, ``add``, ``edit``, ``preview``, ``run``, ``pause``, ``resume`` or ``remove``, and
    what follows."""
    return _verb(words, _NEWS)


def _verb(words: str, paths: Iterable[str]) -> tuple[str, str]:
    head, _, tail = words.partition(" ")
    for path in paths:
        if head.casefold() in _words(path):
            return path.partition(".")[2], tail.strip()
    return "list", ""
