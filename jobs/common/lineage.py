"""What a changed picture inherits from its original: sources and evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.research import Evidence, Hop, Observation, Research, Source
from domain.translation.messages import gettext

KEPT = gettext("Kept from the original picture.")


def with_lineage(research: Research, parent: Research, *, now: datetime) -> Research:
    """The research of an edit, with the cited sources of the earlier one as its hop 0 and their
    evidence after its own, numbered through."""
    cited = {e.source_id for e in parent.grounded.evidence if e.source_id is not None}
    kept = [source for source in parent.sources if source.id in cited]
    names = {source.id: f"kept-{number}" for number, source in enumerate(kept, 1)}
    sources = tuple(_renamed(source, names[source.id]) for source in kept)
    if not sources:
        return research
    hop = Hop(
        number=0,
        thought=KEPT,
        call=None,
        observation=Observation(
            tuple(names.values()), gettext("{count} sources", count=len(sources))
        ),
        started_at=now,
        finished_at=now,
    )
    own = research.grounded.evidence
    earlier = [e for e in parent.grounded.evidence if e.source_id in names]
    evidence = (
        *own,
        *(_renumbered(e, names, len(own) + n) for n, e in enumerate(earlier, 1)),
    )
    return replace(
        research,
        hops=(hop, *research.hops),
        sources=(*sources, *research.sources),
        grounded=replace(research.grounded, evidence=evidence),
    )


def _renamed(source: Source, name: str) -> Source:
    """A kept picture has no ``img_id``: those are counted anew in each job."""
    return replace(source, id=name, img_id=None)


def _renumbered(evidence: Evidence, names: dict[str, str], n: int) -> Evidence:
    return replace(evidence, n=n, source_id=names[evidence.source_id or ""])
