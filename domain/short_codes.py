"""Short codes: what people read and type for a job or a picture instead of the 26 characters of its
id."""

from __future__ import annotations

import re
from typing import Final

CODE_CHARS: Final = 6
"""Of the end of an id, which is random: enough to distinguish the jobs of a workspace."""
_ULID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def short_code(identifier: str) -> str:
    """The code of an id."""
    return identifier[-CODE_CHARS:]


def id_shown(identifier: str) -> str:
    """The name of a job or a picture in a sentence: the code of an id; anything else, such as typed
    text, as it is."""
    return short_code(identifier) if _ULID.fullmatch(identifier) else identifier
