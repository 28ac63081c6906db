"""Secrets sealed for the database (Fernet: AES-128-CBC, HMAC-SHA-256), with keys that change."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.errors import InvalidSettings

KEY_BYTES = 32
HOW = "make one with `openssl rand -base64 32 | tr '+/' '-_'`."


class WrongKey(Exception):
    """What is sealed was sealed with none of the keys, or was changed, or is too old."""


class Seal:
    """Seals with the first key, and opens what any of the keys sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ``InvalidSettings`` when a key is none: 32 bytes in URL-safe base64."""
        if not keys:
            raise InvalidSettings(f"The setting LIMNER_SECRET_KEY is missing; {HOW}")
        self._fernet = MultiFernet([_fernet(key) for key in keys])

    def close(self, text: str) -> bytes:
        """The text, sealed."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes, *, max_age_s: int | None = None) -> str:
        """What was sealed; with ``max_age_s`` only when that was not longer ago.

        Raises:
            WrongKey: It cannot be opened.
        """
        try:
            return self._fernet.decrypt(sealed, ttl=max_age_s).decode()
        except InvalidToken as error:
            raise WrongKey from error


def _fernet(key: str) -> Fernet:
    try:
        good = len(base64.urlsafe_b64decode(key)) == KEY_BYTES
    except (binascii.Error, ValueError):
        good = False
    if not good:
        raise InvalidSettings(
            f"The setting LIMNER_SECRET_KEY is wrong: a key is 32 bytes in URL-safe base64; {HOW}"
        )
    return Fernet(key)
