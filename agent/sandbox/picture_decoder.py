"""The decoding pool: untrusted pictures are decoded in worker processes, never in this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.sandbox.pool import CannotBeRead, SandboxUnavailable, WorkerPool
from domain.errors import UnusableReference
from domain.pictures import CheckedPicture
from domain.translation.messages import gettext, stored

MAX_BYTES = 25_000_000


class DecodingPool:
    """Decodes pictures in the workers of ``pool``, or in up to ``size`` of its own."""

    def __init__(self, *, size: int = 2, pool: WorkerPool | None = None) -> None:
        self._pool = pool or WorkerPool(size=size)
        self._is_own = pool is None

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        """Check and re-encode: upright, in sRGB, without metadata, scaled down to at most
        ``max_pixels``.

        Raises:
            UnusableReference: It is no picture that can be used; the message says why.
        """
        return (await self.decode_sizes(data, [max_pixels]))[0]

    async def decode_sizes(
        self, data: bytes, max_pixels: Sequence[int]
    ) -> tuple[CheckedPicture, ...]:
        """The same in several sizes, in their order, from one decoding. Sizes that the picture does
        not reach share their bytes, and all share the perceptual hash of the largest.

        Raises:
            UnusableReference: It is no picture that can be used; the message says why.
        """
        if not data:
            raise _unusable(gettext("it's empty"))
        if len(data) > MAX_BYTES:
            raise _unusable(
                gettext("it is larger than {max_bytes} MB", max_bytes=MAX_BYTES // 1_000_000)
            )
        try:
            found, bodies = await self._pool.run("picture", data, {"sizes": [*max_pixels]})
        except CannotBeRead as error:
            problem = stored(str(error).replace(" to read", " to decode"))
            raise _unusable(gettext("it {problem}", problem=problem)) from error
        except SandboxUnavailable as error:
            why = gettext(
                "this machine can't start a process to decode it right now; try again later"
            )
            unusable = _unusable(why)
            unusable.retryable = True
            raise unusable from error
        pictures: list[dict[str, Any]] = found["pictures"]
        width, height = found["original_size"]
        return tuple(
            CheckedPicture(
                data=bodies[int(facts["body"])],
                media_type=str(facts["media_type"]),
                width=int(facts["width"]),
                height=int(facts["height"]),
                phash=str(found["phash"]),
                original_size=(int(width), int(height)),
            )
            for facts in pictures
        )

    async def aclose(self) -> None:
        """End the processes, unless the pool belongs to another owner."""
        if self._is_own:
            await self._pool.aclose()


def hamming(first: str, second: str) -> int:
    """The number of the 64 bits in which two perceptual hashes differ; ≤ 10 is probably one
    picture."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


def _unusable(why: str) -> UnusableReference:
    return UnusableReference("picture", why)
