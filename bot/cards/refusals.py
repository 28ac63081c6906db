"""Refused pictures that are kept, as shown to one moderator."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.models import IllustrationCard, PicturesCard
from bot.locale.moderators import moderator_phrase
from bot.marks import time_mark, unmarked
from domain.illustrations import Illustration
from domain.requests import Job
from domain.translation.messages import gettext
from jobs.admission.refusals import get_refusal
from jobs.admission.words import category_name


def refused_pictures_card(
    job: Job, pictures: Sequence[Illustration], *, language: str | None = None
) -> PicturesCard:
    """The pictures, covered at first, what they were refused as, and until when they are kept."""
    refusal = get_refusal(job)
    category = refusal.category if refusal is not None else None
    phrase, name = "revealed.policy", ""
    if category is not None:
        phrase, name = "revealed", category_name(category, language)
    until = min(picture.kept_until for picture in pictures if picture.kept_until is not None)
    text = moderator_phrase(phrase, language, category=name, until=time_mark(until))
    cards = tuple(
        IllustrationCard(
            illustration_id=picture.id,
            job_id=job.id,
            title=gettext("refused"),
            sha256=picture.kept_sha256,
            media_type=picture.media_type or "image/png",
            width=picture.width or 0,
            height=picture.height or 0,
            alt_text=unmarked(text),
            caption="",
            compared=None,
        )
        for picture in pictures
        if picture.kept_sha256 is not None
    )
    return PicturesCard(job.id, cards, text, refused=True)
