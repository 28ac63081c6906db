"""What generators know is added up for each workspace, generator and kind of subject."""

from __future__ import annotations

import asyncio

import pytest

from domain.knowledge import KnownKind
from storage import schema
from storage.database import open_database
from storage.knowledge import SqlGeneratorKnowledge


async def test_comparisons_are_added_up_and_stay_in_their_workspace(database_url: str) -> None:
    await schema.upgrade(database_url)
    engine = open_database(database_url)
    knowledge = SqlGeneratorKnowledge(engine)
    assert await knowledge.get("T1", generator="qwen-image", kind="person") is None
    await asyncio.gather(
        *(
            knowledge.add("T1", generator="qwen-image", kind="person", comparisons=2, known=1)
            for _ in range(4)
        ),
        knowledge.add("T2", generator="qwen-image", kind="person", comparisons=9, known=9),
        knowledge.add("T1", generator="qwen-image", kind="work", comparisons=3, known=0),
    )
    assert await knowledge.get("T1", generator="qwen-image", kind="person") == KnownKind(8, 4)
    assert await knowledge.get("T2", generator="qwen-image", kind="person") == KnownKind(9, 9)
    assert await knowledge.get("T1", generator="other", kind="person") is None
    with pytest.raises(ValueError, match="no share"):
        await knowledge.add("T1", generator="x", kind="person", comparisons=1, known=2)
    await engine.dispose()
