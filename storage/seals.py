"""Secrets sealed for the database (Fernet: AES-128-CBC, HMAC-SHA-256), with keys that change."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.errors import InvalidSettings
from domain.translation.messages import gettext

KEY_BYTES = 32
HOW = gettext("make one with `openssl rand -base64 32 | tr '+/' '-_'`.")


class WrongKey(Exception):
    """The sealed value was sealed with none of the keys, or was changed, or is too old."""


class Seal:
    """Seals with the first key, and opens what any of the keys sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ``InvalidSettings`` when a key is none: 32 bytes in URL-safe base64."""
        if not keys:
            raise InvalidSettings(
                gettext("The setting LIMNER_SECRET_KEY is missing; {how}", how=HOW)
            )
        self._fernet = MultiFernet([_fernet(key) for key in keys])

    def close(self, text: str, *, now: datetime | None = None) -> bytes:
        """The text, sealed at that time: this process's, unless ``now`` says another."""
        if now is None:
            return self._fernet.encrypt(text.encode())
        return self._fernet.encrypt_at_time(text.encode(), int(now.timestamp()))

    def open(self, sealed: bytes) -> str:
        """The unsealed value. Raises ``WrongKey``."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise WrongKey from error

    def open_within(self, sealed: bytes, seconds: int, *, now: datetime) -> str:
        """The unsealed value, if it was sealed not longer before ``now``.

        Raises:
            WrongKey: It cannot be opened, or is too old.
        """
        try:
            return self._fernet.decrypt_at_time(
                sealed, ttl=seconds, current_time=int(now.timestamp())
            ).decode()
        except InvalidToken as error:
            raise WrongKey from error


def _fernet(key: str) -> Fernet:
    try:
        good = len(base64.urlsafe_b64decode(key)) == KEY_BYTES
    except (binascii.Error, ValueError):
        good = False
    if not good:
        raise InvalidSettings(
            gettext(
                "The setting LIMNER_SECRET_KEY is wrong: a key is 32 bytes in URL-safe "
                "base64; {how}",
                how=HOW,
            )
        )
    return Fernet(key)
