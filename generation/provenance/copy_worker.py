"""Makes outgoing copies, and looks at our own pictures, in a worker process."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from PIL import Image

from domain.errors import InvalidRequest
from domain.provenance import Origin
from generation.provenance.certificates import Identity
from generation.provenance.copies import signed_copy
from generation.provenance.hashes import hashes_of


def request(
    media_type: str,
    origin: Origin,
    identity: Identity | None,
    *,
    max_bytes: int,
    media_types: Sequence[str],
    max_side: int,
) -> dict[str, Any]:
    """The facts for :func:`run`; its data is the stored picture."""
    return {
        "media_type": media_type,
        "origin": origin.facts(),
        "identity": asdict(identity) if identity else None,
        "max_bytes": max_bytes,
        "media_types": [*media_types],
        "max_side": max_side,
    }


def run(facts: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """A signed copy and the stored picture's hashes; of the latter alone without an origin."""
    with Image.open(io.BytesIO(data)) as opened:
        hashes = hashes_of(opened)
        if "origin" not in facts:
            return {}, [hashes]
        identity = Identity(**facts["identity"]) if facts["identity"] else None
        try:
            copy = signed_copy(
                data,
                str(facts["media_type"]),
                Origin.of(facts["origin"]),
                identity,
                max_bytes=int(facts["max_bytes"]),
                media_types=facts["media_types"],
                max_side=int(facts["max_side"]),
                decoded=opened,
            )
        except InvalidRequest as error:
            return {"refused": str(error)}, [hashes]
    found = {"media_type": copy.media_type, "width": copy.width, "height": copy.height}
    return found, [hashes, copy.data]
