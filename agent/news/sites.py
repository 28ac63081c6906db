"""Whose an address is, and whether two addresses are one page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from tld import get_fld

_TRACKING = re.compile(
    r"(?:utm|at|wt)_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|cmp|ncid|ocid|xtor|ref|smid|igshid",
    re.IGNORECASE,
)
_SAME_HOST = re.compile(r"^(?:www\d?|m|mobile|amp)\.")


MOST_OUTLET_CHARS = 40
"""Longer ones are titles of pages."""


def site_of(url: str) -> str:
    """The registrable part of an address's host, such as ``bbc.co.uk``: what one owner has. Of a
    host without a known suffix the last two names; a number stays as it is."""
    host = _host(url)
    # People rent names below some suffixes (github.io), and each of them is a site of its own.
    known = get_fld(f"https://{host}/", fail_silently=True, search_private=True)
    if known:
        return known
    numeric = ":" in host or re.fullmatch(r"[\d.]+", host)
    return host if numeric else ".".join(host.split(".")[-2:])


def outlet_of(name: str | None) -> str | None:
    """What a site calls itself, as a credit gives it: without its address, its section or its
    slogan ("BBC News" of "BBC News - World"); None where that is no name."""
    plain = re.split(r"\s+[-–—|·:]\s+|\s*[|»>]\s*", name or "", maxsplit=1)[0].strip(" @")
    is_address = re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", plain) is not None
    return plain if 1 < len(plain) <= MOST_OUTLET_CHARS and not is_address else None


def canonical(url: str) -> str:
    """The address without what only says how somebody came there: equal for one page."""
    try:
        parts = urlsplit(url)
        asked = parse_qsl(parts.query, keep_blank_values=True)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return url
    kept = urlencode(sorted(pair for pair in asked if not _TRACKING.fullmatch(pair[0])))
    host = _SAME_HOST.sub("", _host(url))
    path = re.sub(r"/(?:amp|index\.html?)?$", "", parts.path)
    return f"{host}{port}{path}{'?' if kept else ''}{kept}"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
