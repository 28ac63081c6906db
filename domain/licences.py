"""The terms of licences: whether a picture under one may be used commercially, and be changed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEPARATORS = re.compile(r"[\s_/.,;:()+-]+")
_FORBIDS_ALL = re.compile(
    r"\b(fair use|fair dealing|non ?free|all rights reserved|editorial( use)?|personal use|unknown"
    r"|no licen[cs]e|unlicensed|permission required|rights managed)\b"
)
_NO_COMMERCE = re.compile(
    r"\bnc\b|\bnon ?commercial\b|\bnot? (for )?commercial\b|\bsampling\b|\beducational use\b"
    r"|\bkogl type (2|4)\b"
)
_NO_CHANGES = re.compile(
    r"\bnd\b|\bno ?deriv\w*|\bno (changes|modifications?|adaptations?)\b|\bkogl type (3|4)\b"
)
_FREE = re.compile(
    r"\bcc ?0\b|\bcc (by|sa|zero|pd)\b|\bcreative commons\b|\bpublic ?domain\b|\bpdm?\b|\bpd \w+"
    r"|\bno known (copyright|restrictions)\b|\bno restrictions\b|\bby( sa)? \d|\battribution\b"
    r"|\bsampling\b"
    r"|\bgfdl\b|\bgnu\b|\bl?a?gpl\w*|\bmpl\b|\bmit\b|\bapache\b|\bbsd\b|\bisc\b|\bfree art\b"
    r"|\bfal\b"
    r"|\blal\b|\bogl\b|\bopen government\b|\bopen licen[cs]e\b|\blicence ouverte\b|\bdl de\b"
    r"|\bodbl\b|\bodc\b|\bgodl\b|\bkogl\b|\bcopyrighted free use\b|\bfree use\b|\bwtfpl\b"
    r"|\b(unsplash|pexels|pixabay) licen[cs]e\b|\bown work\b"
)
FREE_COLLECTIONS = frozenset({"commons", "library"})
"""Providers of pictures whose licences people have looked at."""


@dataclass(frozen=True, slots=True)
class Use:
    """A workspace's use of pictures: commercial or not, and making others from them."""

    commercial: bool = True
    derivatives: bool = True


def forbids_commerce(license_name: str) -> bool:
    """Whether a licence by its name forbids commercial use in so many words; one that is not known
    does not."""
    name = _SEPARATORS.sub(" ", license_name).strip().casefold()
    return bool(_NO_COMMERCE.search(name)) or "research license" in name


def allows(license_name: str | None, use: Use, *, trusted: bool = False) -> bool:
    """Whether a licence by its name ("CC BY-SA 4.0") allows a use.

    A name that is not known allows nothing, unless it is ``trusted``: a team's own entry, or of a
    collection that takes free pictures alone. What forbids something is heeded even so.
    """
    name = _SEPARATORS.sub(" ", license_name or "").strip().casefold()
    if not name or _FORBIDS_ALL.search(name):
        return False
    if use.commercial and _NO_COMMERCE.search(name):
        return False
    if use.derivatives and _NO_CHANGES.search(name):
        return False
    return trusted or bool(_FREE.search(name))
