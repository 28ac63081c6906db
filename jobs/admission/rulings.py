"""Rulings: the judges' findings, measured against the policy of the place of the request.

``judging.py`` asks the judges; here their findings become a ruling, and a ruling a sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.errors import Refused
from domain.policy import (
    CATEGORIES,
    Action,
    Category,
    Finding,
    Refusal,
    RefusedPart,
    Verdict,
)
from domain.requests import Audience, Request
from domain.team import Preferences, Unjudged
from jobs.admission.words import policy_sentence

REPORTED: Final = frozenset({Category.REAL_PEOPLE, Category.DECEPTION, Category.DANGEROUS})
"""Categories that news report on; a drawing of such a story is no deception by itself."""


class PolicyRefused(Refused):
    """The content policy stands against it; ``finding`` is what decided, None for the workspace's
    own words."""

    def __init__(
        self, message: str, finding: Finding | None = None, *, refusal: Refusal | None = None
    ) -> None:
        """``refusal`` is by default that of a request, of the category that was found."""
        if refusal is None and finding is not None:
            refusal = Refusal(RefusedPart.REQUEST, finding.category)
        super().__init__(message, refusal=refusal)
        self.finding = finding
        self.job_id: str | None = None
        """The refused request, once it is written down."""

    @property
    def floor(self) -> bool:
        """Whether no setting and no moderator can allow it."""
        return self.refusal is not None and self.refusal.floor


@dataclass(frozen=True, slots=True)
class Terms:
    """The effective policy at the place of a request.

    ``public`` says that others read the answer too, ``restricted`` that the platform keeps the
    channel for adults. ``closed`` says that nothing is drawn or shown there which a judge that was
    asked did not answer about.
    """

    actions: Mapping[Category, Action] = field(default_factory=dict[Category, Action])
    public: bool = True
    restricted: bool = False
    people_approval: bool = True
    """Whether pictures of people by an image model wait for approval where no judge sees them."""
    closed: bool = True
    tolerated: Collection[Category] = ()
    """Categories that are let through: what news report on, or what a moderator allowed."""

    def get_action(self, category: Category) -> Action:
        """The action on a category here; the floor is always refused."""
        spec = CATEGORIES[category]
        if spec.floor:
            return Action.REFUSE
        if category in self.tolerated:
            return Action.ALLOW
        action = self.actions.get(category, spec.default)
        if action is Action.RESTRICTED:
            return Action.ALLOW if self.restricted else Action.REFUSE
        return action


USUAL: Final = Terms()
"""The defaults, in public."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The ruling on judged content; ``unjudged`` where an absent judge decides."""

    refused: Finding | None = None
    unjudged: bool = False
    approval: bool = False
    notices: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """Facts about a finished picture that are known without looking at it.

    ``by_model`` says that an image model drew it, ``people`` that it may show people, ``licensed``
    that every reference in it is the library's own or of a known license, and ``looked_at`` that
    the picture itself was passed: by a judge, or by the filter of the service that drew it.
    """

    by_model: bool
    people: bool
    licensed: bool
    looked_at: bool


def terms_of(request: Request, preferences: Preferences) -> Terms:
    """The effective policy for a request, by its destination and the settings there."""
    public = not request.routing.private and request.origin.audience is not Audience.ALONE
    closed = (
        preferences.unjudged is not Unjudged.OPEN
        if public
        else preferences.unjudged is Unjudged.CLOSED
    )
    return Terms(
        actions=preferences.categories or {},
        public=public,
        restricted=request.origin.audience is Audience.ADULTS,
        people_approval=preferences.people_approval is not False,
        closed=closed,
        tolerated={*(REPORTED if request.origin.story_id else ()), *request.routing.allowed},
    )


def terms_elsewhere(request: Request, preferences: Preferences) -> Terms:
    """The effective policy for a request in a linked channel, where others read it, where it has no
    approval of its own, and whose members are not known."""
    there = request.with_parts(private=False, audience=Audience.PUBLIC, allowed=(), story_id=None)
    return terms_of(there, preferences)


def rule(findings: Iterable[Finding], terms: Terms) -> Ruling:
    """The ruling on these findings: the strictest action of any of their categories.

    Of several categories that are refused the floor is named, then the surest finding.
    """
    known = sorted(findings, key=lambda f: (not CATEGORIES[f.category].floor, -f.score))
    actions = [(finding, terms.get_action(finding.category)) for finding in known]
    return Ruling(
        refused=next((f for f, action in actions if action is Action.REFUSE), None),
        approval=any(action is Action.APPROVE for _, action in actions),
        notices=tuple(
            dict.fromkeys(f.category for f, action in actions if action is Action.NOTICE)
        ),
    )


def notes_of(ruling: Ruling, verdict: Verdict) -> list[str]:
    """The notice to the requester beside a result that passed."""
    notes = [policy_sentence("notice", c) for c in ruling.notices]
    return [*notes, policy_sentence("unjudged")] if verdict.away else notes


def rule_picture(verdict: Verdict, facts: PictureFacts, terms: Terms) -> Ruling:
    """The ruling on a finished picture.

    A judge that is away lets nothing pass that may show people, since it may be the floor; other
    pictures pass where the terms are open. Where no judge sees pictures, those of people by an
    image model, and those of references that no one vouches for, wait for approval in public.
    """
    ruling = rule(verdict.findings, terms)
    if ruling.refused is not None:
        return ruling
    if verdict.away:
        unjudged = terms.closed or (facts.by_model and facts.people)
        return Ruling(unjudged=unjudged, approval=ruling.approval, notices=ruling.notices)
    doubtful = facts.people if facts.by_model else not facts.licensed
    unseen = not facts.looked_at and doubtful and terms.public and terms.people_approval
    return Ruling(approval=ruling.approval or unseen, notices=ruling.notices)


def refusal(category: Category) -> str:
    """The sentence for a requester: the category, what would be fine, and where to turn."""
    about = "floor" if CATEGORIES[category].floor else "request"
    return policy_sentence(about, category)
