"""Blocks: Slack's building bricks as plain JSON, each within Slack's limits.

No text goes through Slack's markup: words stand in ``plain_text`` and ``rich_text``, where a
mention, a link or an asterisk in untrusted text is only characters. Text that is too long is cut at
the end of a word and ends in an ellipsis.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yarl import URL

from bot.marks import MARK, MarkKind, pieces, time_of, unmarked
from bot.text import shortened

Block = dict[str, Any]
"""JSON of one block, or of an element in one."""

Files = Sequence[Mapping[str, Any]]
"""File objects, as Slack sends them in events and forms."""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_BYTES = 40_000
VIEW_BYTES = 150_000
"""Of blocks as JSON; Slack refuses views from 250,000 on and names no limit for messages."""
SECTION_CHARS = 3000
FIELD_CHARS = 2000
HEADER_CHARS = 150
LABEL_CHARS = 75
VALUE_CHARS = 2000
OPTION_VALUE_CHARS = 150
ADDRESS_CHARS = 3000
ALT_CHARS = 2000
CHECKBOXES = 10
SELECT_OPTIONS = 100
BLOCK_ID_CHARS = 255
TITLE_CHARS = 24
NOTICE_CHARS = 3000
"""Of a message's text, which notifications and screen readers use; it may have 4000."""

_FILE = re.compile(r"F[A-Z0-9]{2,}")
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")
_GROUP = re.compile(r"S[A-Z0-9]{2,20}")
DATE_FORMAT = "{date_short_pretty} {time}"
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")


def plain_text(text: str, most: int) -> Block:
    """Text without any markup; a dash stands where there is none, since Slack wants something."""
    return {"type": "plain_text", "text": cut(text, most) or "–", "emoji": False}


def cut(text: str, most: int) -> str:
    """The text, so short that it fits whether Slack counts characters or UTF-16 units."""
    text, limit = text.strip(), most
    while len((short := shortened(text, most=limit)).encode("utf-16-le")) > most * 2:
        limit -= (len(short.encode("utf-16-le")) // 2 - most + 1) // 2
    return short


def header(text: str) -> Block:
    """A large line."""
    return {"type": "header", "text": plain_text(text, HEADER_CHARS)}


def section(text: str, *, accessory: Block | None = None) -> Block:
    """A paragraph, perhaps with a button or a small picture beside it."""
    block: Block = {"type": "section", "text": plain_text(unmarked(text), SECTION_CHARS)}
    return {**block, "accessory": accessory} if accessory else block


def marked_section(text: str) -> list[Block]:
    """A paragraph whose marks are shown in the reader's zone and by name."""
    return rich(paragraph(*parts(text))) if MARK.search(text) else [section(text)]


def parts(text: str) -> list[Block]:
    """The text as pieces of rich text, its marks as Slack shows them."""
    return [words(value) if kind is None else _marked(kind, value) for kind, value in pieces(text)]


def _marked(kind: MarkKind, value: str) -> Block:
    match kind:
        case MarkKind.TIME:
            return {
                "type": "date",
                "timestamp": int(time_of(value).timestamp()),
                "format": DATE_FORMAT,
                "fallback": unmarked(f"⦗t:{value}⦘"),
            }
        case MarkKind.MEMBER:
            return member(value)
        case MarkKind.CHANNEL:
            return channel(value)
        case MarkKind.ROLE if _GROUP.fullmatch(value):
            return {"type": "usergroup", "usergroup_id": value}
        case _:
            return words(value)


def context(*lines: str | None) -> list[Block]:
    """Small print, a line each; no block where there is nothing to say."""
    shown = [cut(line, FIELD_CHARS) for line in lines if line and line.strip()]
    packed: list[str] = []
    for line in shown:
        if packed and len(packed[-1]) + len(line) < FIELD_CHARS // 2:
            packed[-1] += f"\n{line}"
        else:
            packed.append(line)
    return [{"type": "context", "elements": [plain_text(text, FIELD_CHARS)]} for text in packed]


def words(text: str, *, bold: bool = False, italic: bool = False) -> Block:
    """A piece of rich text."""
    style = {name: True for name, wanted in (("bold", bold), ("italic", italic)) if wanted}
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def link(text: str, address: str | None) -> Block:
    """A piece of rich text that opens a web page; only the text where there is no usable one."""
    url = web_address(address or "")
    return {"type": "link", "url": url, "text": text or url} if url else words(text)


def web_address(text: str) -> str:
    """An address as Slack takes it, with odd characters encoded; empty where it is none."""
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        return ""
    usable = url.scheme in ("http", "https") and bool(url.host) and port != 0
    return str(url) if usable and len(str(url)) <= ADDRESS_CHARS else ""


def member(member_id: str) -> Block:
    """A person's name, as Slack shows it; the id itself where it is none."""
    if not _MEMBER.fullmatch(member_id):
        return words(member_id)
    return {"type": "user", "user_id": member_id}


def channel(channel_id: str) -> Block:
    """A channel's name, as Slack shows it; the id itself where it is none."""
    if not _CHANNEL.fullmatch(channel_id):
        return words(channel_id)
    return {"type": "channel", "channel_id": channel_id}


def paragraph(*pieces: Block) -> Block:
    """A line of rich text."""
    return {"type": "rich_text_section", "elements": _filled(pieces)}


def quote(*pieces: Block) -> Block:
    """Rich text set apart as a quotation."""
    return {"type": "rich_text_quote", "elements": _filled(pieces)}


def bullets(lines: Sequence[Sequence[Block]]) -> Block:
    """A list of rich text lines."""
    return {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [line for line in map(_line, lines) if line["elements"]],
    }


def _line(pieces: Sequence[Block]) -> Block:
    return paragraph(*pieces)


def rich(*parts: Block) -> list[Block]:
    """A block of rich text; none where no part holds anything."""
    kept = [part for part in parts if part["elements"]]
    return [{"type": "rich_text", "elements": kept}] if kept else []


def _filled(pieces: Sequence[Block]) -> list[Block]:
    """Without pieces that hold no text, which Slack refuses."""
    return [piece for piece in pieces if piece["type"] != "text" or piece["text"]]


def picture(file_id: str, *, alt_text: str, title: str = "") -> Block:
    """A picture that was uploaded to Slack."""
    block: Block = {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": cut(alt_text, ALT_CHARS) or "A picture",
    }
    return {**block, "title": plain_text(title, FIELD_CHARS)} if title.strip() else block


def is_file(text: str) -> bool:
    """Whether a text may be the id of a file on Slack."""
    return _FILE.fullmatch(text) is not None


def button(
    label: str, *, action: str, value: str, style: str | None = None, confirm: Block | None = None
) -> Block:
    """A button; ``action`` and ``value`` come back when it is pressed."""
    return {
        "type": "button",
        "text": plain_text(label, LABEL_CHARS),
        "action_id": action,
        "value": value[:VALUE_CHARS],
        **({"style": style} if style else {}),
        **({"confirm": confirm} if confirm else {}),
    }


def confirmation(title: str, text: str, yes: str, no: str) -> Block:
    """The confirmation before a button does something that cannot be undone."""
    return {
        "title": plain_text(title, 100),
        "text": plain_text(text, 300),
        "confirm": plain_text(yes, 30),
        "deny": plain_text(no, 30),
        "style": "danger",
    }


def option(label: str, value: str) -> Block:
    """One choice of a menu or a list of boxes."""
    return {"text": plain_text(label, LABEL_CHARS), "value": value[:OPTION_VALUE_CHARS]}


def checkboxes(action: str, options: Sequence[Block], *, chosen: bool = True) -> Block:
    """Boxes to tick, all ticked unless ``chosen`` is False."""
    shown = list(options[:CHECKBOXES])
    block: Block = {"type": "checkboxes", "action_id": action, "options": shown}
    return {**block, "initial_options": shown} if chosen and shown else block


def select(
    action: str, options: Sequence[Block], *, initial: str | None = None, hint: str = ""
) -> Block:
    """A menu; ``initial`` is the value that is chosen already."""
    shown = list(options[:SELECT_OPTIONS])
    first = next((option for option in shown if option["value"] == initial), None)
    return {
        "type": "static_select",
        "action_id": action,
        "options": shown,
        **({"initial_option": first} if first else {}),
        **({"placeholder": plain_text(hint, OPTION_VALUE_CHARS)} if hint else {}),
    }


def actions(block_id: str, elements: Sequence[Block]) -> list[Block]:
    """A row of buttons and boxes; no block where there are none."""
    if not elements:
        return []
    return [
        {"type": "actions", "block_id": block_id[:BLOCK_ID_CHARS], "elements": list(elements[:25])}
    ]


def field(
    block_id: str, label: str, element: Block, *, optional: bool = True, hint: str = ""
) -> Block:
    """A field of a form."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label, FIELD_CHARS),
        "element": element,
        "optional": optional,
        **({"hint": plain_text(hint, FIELD_CHARS)} if hint else {}),
    }


def fitted(
    blocks: Iterable[Block], *, most: int, most_bytes: int, tail: Sequence[Block] = ()
) -> list[Block]:
    """As many blocks as fit, with a note on what was left out; ``tail`` always stays, at the end.

    Bytes are those of JSON with every other character than ASCII escaped, as it is sent.
    """
    every, kept = list(blocks), list[Block]()
    room = most_bytes - size(tail) - 500
    for number, block in enumerate(every):
        room -= size([block])
        is_last = number == len(every) - 1
        if room < 0 or len(kept) + len(tail) + (0 if is_last else 1) >= most:
            left = len(every) - number
            kept += context(f"… (+{left})")
            break
        kept.append(block)
    return [*kept, *tail] or [section("")]


def notice(text: str) -> str:
    """A text for notifications, in which untrusted text can neither mention users nor link."""
    limit = NOTICE_CHARS
    while len(safe := _escaped(shortened(text.strip(), most=limit))) > NOTICE_CHARS:
        limit = limit * 2 // 3
    return safe or "Limner"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def size(blocks: Sequence[Mapping[str, Any]]) -> int:
    """The bytes of blocks as they are sent."""
    return len(json.dumps(list(blocks)))
