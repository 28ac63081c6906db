"""The content policy as data: its categories, what a workspace may do about each, and verdicts.

Categories follow the hazard taxonomies of the field (MLCommons AILuminate S1 to S14, OpenAI's and
Google's usage policies). Judges give findings; ``jobs/admission/judging.py`` turns them into one
decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.translation.messages import gettext


class Category(StrEnum):
    """A subject of a text or a picture that the policy decides on."""

    MINORS = "minors"
    """Sexualised minors in any form, cruelty to children, and what leads them where it harms them.
    The floor: no setting allows it."""
    SEXUAL = "sexual"
    """Sexual content and nudity made for arousal; art, medicine and education are none."""
    REAL_PEOPLE = "real_people"
    """Sexualised or deceptive pictures of people who exist."""
    VIOLENCE = "violence"
    """Graphic violence: gore, mutilation, torture, cruelty shown for its own sake."""
    SELF_HARM = "self_harm"
    HATE = "hate"
    """Hatred or dehumanisation of people for what they are, and its propaganda."""
    DANGEROUS = "dangerous"
    """Instructions for weapons, drugs, explosives, poisons, break-ins."""
    FRAUD = "fraud"
    """Forged identity papers, certificates, money, receipts, and pictures made to deceive for
    money."""
    DECEPTION = "deception"
    """False voting information, and pictures made to pass for news of what never happened."""
    RIGHTS = "rights"
    """Trademarks, protected characters and the style of living artists."""


class Action(StrEnum):
    """A workspace's action on a category."""

    REFUSE = "refuse"
    APPROVE = "approve"
    """A person who may approve looks at the picture before it is shown."""
    RESTRICTED = "restricted"
    """Allowed in channels that the platform keeps for adults, refused elsewhere."""
    NOTICE = "notice"
    """Drawn, and the answer says what to mind."""
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class CategorySpec:
    """The policy's description of a category.

    ``floor`` marks one that no setting lowers. ``name`` is how people read it, ``instead`` says
    what would be fine, as the end of a sentence.
    """

    name: str
    default: Action
    instead: str
    floor: bool = False


CATEGORIES: Final[Mapping[Category, CategorySpec]] = MappingProxyType(
    {
        Category.MINORS: CategorySpec(
            gettext("sexualised minors or harm to children"),
            Action.REFUSE,
            gettext("children in safe everyday scenes, fully dressed"),
            floor=True,
        ),
        Category.SEXUAL: CategorySpec(
            gettext("sexual content"),
            Action.REFUSE,
            gettext("romance, fashion, or a work of art named by its title"),
        ),
        Category.REAL_PEOPLE: CategorySpec(
            gettext("sexualised or deceptive pictures of real people"),
            Action.REFUSE,
            gettext("a public figure in a neutral scene, or an invented person"),
        ),
        Category.VIOLENCE: CategorySpec(
            gettext("graphic violence"), Action.REFUSE, gettext("the scene without blood or wounds")
        ),
        Category.SELF_HARM: CategorySpec(
            gettext("self-harm"),
            Action.REFUSE,
            gettext("a picture of support, hope or somebody being helped"),
        ),
        Category.HATE: CategorySpec(
            gettext("hate"),
            Action.REFUSE,
            gettext("people shown with respect, or a documentary historical scene"),
        ),
        Category.DANGEROUS: CategorySpec(
            gettext("dangerous instructions"),
            Action.REFUSE,
            gettext("the subject without how it is made or used"),
        ),
        Category.FRAUD: CategorySpec(
            gettext("fraud and forged documents"),
            Action.REFUSE,
            gettext("a document that is plainly invented"),
        ),
        Category.DECEPTION: CategorySpec(
            gettext("deception about elections and news"),
            Action.REFUSE,
            gettext("a drawing that nobody can take for a report"),
        ),
        Category.RIGHTS: CategorySpec(
            gettext("trademarks and living artists"),
            Action.NOTICE,
            gettext("a design or a style of your own"),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One category that one judge finds in a text or a picture; ``score`` is 0 to 1."""

    category: Category
    score: float
    judge: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings of all judges on one text or picture together.

    ``away`` names judges that were asked and did not answer: silence is not consent.
    """

    findings: tuple[Finding, ...] = ()
    away: tuple[str, ...] = ()

    def joined(self, others: Iterable[Verdict]) -> Verdict:
        """This verdict with those of other judges."""
        verdicts = (self, *others)
        return Verdict(
            tuple(dict.fromkeys(f for v in verdicts for f in v.findings)),
            tuple(dict.fromkeys(name for v in verdicts for name in v.away)),
        )


class RefusedPart(StrEnum):
    """The stage at which the policy refused."""

    REQUEST = "request"
    PICTURE = "picture"
    """The drawn picture, not the request."""
    WORDS = "words"
    """The request holds words that the workspace blocks."""
    UNJUDGED = "unjudged"
    """A judge did not answer, and nothing passes unjudged there."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The stage and the category of a refusal, beside the sentence that people read.

    ``category`` is None for blocked words and for what was not judged.
    """

    subject: RefusedPart
    category: Category | None = None

    @property
    def floor(self) -> bool:
        """Whether no setting and no moderator can allow it."""
        return self.category is not None and CATEGORIES[self.category].floor


RULES_JUDGE: Final = "rules"
"""The name of the judge that goes by rules and not by a model."""
DOUBT: Final = 0.5
"""A finding of this score or more counts where no surer judge was asked."""
SURE: Final = 0.9
"""A finding of the rules of this score or more counts regardless of a model's verdict."""


def get_standing_findings(rules: Verdict, models: Iterable[Verdict] = ()) -> tuple[Finding, ...]:
    """The findings that count, of the rules and of the models that answered.

    Rules look at words, so they doubt more than a model does. Where no model answered, their doubts
    count; where one did, they only add what they are sure of, and what is only to be minded.
    """
    answered = list(models)
    least = SURE if answered else DOUBT
    found = [
        f
        for f in rules.findings
        if f.score >= (DOUBT if CATEGORIES[f.category].default is Action.NOTICE else least)
    ]
    found += [f for verdict in answered for f in verdict.findings if f.score >= DOUBT]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A text to judge, with its context.

    ``request`` is what the person wrote, style included; ``earlier`` is what it changes: the
    prompts of the pictures and turns before it, the oldest first. ``found`` is what research added:
    the grounded prompt, titles and notes of references, cited passages. ``drawn`` are those of them
    that the generator receives: each is judged for every category, however long it is.
    ``reported`` are those of all that are sentences and headlines of news, which are shown as words
    and not drawn: harm that they tell of is no wish for it, whoever the victims are.
    ``edits_picture`` says that an attached or earlier picture is changed, so that "her" may be a
    person in a photograph.
    """

    request: str
    earlier: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    edits_picture: bool = False
    reported: tuple[str, ...] = ()
