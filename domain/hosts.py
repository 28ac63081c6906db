"""Whose page an address opens, as people see it beside a title."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_HOST_CHARS = 50


def host_of(address: str) -> str:
    """The host of a web address in lower case, without ``www.``; empty where there is none.

    Other letters than ASCII stand in their encoded form (``xn--…``), since many look alike. A long
    name keeps its end, which says whose it is.
    """
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return "unreadable host"
    host = host.removeprefix("www.")
    return host if len(host) <= MAX_HOST_CHARS else "…" + host[1 - MAX_HOST_CHARS :]


def with_host(title: str, address: str) -> str:
    """The title with its host, as ``Title · example.org``; the title alone where there is none."""
    host = host_of(address)
    return f"{title} · {host}" if host else title
