"""The content policy as tests use it: the real rules, and scripted models where a test has some."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.policy.rules import judge
from jobs.admission.judging import Policy
from jobs.common.ports import PictureJudge, TextJudge


def a_policy(
    *,
    texts: Sequence[TextJudge] = (),
    pictures: Sequence[PictureJudge] = (),
    shows_people: Callable[[str], bool] = lambda _text: True,
) -> Policy:
    """The rules alone, or with models that judge texts and pictures."""
    return Policy(judge, texts=texts, pictures=pictures, shows_people=shows_people)
