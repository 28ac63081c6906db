"""Feeds made to harm their reader."""

from __future__ import annotations

_ITEM = "<item><title>One</title><link>https://x.example/1</link></item>"


def billion_laughs() -> bytes:
    """Ten entities, each ten times the one before: three billion letters."""
    entities = '<!ENTITY a0 "laughing">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    return _document(f"<!DOCTYPE rss [{entities}]>", "&a9;")


def quadratic() -> bytes:
    """One long entity, used often: 20 GB of letters from 400 KB."""
    return _document(f'<!DOCTYPE rss [<!ENTITY a "{"x" * 200_000}">]>', "&a;" * 100_000)


def outside_entity(path: str) -> bytes:
    """A title that wants to be a file of the reader's machine."""
    return _document(f'<!DOCTYPE rss [<!ENTITY a SYSTEM "file://{path}">]>', "Title &a;")


def nested(depth: int = 200_000) -> bytes:
    """Elements within elements."""
    return _document("", "Deep", f"<x>{'<x>' * depth}{'</x>' * depth}</x>")


def unclosed(count: int = 400_000) -> bytes:
    """Tags that never end, for readers that look for the end of each again and again."""
    return _document(
        "", "Open", "<description><![CDATA[" + "<script " * count + "]]></description>"
    )


def broken_brackets(count: int = 700_000) -> bytes:
    """Quotes and brackets without a partner, for forgiving readers."""
    return b"<rss version='2.0'><channel>" + b"<a b=\"'" * count


def many(count: int = 40_000) -> bytes:
    """A feed of nearly 5 MB that is only long."""
    items = (
        f"<item><title>Item {n}</title><link>https://x.example/{n}</link>"
        f"<description>{'word ' * 8}</description></item>"
        for n in range(count)
    )
    return b"<rss version='2.0'><channel>" + "".join(items).encode()[:4_900_000]


def _document(doctype: str, title: str, more: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel><item><title>{title}</title>'
        f"<link>https://x.example/1</link>{more}</item>{_ITEM}</channel></rss>"
    ).encode()
