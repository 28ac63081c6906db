"""Texts about the provenance of a picture."""

from __future__ import annotations

from bot.locale.provenance import provenance_phrase
from domain.provenance import Provenance, ProvenanceVerdict
from domain.translation.messages import joined


def provenance_text(found: Provenance, language: str | None = None) -> str:
    """A finding in a sentence or two."""
    name = found.verdict.value
    if found.verdict is ProvenanceVerdict.SIGNED and found.job_id is None:
        name = "signed_elsewhere"
    parts = {"percent": f"{int(found.confidence * 100)}%", "signer": found.signer or "?"}
    text = provenance_phrase(name, language, **parts)
    if found.signer and found.verdict in (ProvenanceVerdict.CHANGED, ProvenanceVerdict.PROBABLE):
        text = joined(text, provenance_phrase("also_signed", language, **parts))
    return text
