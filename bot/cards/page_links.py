"""Where the web pages of jobs and pictures are, for messages that point to them."""

from __future__ import annotations

from urllib.parse import quote


def picture_address(base: str, illustration_id: str) -> str:
    """The page of a picture."""
    return f"{base.rstrip('/')}/pictures/{quote(illustration_id, safe='')}"
