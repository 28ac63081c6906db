"""The difference in evidence between two researches."""

from __future__ import annotations

from domain.research import EvidenceChange, Research


def evidence_change(before: Research, after: Research) -> EvidenceChange:
    """Compare the cited sources of two runs by address, and the text behind each by hash."""
    old, new = _cited(before), _cited(after)
    both = [url for url in new if url in old]
    return EvidenceChange(
        added=tuple(url for url in new if url not in old),
        removed=tuple(url for url in old if url not in new),
        kept=tuple(url for url in both if old[url] == new[url]),
        changed=tuple(url for url in both if old[url] != new[url]),
    )


def _cited(research: Research) -> dict[str, str]:
    sources = {source.id: source for source in research.sources}
    return {
        sources[e.source_id].page_url: sources[e.source_id].sha256
        for e in research.grounded.evidence
        if e.source_id in sources
    }
