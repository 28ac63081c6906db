"""What the policy refused is read from data, and from the sentences of older versions."""

from __future__ import annotations

import pytest

from domain.policy import CATEGORIES, Category, Refusal, RefusedPart
from domain.requests import JobStatus
from evaluation.peers.values import a_job
from jobs.admission import refusals
from jobs.admission.refusals import get_refusal, read_old_refusal

OLD = {
    "Limner does not draw this: it reads as {en}. Fine would be {fine}. If that is not what you "
    "meant, say it in other words or ask a moderator.": RefusedPart.REQUEST,
    "Limner zeichnet das nicht: Es liest sich als {de}. In Ordnung wäre {fine}. Keine Einstellung "
    "und keine Freigabe ändert das.": RefusedPart.REQUEST,
    "The finished picture is not shown: it was judged as {en}. Fine would be {fine}. If that is "
    "not what you asked for, try again or ask a moderator.": RefusedPart.PICTURE,
    "Das fertige Bild wird nicht gezeigt: Es wurde als {de} beurteilt. In Ordnung wäre "
    "{fine}.": RefusedPart.PICTURE,
}


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("sentence", OLD)
def test_sentences_of_older_versions_name_their_category(sentence: str, category: Category) -> None:
    known: dict[str, Category] = vars(refusals)["_NAMES"]
    english, german = [name for name, named in known.items() if named is category]
    text = sentence.format(en=english, de=german, fine=CATEGORIES[category].instead)
    assert read_old_refusal(text) == Refusal(OLD[sentence], category)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            (
                "The request could not be judged, because a judge of the content policy did not "
                "answer, so it is not drawn. It was not refused: ask again in a few minutes."
            ),
            Refusal(RefusedPart.UNJUDGED),
        ),
        (
            (
                "This team does not want pictures about 'war'; ask for something else, or ask "
                "to change the settings."
            ),
            Refusal(RefusedPart.WORDS),
        ),
        ("Limner does not draw this: it reads as a poem. Fine would be prose.", None),
        ("The picture was not approved: hate.", None),
        ("", None),
        (None, None),
    ],
)
def test_other_sentences_of_older_versions(sentence: str | None, expected: Refusal | None) -> None:
    assert read_old_refusal(sentence) == expected


def test_what_is_kept_as_data_needs_no_sentence() -> None:
    refusal = Refusal(RefusedPart.PICTURE, Category.HATE)
    job = a_job(status=JobStatus.FAILED, error="Said in words of tomorrow.", refusal=refusal)
    assert get_refusal(job) == refusal
