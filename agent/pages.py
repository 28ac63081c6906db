"""The readable text of a page, without menus, advertising and scripts."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import trafilatura

from agent.apart import WorkFailed, worked_apart
from domain.errors import FetchFailed
from domain.normal_forms import normalized

MAX_TEXT_CHARS = 400_000
PDF_PATIENCE_S = 20.0
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
TEXT_TYPES = frozenset({"text/plain", "text/markdown"})


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says; None where it does not say."""

    title: str
    text: str
    author: str | None = None
    license: str | None = None
    published: date | None = None
    """The day that the page itself names."""


async def extract_page(body: bytes, *, url: str, media_type: str) -> PageText:
    """The text of an HTML page, a PDF or a plain text, at most 400,000 characters.

    ``media_type`` is the Content-Type, with its charset if it names one.

    Raises:
        FetchFailed: There is nothing readable in it.
    """
    kind, _, parameters = media_type.partition(";")
    kind = kind.strip().lower()
    if kind == "application/pdf":
        page = await _from_pdf(body, url)
    elif kind in TEXT_TYPES:
        page = PageText(title="", text=_plain(_decoded(body, parameters)))
    elif kind in HTML_TYPES or not kind:
        page = await asyncio.to_thread(_from_html, body, url, parameters)
    else:
        raise FetchFailed(url, f"it holds {kind or 'something'} and no text", status=415)
    if not page.text:
        raise FetchFailed(url, "there is no readable text in it", status=422)
    return page


async def _from_pdf(body: bytes, url: str) -> PageText:
    try:
        about = await worked_apart("agent.pdf_worker", body, patience_s=PDF_PATIENCE_S)
    except WorkFailed as error:
        raise FetchFailed(url, f"its PDF {error}", status=422) from error
    return PageText(
        title=_line(about["title"]) or "",
        text=_plain(str(about["text"])),
        author=_line(about["author"]),
    )


def _from_html(body: bytes, url: str, parameters: str) -> PageText:
    declared = _charset(parameters)
    source: bytes | str = _decoded(body, parameters) if declared else body
    found: Any = trafilatura.bare_extraction(
        source,
        url=url,
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        # A date that is said and not one that stands anywhere in the text.
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "max_date": f"{datetime.now(UTC):%Y-%m-%d}",
        },
    )
    if found is None:
        return PageText(title="", text="")
    return PageText(
        title=_line(found.title) or "",
        text=_plain(str(found.text or "")),
        author=_line(found.author),
        license=_line(found.license),
        published=_day(found.date),
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _charset(parameters: str) -> str | None:
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
    return match[1] if match else None


def _decoded(body: bytes, parameters: str) -> str:
    for name in (_charset(parameters), "utf-8-sig", "cp1252"):
        if name is None:
            continue
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def _plain(text: str) -> str:
    """Without control characters; line breaks stay."""
    text = normalized("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C" or c == "\u200d")
    return "".join(kept).strip()[:MAX_TEXT_CHARS]


def _line(value: object) -> str | None:
    text = re.sub(r"\s+", " ", _plain(str(value or ""))).strip()
    return text[:300] or None
