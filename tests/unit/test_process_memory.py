"""A process gives back the memory that it no longer needs."""

from __future__ import annotations

import asyncio

import pytest

from app import memory
from app.memory import GROWN_BYTES, give_back_memory, resident_bytes


@pytest.mark.parametrize(
    ("sizes", "trimmed"),
    [
        ([1, GROWN_BYTES + 2, 9, GROWN_BYTES, GROWN_BYTES + 10, GROWN_BYTES], [4, 1]),
        ([1] * 12, [7, 1]),
    ],
    ids=["grown", "at rest"],
)
async def test_memory_is_given_back_when_the_process_has_grown_and_now_and_then(
    sizes: list[int], trimmed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()
    trims: list[int] = []

    def resident() -> int:
        if sizes:
            return sizes.pop(0)
        looked.set()
        return 0

    monkeypatch.setattr(memory, "resident_bytes", resident)
    giving = asyncio.create_task(
        give_back_memory(look_s=0.0, trim=lambda: trims.append(len(sizes)))
    )
    async with asyncio.timeout(60):
        await looked.wait()
    giving.cancel()
    await asyncio.gather(giving, return_exceptions=True)
    assert trims == trimmed


async def test_the_heap_is_returned_by_the_systems_own_library() -> None:
    giving = asyncio.create_task(give_back_memory(look_s=0.0))
    await asyncio.sleep(0.05)
    assert not giving.done()
    giving.cancel()
    await asyncio.gather(giving, return_exceptions=True)
    assert resident_bytes() > 1 << 20
