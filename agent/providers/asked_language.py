"""In which language a search provider is asked: that of the request, while a tool call runs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_ASKED: ContextVar[str] = ContextVar("asked_language", default="")


@contextmanager
def asked_in(language: str) -> Generator[None]:
    """Ask providers in a language (ISO 639-1) while the block runs; empty for the one in the
    settings."""
    token = _ASKED.set(language)
    try:
        yield
    finally:
        _ASKED.reset(token)


def get_foreign_language() -> str | None:
    """The language of the request where it is another than English, in which search engines answer
    by default; None otherwise."""
    language = _ASKED.get()
    return language if language and language != "en" else None


def get_asked_language() -> str:
    """The language in which providers are asked (ISO 639-1); empty for the one in the settings."""
    return _ASKED.get()
