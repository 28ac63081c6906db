"""Putting comparisons into the table that the search gate uses."""

from __future__ import annotations

from collections.abc import Sequence

from agent.research.subjects import read_request
from app import database
from app.settings import Settings
from domain.requests import LOCAL_WORKSPACE
from evaluation.benchmarks.model import Sample
from evaluation.report.boundary import Comparison
from storage.knowledge import SqlGeneratorKnowledge


def gate_kinds(sample: Sample) -> Sequence[str]:
    """The kinds of the named subjects that the search gate reads out of a sample's request."""
    kinds = (subject.kind.value for subject in read_request(sample.prompt).named)
    return tuple(dict.fromkeys(kinds))


async def add_to_gate(
    settings: Settings,
    generator: str,
    found: Sequence[Comparison],
    *,
    workspace_id: str = LOCAL_WORKSPACE,
) -> int:
    """Add comparisons by the kinds of their subjects; gives how many were added, each counted once
    for each kind. A request that names nothing adds none.

    Raises:
        StorageUnavailable: The database cannot be used.
    """
    counted: dict[str, list[int]] = {}
    for each in found:
        for kind in gate_kinds(each.sample):
            total = counted.setdefault(kind, [0, 0])
            total[0] += 1
            total[1] += each.is_known
    engine = await database.opened(settings)
    try:
        table = SqlGeneratorKnowledge(engine)
        for kind, (comparisons, known) in sorted(counted.items()):
            await table.add(
                workspace_id,
                generator=generator,
                kind=kind,
                comparisons=comparisons,
                known=known,
            )
    finally:
        await engine.dispose()
    return sum(comparisons for comparisons, _ in counted.values())
