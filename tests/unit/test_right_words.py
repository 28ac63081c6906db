"""Sentences of cards fit what happened: cancelled, failed, deleted, refused, not that far yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards.builders import appeal_card, deletion_card
from bot.cards.refusals import refused_pictures_card
from domain.illustrations import IllustrationStatus
from domain.requests import JobStatus
from domain.research import Research
from evaluation.peers.values import NOON, a_grounding, a_job, an_illustration
from jobs.common.views import JobView
from jobs.services.choosing import why_no_choice
from jobs.services.earlier_pictures import why_missing


def _view(status: JobStatus, picture: IllustrationStatus | None) -> JobView:
    job = replace(a_job(), status=status)
    drawn = an_illustration(job)
    shown = () if picture is None else (replace(drawn, status=picture, sha256=None),)
    return JobView(job, Research((), (), a_grounding()), shown, (), 0)


@pytest.mark.parametrize(
    ("status", "picture", "said"),
    [
        (JobStatus.RENDERING, IllustrationStatus.PLANNED, "isn't finished yet. Cancel it instead."),
        (JobStatus.QUEUED, None, "isn't finished yet. Cancel it instead."),
        (JobStatus.CANCELLED, IllustrationStatus.PLANNED, "was cancelled before it was drawn"),
        (JobStatus.CANCELLED, None, "was cancelled before it was drawn"),
        (JobStatus.FAILED, IllustrationStatus.PLANNED, "didn't work out"),
        (JobStatus.DONE, IllustrationStatus.DELETED, "was deleted"),
    ],
)
def test_where_nothing_can_be_deleted_it_says_why(
    status: JobStatus, picture: IllustrationStatus | None, said: str
) -> None:
    card = deletion_card(_view(status, picture))
    assert said in card.text
    assert card.buttons == ()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (JobStatus.RENDERING, "isn't ready yet"),
        (JobStatus.CANCELLED, "was cancelled"),
        (JobStatus.FAILED, "didn't work out"),
    ],
)
def test_only_what_is_still_worked_on_is_not_ready_yet(status: JobStatus, said: str) -> None:
    [picture] = _view(status, IllustrationStatus.PLANNED).illustrations
    assert said in why_missing(picture, status)
    deleted = replace(picture, status=IllustrationStatus.DELETED)
    assert "was deleted" in why_missing(deleted, status)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (JobStatus.QUEUED, "aren't found yet"),
        (JobStatus.RENDERING, "once it's ready"),
        (JobStatus.DONE, "have already been chosen. Edit the picture."),
        (JobStatus.CANCELLED, "was cancelled"),
        (JobStatus.FAILED, "didn't work out"),
    ],
)
def test_a_choice_that_is_no_longer_asked_for_is_reported_with_the_reason(
    status: JobStatus, said: str
) -> None:
    assert said in why_no_choice(replace(a_job(), status=status))


def test_a_refusal_without_a_category_is_one_by_the_policy() -> None:
    view = _view(JobStatus.FAILED, None)
    assert appeal_card(view).text.startswith("Refused by the content policy.")
    kept = replace(an_illustration(view.job), kept_sha256="0" * 64, kept_until=NOON)
    assert refused_pictures_card(view.job, [kept]).text.startswith("Refused by the content policy.")
