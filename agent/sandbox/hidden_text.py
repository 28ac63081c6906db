"""Hidden text of a page: hidden by attributes, by styles, or by having no size.

A person who opens the page does not read it, so nothing is quoted from it; it may be left over from
a template, or be there for programs alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

MAX_STYLE_CHARS = 2_000
MAX_SHEET_CHARS = 300_000
MAX_CLASSES = 50
_CLASSES = frozenset(
    {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only"}
    | {"element-invisible", "assistive-text", "u-hidden", "is-hidden"}
)
_ZERO = r"[-+]?0*\.?0+(?:px|em|rem|pt|vh|vw|%)?"
_HIDES = re.compile(
    r"(?:^|[;{\s])(?:"
    r"display:none|visibility:(?:hidden|collapse)|content-visibility:hidden"
    rf"|opacity:0*\.?0+%?(?=[;!]|$)|font-size:{_ZERO}(?=[;!]|$)|font:{_ZERO}[/\s]"
    rf"|max-(?:height|width):{_ZERO}(?=[;!]|$)"
    r"|text-indent:-\d{3,}|(?:left|top|right|margin-left|margin-top):-\d{4,}"
    r"|clip:rect\((?:0(?:px)?[,\s]*){4}\)|clip:rect\((?:1px[,\s]*){4}\)"
    r"|clip-path:(?:inset\((?:50|100)%\)|circle\(0)|transform:scale[xy]?\(0(?:[,\s]*0)?\)"
    r"|(?<![\w-])color:transparent|-webkit-text-fill-color:transparent"
    r")"
)
_SIZELESS = re.compile(rf"(?:^|;)(?:height|width):{_ZERO}(?=[;!]|$)")
_COLOR = re.compile(r"(?:^|;)(color|background(?:-color)?):([^;!]{1,60})")
_SPACES = re.compile(r"\s*([:;,!])\s*|\s+")
_BRACE = re.compile(r"[{}]")
_SIMPLE = re.compile(r"[a-z][a-z0-9]*[.#][\w-]{1,80}|[.#][\w-]{1,80}", re.IGNORECASE)
_NAMED = {"white": "#fff", "black": "#000", "#ffffff": "#fff", "#000000": "#000"}
_SHEET = re.compile(r"<style\b[^<>]{0,300}>([^<]{0,300000})", re.IGNORECASE)


def hidden_names(page: str) -> frozenset[str]:
    """The simple selectors (``.name``, ``#name``, ``p.name``) that a page's style sheets hide,
    in lower case. Rules for some devices only are left out."""
    sheets = "\n".join(match[1] for match in _SHEET.finditer(page))[:MAX_SHEET_CHARS]
    if "{" not in sheets:
        return frozenset()
    found: set[str] = set()
    for selectors, style in _rules(_without_comments(sheets)):
        if hides(style):
            names = (selector.strip().lower() for selector in selectors.split(","))
            found.update(name for name in names if _SIMPLE.fullmatch(name))
    return frozenset(found)


def _without_comments(sheet: str) -> str:
    parts: list[str] = []
    at = 0
    while (start := sheet.find("/*", at)) >= 0:
        parts.append(sheet[at:start])
        end = sheet.find("*/", start + 2)
        at = len(sheet) if end < 0 else end + 2
    return " ".join([*parts, sheet[at:]])


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of the rules that stand in no other rule, such as ``@media``."""
    depth, start, selectors, inside = 0, 0, "", 0
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            if depth == 0:
                selectors = sheet[start : brace.start()].rpartition(";")[2].strip()
                inside = brace.end()
            depth += 1
            continue
        depth = max(0, depth - 1)
        if depth == 0:
            if selectors and not selectors.startswith("@"):
                yield selectors[:MAX_STYLE_CHARS], sheet[inside : brace.start()]
            start, selectors = brace.end(), ""


def hides(style: str) -> bool:
    """Whether declarations of a style leave nothing to be seen."""
    if len(style) > MAX_STYLE_CHARS:
        style = style[:MAX_STYLE_CHARS]
    plain = _SPACES.sub(lambda found: found[1] or " ", style.strip().lower())
    if _HIDES.search(plain):
        return True
    if "overflow:hidden" in plain and _SIZELESS.search(plain):
        return True
    colors = {name.partition("-")[0]: _color(value) for name, value in _COLOR.findall(plain)}
    return "color" in colors and colors["color"] == colors.get("background")


def is_hidden(element: str, attributes: Mapping[str, str], names: frozenset[str]) -> bool:
    """Whether an element is hidden by its attributes, in lower case; ``names`` are the selectors
    that the page's style sheets hide."""
    if "hidden" in attributes and attributes["hidden"].strip().lower() != "until-found":
        return True
    if element == "dialog" and "open" not in attributes:
        return True
    if "style" in attributes and hides(attributes["style"]):
        return True
    classes = attributes.get("class", "").lower().split()[:MAX_CLASSES]
    if not _CLASSES.isdisjoint(classes):
        return True
    if not names:
        return False
    own = [f".{name}" for name in classes]
    if identifier := attributes.get("id", "").strip().lower():
        own.append(f"#{identifier}")
    return any(name in names or f"{element}{name}" in names for name in own)


def _color(value: str) -> str:
    value = value.strip()
    return _NAMED.get(value, value)
