"""Whether a story may be told and illustrated.

News describe what nobody asks to depict: a war, an attack, a trial. Such words may be posted, but
the picture then shows the place calmly instead of the event. The floor stands against both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from domain.errors import Refused
from domain.news import Fingerprint, Schedule, StoryText
from domain.policy import Action, Category, JudgedText, Refusal, RefusedPart
from domain.team import Preferences, Unjudged
from jobs.admission.judging import Policy
from jobs.admission.rulings import REPORTED, PolicyRefused, Terms, refusal, rule
from jobs.admission.words import calm_picture, policy_sentence

DESCRIBED: Final = frozenset({Category.VIOLENCE, Category.SELF_HARM, Category.HATE, Category.FRAUD})
"""What news tell of in words, and what their pictures do not show."""
MAX_NAMES: Final = 3


async def judged_story(
    policy: Policy, schedule: Schedule, text: StoryText, told: Fingerprint, wished: Preferences
) -> StoryText:
    """The story as it may be posted: with a calm picture where the event itself may not be drawn.

    Raises:
        Refused: Its words may not be posted, no picture of it may be drawn, or a judge did not
            answer and nothing passes unjudged.
    """
    await judge_words(policy, text, wished)
    try:
        await _judge(policy, text.picture, _terms(wished), wished)
    except PolicyRefused as error:
        if not await _is_only_described(policy, text.picture, wished):
            raise
        return await _calmed(policy, schedule, text, told, wished, error)
    return text


async def _is_only_described(policy: Policy, picture: str, wished: Preferences) -> bool:
    """Whether what a picture was to show may be told, and is only not to be drawn."""
    try:
        await _judge(policy, picture, _terms(wished, DESCRIBED), wished, reported=True)
    except Refused:
        return False
    return True


async def judge_words(policy: Policy, text: StoryText, wished: Preferences) -> None:
    """See that a story's headline and sentences may be posted. Raises ``Refused``."""
    set_ = wished.categories or {}
    described = {category for category in DESCRIBED if set_.get(category) is not Action.REFUSE}
    words = ". ".join((text.headline, *text.sentences))
    await _judge(policy, words, _terms(wished, described), wished, reported=True)


async def _calmed(
    policy: Policy,
    schedule: Schedule,
    text: StoryText,
    told: Fingerprint,
    wished: Preferences,
    error: PolicyRefused,
) -> StoryText:
    """The story with a calm picture in the place of the one that was refused with ``error``."""
    known = [name for name in told.entities if not any(sign.isdigit() for sign in name)]
    for names in (known[:MAX_NAMES], []):
        calm = calm_picture(names, language=schedule.language)
        try:
            await _judge(policy, calm, _terms(wished), wished)
        except PolicyRefused:
            continue
        return replace(text, picture=calm)
    raise error


def _terms(wished: Preferences, described: Collection[Category] = ()) -> Terms:
    return Terms(
        actions=wished.categories or {},
        closed=wished.unjudged is not Unjudged.OPEN,
        tolerated={*REPORTED, *described},
    )


async def _judge(
    policy: Policy, text: str, terms: Terms, wished: Preferences, *, reported: bool = False
) -> None:
    """Have every judge of texts read one, the rules first, as a wish or as what is ``reported``.
    Raises ``Refused``."""
    judged = JudgedText(text, reported=(text,) if reported else ())
    policy.check(judged, terms=terms, blocked=wished.blocked or ())
    if not policy.asks_models:
        return
    verdict = await policy.judge_text(judged)
    refused = rule(verdict.findings, terms).refused
    if refused is not None:
        raise PolicyRefused(refusal(refused.category), refused)
    if verdict.away and terms.closed:
        sentence = policy_sentence("away.request")
        raise Refused(sentence, refusal=Refusal(RefusedPart.UNJUDGED))
