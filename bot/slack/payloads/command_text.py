"""What people type: sub-commands of ``/illustrate``, and Slack's own notation in their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.locale.catalog import COMMANDS
from domain.html_text import unescaped
from domain.team import Scope


class Sub(StrEnum):
    """The sub-commands; everything else is a prompt."""

    FORM = "form"
    PROMPT = "prompt"
    EDIT = "edit"
    SOURCES = "sources"
    STATUS = "status"
    CANCEL = "cancel"
    GALLERY = "gallery"
    LIBRARY = "library"
    SETTINGS = "settings"
    USAGE = "usage"
    AUDIT = "audit"
    QUEUE = "queue"
    NEWS = "news"
    VERIFY = "verify"
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


_ID = re.compile(r"[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}")
_PATHS: Final[Mapping[Sub, tuple[str, ...]]] = {
    Sub.EDIT: ("edit",),
    Sub.SOURCES: ("sources",),
    Sub.STATUS: ("job.status", "job.history"),
    Sub.CANCEL: ("job.cancel",),
    Sub.QUEUE: ("job.queue",),
    Sub.GALLERY: ("gallery",),
    Sub.LIBRARY: ("library",),
    Sub.SETTINGS: ("settings",),
    Sub.USAGE: ("usage",),
    Sub.HELP: ("help",),
    Sub.NEWS: ("news",),
    Sub.VERIFY: ("verify",),
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


def _named(word: str) -> Sub | None:
    folded = word.casefold()
    if folded == Sub.AUDIT.value:
        return Sub.AUDIT
    return next((sub for sub, paths in _PATHS.items() if folded in _words(*paths)), None)


def _words(*paths: str) -> set[str]:
    """The names of commands in every language."""
    return {words.name.casefold() for path in paths for words in COMMANDS[path].values()}


def _fitting(sub: Sub, rest: str) -> Ask | None:
    head, _, tail = rest.partition(" ")
    match sub:
        case Sub.EDIT:
            if _ID.fullmatch(head):
                return Ask(sub, tail.strip(), head)
            return Ask(sub, rest)
        case Sub.SOURCES | Sub.STATUS | Sub.CANCEL:
            return Ask(sub, "", rest or None) if not rest or _ID.fullmatch(rest) else None
        case Sub.LIBRARY:
            known = not rest or head.casefold() in _words(*_LIBRARY)
            return Ask(sub, rest) if known else None
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
    return None


def library_verb(words: str) -> tuple[str, str]:
    """``add``, ``list`` or ``remove``, and what follows."""
    return _verb(words, _LIBRARY)


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


_NOTATION = re.compile(r"<(?:([@#!])([^<>|]+)|((?:https?|mailto|tel):[^<>|]+))(?:\|([^<>]*))?>")


def plain_words(text: str, *, without: str = "") -> str:
    """A message's text as a person reads it: Slack's notation for links, people and channels
    resolved, and the mention of ``without`` (a member's id) left out."""

    def read(match: re.Match[str]) -> str:
        kind, target, address, shown = match.groups()
        if address:
            return str(address).removeprefix("mailto:")
        if kind == "@" and target == without:
            return ""
        return f"{'#' if kind == '#' else '@'}{(shown or target).lstrip('@#')}"

    return unescaped(_NOTATION.sub(read, text)).strip()
