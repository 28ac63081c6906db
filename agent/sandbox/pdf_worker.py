"""Reads the text of PDF documents."""

from __future__ import annotations

import io
from typing import Any

from agent.sandbox.texts import MAX_TEXT_CHARS, clean, line

MAX_PAGES = 200


def run(_facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The text of the first 200 pages, and the author. Raises pypdf's errors."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    texts: list[str] = []
    length = 0
    for page in reader.pages[:MAX_PAGES]:
        text = page.extract_text()
        texts.append(text)
        length += len(text)
        if length > MAX_TEXT_CHARS:
            break
    about = reader.metadata
    facts = {
        "title": line(about.title) if about else "",
        "author": line(about.author) if about else "",
    }
    return facts, [clean("\n\n".join(texts)).encode()]
