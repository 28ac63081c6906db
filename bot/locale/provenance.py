"""Provenance: the words of the command and of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.locale.words import Words
from domain.translation.messages import Message, gettext, pgettext, translated

PROVENANCE_COMMANDS: Final[Mapping[str, Words]] = {
    "verify": Words(pgettext("verify", "verify"), gettext("Find out where a picture comes from")),
    "verify.picture": Words(pgettext("verify.picture", "picture"), gettext("The picture")),
    "verify.address": Words(
        pgettext("verify.address", "address"), gettext("Or the web address of a picture")
    ),
    "menu.verify": Words(pgettext("menu.verify", "Verify image"), ""),
}
_PHRASES: Final[Mapping[str, Message]] = {
    "signed": gettext("Made and signed by Limner here, and not changed since."),
    "signed_elsewhere": gettext(
        "Signed by this Limner and not changed since. You can't see its job from here."
    ),
    "changed": gettext("Made by Limner here, and changed since it was signed."),
    "probable": gettext(
        "Probably made by Limner here ({percent} sure): it looks like one of its pictures."
    ),
    "signed_by_other": gettext(
        "Not made by Limner here. Its credentials name {signer!r}; Limner can't confirm who "
        "that is."
    ),
    "unknown": gettext(
        "Nothing is known about this picture. It may still have been made by a model."
    ),
    "nothing": gettext("Send a picture or the web address of one."),
    "also_signed": gettext("It was signed again later by {signer!r}."),
}


def provenance_phrase(
    name: str, language: str | None, *, percent: str = "", signer: str = ""
) -> str:
    """A sentence in the language of a locale; a translatable one where none is given."""
    sentence = _PHRASES[name].format(percent=percent, signer=signer)
    return translated(sentence, language) if language else sentence
