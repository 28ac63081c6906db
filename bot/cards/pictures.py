"""Pictures as cards show them: kind, how it was made, and the result of the check."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.evidence import job_title
from bot.cards.models import MAX_ALT_TEXT_CHARS, IllustrationCard
from bot.text import plain
from domain.illustrations import Illustration, IllustrationStatus, Marks
from domain.requests import JobStatus, Rerender
from domain.team import Tally
from domain.translation.messages import gettext, joined, stored
from jobs.common.views import JobView
from jobs.illustration.alt_text import DISCLOSURE


def illustration_cards(view: JobView) -> tuple[IllustrationCard, ...]:
    """The job's finished pictures in their order; those still to be rendered are left out."""
    tallies = view.tallies or (Tally(),) * len(view.illustrations)
    action = view.job.request.action
    meant_to_differ = isinstance(action, Rerender) and action.meant_to_differ
    shown = [
        (replace(illustration, identical=None) if meant_to_differ else illustration, tally)
        for illustration, tally in zip(view.illustrations, tallies, strict=True)
        if illustration.sha256 is not None and illustration.status is IllustrationStatus.RENDERED
    ]
    return tuple(
        _numbered(
            illustration_card(
                illustration, job_title(view.job), tally, address=_page(view, number)
            ),
            number,
            len(shown),
        )
        for number, (illustration, tally) in enumerate(shown, 1)
    )


def _numbered(card: IllustrationCard, number: int, count: int) -> IllustrationCard:
    """A picture of a set says which one it is to those who cannot see it."""
    if count == 1:
        return card
    return replace(card, alt_text=f"{card.alt_text} ({number} / {count})")


def _page(view: JobView, number: int) -> str | None:
    """The address of the page of the picture with that number."""
    return view.page if view.page is None or number == 1 else f"{view.page}/{number}"


def illustration_card(
    illustration: Illustration, title: str, tally: Tally, *, address: str | None = None
) -> IllustrationCard:
    """One picture of a job or of the gallery."""
    recipe = illustration.recipe
    alt_text = illustration.alt_text or recipe.request
    return IllustrationCard(
        illustration_id=illustration.id,
        job_id=illustration.job_id,
        title=title,
        sha256=illustration.sha256 or "",
        media_type=illustration.media_type or "image/png",
        width=illustration.width or recipe.width,
        height=illustration.height or recipe.height,
        alt_text=plain(alt_text, most=MAX_ALT_TEXT_CHARS),
        caption=_caption(illustration),
        compared=_compared(illustration),
        checked=_checked(illustration.marks) if illustration.marks else None,
        votes=f"👍 {tally.up} 👎 {tally.down}" if tally.up or tally.down else None,
        address=address,
    )


def _caption(illustration: Illustration) -> str:
    """The kind of the picture, in brief, and how it was made."""
    recipe = illustration.recipe
    label = stored(str(recipe.parameters.get("label", DISCLOSURE)))
    seed = gettext("seed {number}", number=recipe.seed)
    size = f"{recipe.width}×{recipe.height}"
    return plain(joined(label, recipe.generator, size, seed, by=" · "))


def _compared(illustration: Illustration) -> str | None:
    if illustration.identical is None:
        return None
    if illustration.identical:
        return gettext("Identical to the original, bit for bit.")
    known = illustration.difference
    parts = [stored(part) for part in (known or "").rstrip(".").split("; ")]
    why = joined(*parts, by="; ") if known else gettext("the files differ")
    return gettext("Differs from the original: {why}.", why=plain(why))


def _checked(marks: Marks) -> str:
    seen = [claim for claim in marks.claims if claim.shown is not None]
    shown = sum(claim.shown is True for claim in seen)
    score = gettext("self-check score {score:.2f} of 1", score=marks.score)
    if not seen:
        return score
    counted = gettext("{shown} of {all} details shown", shown=shown, all=len(seen))
    return joined(counted, score, by=", ")


def state_phrase(view: JobView) -> str:
    """Why a job has no picture: the name of the phrase."""
    deleted = (IllustrationStatus.DELETED, IllustrationStatus.REFUSED)
    match view.job.status:
        case JobStatus.CANCELLED:
            return "state.cancelled"
        case JobStatus.FAILED:
            return "state.failed"
        case JobStatus.DONE if all(p.status in deleted for p in view.illustrations):
            return "state.deleted"
        case _:
            return "state.working"
