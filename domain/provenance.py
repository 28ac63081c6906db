"""Provenance: the metadata of a picture's copies, and what can be found out about any picture."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from domain.illustrations import Picture

MARK_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A reference of a picture, or the picture that it was made from."""

    title: str
    sha256: str
    credit: str
    """Author and licence; empty where they are not known."""
    is_parent: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The metadata in a copy of a picture. No prompt and no person: a copy travels.

    ``mark`` is the watermark, 32 hex digits; None where it is switched off.
    """

    illustration_id: str
    generator: str
    ingredients: tuple[Ingredient, ...] = ()
    mark: str | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON, for a worker process."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Origin:
        """The origin in :meth:`facts`."""
        plain = dict(facts)
        ingredients = [Ingredient(**each) for each in plain.pop("ingredients")]
        return cls(**plain, ingredients=tuple(ingredients))


def watermark_of(workspace_id: str, illustration_id: str) -> bytes:
    """The 16 bytes that the watermark of a picture carries. They follow from its ids, so that they
    are kept nowhere and are gone with the picture; the ids cannot be read from them."""
    text = f"limner watermark 1\n{workspace_id}\n{illustration_id}"
    return hashlib.sha256(text.encode()).digest()[:MARK_BYTES]


class ProvenanceVerdict(StrEnum):
    """The verdict on where a picture comes from.

    ``SIGNED``: signed by this installation, and not a byte was changed since. ``CHANGED``: ours by
    its watermark or its bytes, and not as it was signed. ``PROBABLE``: it looks like one of ours.
    ``SIGNED_BY_OTHER``: another signer signed it. ``UNKNOWN``: nothing is known.
    """

    SIGNED = "signed"
    CHANGED = "changed"
    PROBABLE = "probable"
    SIGNED_BY_OTHER = "signed_by_other"
    UNKNOWN = "unknown"


class Layer(StrEnum):
    """The evidence for a verdict. ``BYTES``: they are those of a kept picture."""

    CREDENTIALS = "credentials"
    BYTES = "bytes"
    WATERMARK = "watermark"
    LOOKUP = "lookup"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The provenance of a found picture.

    ``confidence`` is from 0 to 1. ``signer`` is who signed it, as their certificate says.
    """

    verdict: ProvenanceVerdict
    illustration_id: str | None = None
    job_id: str | None = None
    layer: Layer | None = None
    confidence: float = 0.0
    signer: str = ""


UNKNOWN: Final = Provenance(ProvenanceVerdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A finished picture of a workspace, as far as finding it again needs.

    ``hashes`` is None for pictures that were not looked at yet.
    """

    illustration_id: str
    job_id: str
    sha256: str
    media_type: str
    hashes: bytes | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """The content credentials of a picture, and how far they can be trusted.

    ``valid`` is whether the bytes are those that were signed; ``trusted`` whether the signature is
    by this installation. ``illustration_id`` is only given where our own statement is there.
    """

    valid: bool
    trusted: bool
    issuer: str
    illustration_id: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The kept pictures that the one at hand may be, as indices into the given ones.

    ``marked`` is the one whose watermark it carries, ``sure`` (0 to 1) how sure that is; ``near``
    are those that look alike at first sight, the likeliest first.
    """

    marked: int | None = None
    sure: float = 0.0
    near: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a kept picture matches the one at hand, point by point: whether it is the ``same``, and
    which share of its content looks alike."""

    same: bool
    alike: float


@dataclass(frozen=True, slots=True)
class SignedCopy:
    """An outgoing copy, and the perceptual hashes of the picture that it was made from."""

    picture: Picture
    hashes: bytes
