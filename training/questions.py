"""Questions with ground truth, read from records for reinforcement learning."""

from __future__ import annotations

from pathlib import Path

from domain.errors import InvalidRequest
from training.data.splits import Part
from training.environment import Question
from training.records import rl_problems_of
from training.trainers.conversations import read_records


def read_questions(folder: Path, part: Part, *, limit: int | None = None) -> list[Question]:
    """The questions of a part of an export.

    Raises:
        InvalidRequest: There are none, or a record or a picture is not as it must be.
    """
    place = folder / "rl" / part
    found: list[Question] = []
    for record in read_records([place]) if place.is_dir() else ():
        wrong = rl_problems_of(record)
        picture = folder / str(record.get("gt_image"))
        if wrong or not picture.is_file():
            why = wrong[0] if wrong else f"the picture {str(picture)!r} is not there"
            raise InvalidRequest(f"A record in {str(place)!r} cannot be used: {why}.")
        found.append(Question(record["id"], record["question"], picture))
    if not found:
        raise InvalidRequest(f"{str(place)!r} holds no questions with ground truth.")
    return found[:limit]
