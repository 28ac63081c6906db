"""Whom a picture of Wikimedia Commons is by, and under what, read from what its page says in HTML.

Pages are written by people with templates: names stand in them twice, once hidden for programs;
there are boxes, links to talk pages, and words that do not name a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.providers.answers import part
from agent.sandbox.found_texts import known, one_line
from agent.sandbox.hidden_text import hides

MAX_HTML_CHARS = 20_000
_BOX = re.compile(r"<(table|style|script)\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^<>]{0,2000})>", re.IGNORECASE)
_STYLE = re.compile(r"style\s*=\s*([\"'])(.{0,500}?)\1", re.IGNORECASE)
_TALK = re.compile(
    r"\s*\(\s*(?:[\w.-]{0,20}?(?:talk|contribs?|diskussion|discussion|discusión|beiträge|contact)"
    r"[\w ]{0,20}[\s·|•,/-]*){1,4}\)|\s*\[\d+\]",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:(?:unknown|unidentified|unbekannt(?:er|e)?|inconnue?|desconocid[oa]|sconosciuto|anonymous|anonym|anonyme|anónimo"
    r"|not (?:known|provided|stated|specified|given)|none|n/?a|various|see (?:below|above|source)"
    r"|(?:see )?(?:file )?description|own work|eigenes werk|self|author|photographer|artist"
    r"|creator|autor|auteur|siehe unten|voir ci-dessous)[\s.:,;()/-]*)+",
    re.IGNORECASE,
)
_RESTRICTIONS = {
    "personality": "personality rights",
    "trademarked": "trademark",
    "trademark": "trademark",
    "insignia": "insignia",
    "currency": "currency",
    "costume": "costume",
    "communist": "communist symbol",
    "nazi": "nazi symbol",
    "ihl": "protected emblem",
    "2257": "record-keeping duty",
}
_LICENSE_PATH = re.compile(
    r"creativecommons\.org/(licenses|publicdomain)/([a-z-]{1,20})/(\d\.\d)", re.IGNORECASE
)


def author_of(about: Mapping[str, Any]) -> str | None:
    """The author of a picture: the attribution that they ask for, the author, or the credit; None
    where none is named."""
    for name in ("Attribution", "Artist", "Credit"):
        named = name_in(part(about, name).get("value"))
        if named is not None:
            return named
    return None


def name_in(html: object) -> str | None:
    """The visible name in a piece of HTML; None where it names no one."""
    if not isinstance(html, str):
        return None
    seen = _shown(_without_boxes(html[:MAX_HTML_CHARS]))
    name = one_line(_TALK.sub("", one_line(seen, most=400)), most=200).strip(" ,;:·|-")
    name = _once(name)
    return None if not name or _NOBODY.fullmatch(name) else name


def license_of(about: Mapping[str, Any]) -> str | None:
    """The licence's short name with the restrictions beside it ("CC BY-SA 4.0; restrictions:
    personality rights"); None where none is given."""
    address = part(about, "LicenseUrl").get("value")
    name = known(part(about, "LicenseShortName").get("value"), most=80) or _named_by(address)
    if name is None:
        return None
    listed = one_line(part(about, "Restrictions").get("value"), most=200).lower()
    names = (_RESTRICTIONS.get(word.strip(), word.strip()) for word in re.split(r"[|,;]", listed))
    restrictions = list(dict.fromkeys(word for word in names if word))
    return f"{name}; restrictions: {', '.join(restrictions)}" if restrictions else name


def _named_by(address: object) -> str | None:
    """The licence that an address of Creative Commons is of."""
    found = _LICENSE_PATH.search(address[:300]) if isinstance(address, str) else None
    if found is None:
        return None
    if found[1].lower() == "publicdomain":
        return "CC0 1.0" if found[2].lower() == "zero" else "Public domain"
    return f"CC {found[2].upper()} {found[3]}"


def _without_boxes(html: str) -> str:
    """The HTML before and after each table; a template's box holds no name."""
    parts: list[str] = []
    at = 0
    for match in _BOX.finditer(html):
        if match.start() < at:
            continue
        end = html.lower().find(f"</{match[1].lower()}", match.end())
        if end < 0:
            break
        parts.append(html[at : match.start()])
        at = html.find(">", end) + 1 or len(html)
    return " ".join([*parts, html[at:]])


def _shown(html: str) -> str:
    """The HTML without elements that are hidden by their style."""
    parts: list[str] = []
    hidden, depth, at = "", 0, 0
    for tag in _TAG.finditer(html):
        element = tag[2].lower()
        if hidden:
            depth += (-1 if tag[1] else 1) if element == hidden else 0
            if depth == 0:
                hidden, at = "", tag.end()
        elif not tag[1] and (style := _STYLE.search(tag[3])) and hides(style[2]):
            parts.append(html[at : tag.start()])
            hidden, depth = element, 1
    return " ".join(parts if hidden else [*parts, html[at:]])


def _once(name: str) -> str:
    """A name that stands twice in a row, once."""
    half = len(name) // 2
    first, second = name[:half].strip(), name[half:].strip()
    return first if first and first == second else name
