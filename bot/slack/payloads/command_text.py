"""Slack's own notation in what people type."""

from __future__ import annotations

import re

from domain.html_text import unescaped

_NOTATION = re.compile(r"<(?:([@#!])([^<>|]+)|((?:https?|mailto|tel):[^<>|]+))(?:\|([^<>]*))?>")


def plain_words(text: str, *, without: str = "") -> str:
    """A message's text as a person reads it: Slack's notation for links, people and channels
    resolved, and the mention of ``without`` (a member's id) left out. Mentions that carry no name
    stay, for :func:`domain.mentions.with_names`."""

    def read(match: re.Match[str]) -> str:
        kind, target, address, shown = match.groups()
        if address:
            return str(address).removeprefix("mailto:")
        if kind == "@" and target == without:
            return ""
        if not shown and target not in ("here", "channel", "everyone"):
            return match[0]
        return f"{'#' if kind == '#' else '@'}{(shown or target).lstrip('@#')}"

    return unescaped(_NOTATION.sub(read, text)).strip()
