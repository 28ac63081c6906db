"""The policy's refusal of a job, also where an older version kept only its sentence."""

from __future__ import annotations

import re
from typing import Any, Final

from domain.policy import Category, Refusal, RefusedPart
from domain.requests import Job

_NAMES: Final = {
    "sexualised minors or harm to children": Category.MINORS,
    "sexualisierte Minderjährige oder Schaden an Kindern": Category.MINORS,
    "sexual content": Category.SEXUAL,
    "sexuelle Inhalte": Category.SEXUAL,
    "sexualised or deceptive pictures of real people": Category.REAL_PEOPLE,
    "sexualisierte oder täuschende Bilder echter Menschen": Category.REAL_PEOPLE,
    "graphic violence": Category.VIOLENCE,
    "drastische Gewalt": Category.VIOLENCE,
    "self-harm": Category.SELF_HARM,
    "Selbstverletzung": Category.SELF_HARM,
    "hate": Category.HATE,
    "Hass": Category.HATE,
    "dangerous instructions": Category.DANGEROUS,
    "gefährliche Anleitungen": Category.DANGEROUS,
    "fraud and forged documents": Category.FRAUD,
    "Betrug und gefälschte Dokumente": Category.FRAUD,
    "deception about elections and news": Category.DECEPTION,
    "Täuschung über Wahlen und Nachrichten": Category.DECEPTION,
    "trademarks and living artists": Category.RIGHTS,
    "Marken und lebende Künstler": Category.RIGHTS,
}
"""Names of the categories in older versions. Today's words may change; these must not."""
_OLD: Final = re.compile(
    r"(?:Limner does not draw this: it reads as (?P<asked>[^.]+)\. Fine would be "
    r"|Limner zeichnet das nicht: Es liest sich als (?P<asked_de>[^.]+)\. In Ordnung wäre "
    r"|The finished picture is not shown: it was judged as (?P<drawn>[^.]+)\. Fine would be "
    r"|Das fertige Bild wird nicht gezeigt: Es wurde als (?P<drawn_de>[^.]+) beurteilt\.)"
)
_OLD_UNJUDGED: Final = (
    "The picture could not be judged, ",
    "Das Bild konnte nicht beurteilt werden, ",
    "The request could not be judged, ",
    "Die Anfrage konnte nicht beurteilt werden, ",
)
_OLD_BLOCKED: Final = "This team does not want pictures about "


def failure_data(sentence: str, refusal: Refusal | None) -> dict[str, Any]:
    """The data of a failed job's event."""
    data: dict[str, Any] = {"error": sentence}
    if refusal is not None:
        category = refusal.category.value if refusal.category is not None else None
        data["refusal"] = {"subject": refusal.subject.value, "category": category}
    return data


def get_refusal(job: Job) -> Refusal | None:
    """The policy's refusal of a job; None where it failed for another reason, or did not fail."""
    return job.refusal or read_old_refusal(job.error)


def read_old_refusal(sentence: str | None) -> Refusal | None:
    """The refusal that a sentence of an older version stands for; None for every other sentence."""
    text = sentence or ""
    if text.startswith(_OLD_BLOCKED):
        return Refusal(RefusedPart.WORDS)
    if text.startswith(_OLD_UNJUDGED):
        return Refusal(RefusedPart.UNJUDGED)
    match = _OLD.match(text)
    if match is None:
        return None
    asked, drawn = match["asked"] or match["asked_de"], match["drawn"] or match["drawn_de"]
    category = _NAMES.get(asked or drawn)
    part = RefusedPart.REQUEST if asked else RefusedPart.PICTURE
    return Refusal(part, category) if category is not None else None
