"""Which features of a text fall together into which category, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agent.policy.features import Features
from domain.policy import Category

MINOR: Final = ("child", "age")
MINORS: Final = (*MINOR, "boygirl")
"""With words that may mean grown people too, for what is harmful rather than sexual."""
_URGED: Final = ("promote", "howto")
EXCUSES: Final = ("against", "help", "medical", "remember")
"""Contexts in which harm is spoken of so that it does not happen."""
_SCENE_EXCUSES: Final = (*EXCUSES, "stage", "fiction", "play")
"""The same, and what is plainly played, for what is only hinted at."""
_PLAYED_EXCUSES: Final = ("against", "help", "remember", "literacy", "fiction", "play")
_GRIM: Final = ("brutal", "flesh")
"""How violence looks."""
SEXUALISED: Final = ("nude", "sexual", "undress")
_DOUBTED: Final = ("bare_thing", "place_name")
"""What sexualises only a minor, to be careful: a word for naked beside a thing, and a word in the
name of a place."""
_HARMLESS_CONTEXT: Final = ("art", "medical")
_PERSON: Final = ("role", "name", "famous")


@dataclass(frozen=True, slots=True)
class Rule:
    """A category that a text falls into when it has one feature of each group in ``all_of`` and
    none of ``unless``."""

    category: Category
    score: float
    all_of: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...] = ()
    apart: bool = False
    """Whether one word does not count for two groups, which may share words such as "severed"."""
    in_news: Category | None = None
    """What it is where news report it and nobody wishes it; None where that is the same."""

    def applies(self, features: Features) -> bool:
        """Whether the rule finds its category in these features."""
        if features.has(*self.unless):
            return False
        if not all(features.has(*group) for group in self.all_of):
            return False
        return not self.apart or features.apart(*self.all_of)


RULES: Final = (
    Rule(Category.MINORS, 0.95, (("csam",),), unless=("against", "help")),
    Rule(Category.MINORS, 0.95, (MINOR, SEXUALISED)),
    Rule(Category.MINORS, 0.95, (MINORS, ("abuse",)), unless=("against", "help")),
    Rule(Category.MINORS, 0.6, (MINOR, _DOUBTED)),
    Rule(Category.MINORS, 0.7, (MINOR, ("remove",), ("garment",))),
    Rule(Category.MINORS, 0.7, (MINOR, ("pose",))),
    Rule(Category.MINORS, 0.6, (MINOR, ("scant",))),
    # Words with a harmless meaning as well ("hint") count only several together.
    Rule(Category.MINORS, 0.6, ((*MINOR, "young"), ("hints",))),
    # "a naked girl" may be a woman: doubted, and so refused where nobody surer is asked.
    Rule(Category.MINORS, 0.6, (("young",), (*SEXUALISED, "pose"))),
    # What is cruel to children, or leads them where it harms them.
    Rule(Category.MINORS, 0.7, (MINORS, ("goods",), _URGED), unless=("against",)),
    Rule(Category.MINORS, 0.6, (MINOR, ("drug",)), unless=("against", "help", "medical")),
    Rule(
        Category.MINORS,
        0.7,
        (MINORS, ("starve",)),
        unless=("against", "medical"),
        in_news=Category.VIOLENCE,
    ),
    Rule(Category.MINORS, 0.7, (MINORS, ("stunt",), _URGED), unless=("against",)),
    Rule(Category.MINORS, 0.7, (MINORS, ("mock",)), unless=("against",)),
    Rule(Category.MINORS, 0.6, (MINORS, ("insult",), ("portray",)), unless=("against",)),
    Rule(
        Category.MINORS,
        0.7,
        (MINORS, ("hurt", "gore")),
        unless=("against", "help", "medical"),
        in_news=Category.VIOLENCE,
    ),
    Rule(
        Category.MINORS,
        0.6,
        (MINORS, ("wounding",), _GRIM),
        unless=EXCUSES,
        apart=True,
        in_news=Category.VIOLENCE,
    ),
    Rule(
        Category.MINORS,
        0.6,
        (MINORS, ("flesh",), _GRIM),
        unless=EXCUSES,
        apart=True,
        in_news=Category.VIOLENCE,
    ),
    Rule(Category.MINORS, 0.7, (MINORS, ("recruit",), _URGED), unless=("against",)),
    Rule(Category.MINORS, 0.6, (MINORS, ("danger",), ("promote",)), unless=EXCUSES),
    Rule(Category.MINORS, 0.7, (MINORS, ("groom",)), unless=("against",)),
    Rule(
        Category.MINORS,
        0.7,
        (MINORS, ("selfharm",)),
        unless=("against", "help"),
        in_news=Category.SELF_HARM,
    ),
    Rule(Category.MINORS, 0.6, (MINOR, ("release",), ("promote", "despair")), unless=EXCUSES),
    Rule(Category.MINORS, 0.6, (MINOR, ("labour",), ("hire", "trade", "conceal")), unless=EXCUSES),
    Rule(Category.MINORS, 0.6, (MINOR, ("neglect",)), unless=EXCUSES, in_news=Category.VIOLENCE),
    Rule(Category.SEXUAL, 0.8, (("sexual",),), unless=_HARMLESS_CONTEXT),
    Rule(Category.SEXUAL, 0.7, (("nude",),), unless=_HARMLESS_CONTEXT),
    Rule(Category.SEXUAL, 0.7, (("abuse",),), unless=("against", "help", *_HARMLESS_CONTEXT)),
    Rule(Category.SEXUAL, 0.9, (("undress",),)),
    Rule(Category.SEXUAL, 0.6, (("poses",),), unless=_HARMLESS_CONTEXT),
    Rule(Category.REAL_PEOPLE, 0.9, (("famous", "role"), (*SEXUALISED, "pose"))),
    Rule(Category.REAL_PEOPLE, 0.8, (_PERSON, (*SEXUALISED, "pose")), unless=_HARMLESS_CONTEXT),
    Rule(
        Category.REAL_PEOPLE, 0.7, (("famous",), ("forged",), ("newsphoto",)), unless=("remember",)
    ),
    Rule(
        Category.REAL_PEOPLE,
        0.7,
        (("famous",), ("discredit",), ("newsphoto", "passoff", "forged")),
        unless=("remember", "art"),
    ),
    Rule(Category.REAL_PEOPLE, 0.7, (("famous",), ("bare",)), unless=("art",)),
    Rule(Category.REAL_PEOPLE, 0.8, (_PERSON, ("remove",), ("garment",)), unless=("art",)),
    Rule(Category.REAL_PEOPLE, 0.8, (("famous", "role"), ("scandal",)), unless=("remember",)),
    Rule(Category.REAL_PEOPLE, 0.8, (("full_name",), ("scandal",)), unless=("remember", "art")),
    Rule(Category.REAL_PEOPLE, 0.8, (("famous",), ("deed",)), unless=("remember",)),
    Rule(Category.REAL_PEOPLE, 0.8, (_PERSON, ("passoff",)), unless=("remember",)),
    Rule(
        Category.REAL_PEOPLE,
        0.7,
        (("famous", "full_name"), ("endorse",), ("mine",), ("wares",)),
        unless=("remember", "against"),
    ),
    Rule(
        Category.VIOLENCE,
        0.8,
        (("gore",),),
        unless=("medical", "help", "against", "remember", "stage"),
    ),
    # What a play tells is drawn, and not what dwells on it.
    Rule(Category.VIOLENCE, 0.7, (("gore",), ("stage",), ("graphic",)), unless=("medical",)),
    Rule(
        Category.VIOLENCE, 0.6, (("flesh",), ("graphic",)), unless=("medical", "remember", "help")
    ),
    # Scenes of violence in other words: what is done to a body, and how it looks.
    Rule(Category.VIOLENCE, 0.6, (("wounding",), _GRIM), unless=_SCENE_EXCUSES, apart=True),
    Rule(Category.SELF_HARM, 0.8, (("selfharm",),), unless=("help",)),
    Rule(
        Category.SELF_HARM, 0.6, (("selfmeans",), ("distress",)), unless=_SCENE_EXCUSES, apart=True
    ),
    Rule(
        Category.SELF_HARM,
        0.6,
        (("limb",), ("cut",), ("despair", "promote", "art", "glorify")),
        unless=EXCUSES,
    ),
    Rule(Category.SELF_HARM, 0.6, (("release",), ("despair", "praise")), unless=EXCUSES),
    Rule(Category.SELF_HARM, 0.6, (("starve", "eatdis", "cut"), ("praise",)), unless=EXCUSES),
    Rule(Category.SELF_HARM, 0.6, (("eatdis",), ("promote", "conceal", "howto")), unless=EXCUSES),
    Rule(Category.HATE, 0.8, (("hate",),), unless=("remember",)),
    Rule(Category.HATE, 0.8, (("group",), ("dehumanise",)), unless=("remember",)),
    Rule(Category.HATE, 0.8, (("hatesign",), ("promote", "glorify")), unless=("remember",)),
    Rule(Category.DANGEROUS, 0.8, (("weapon",), ("howto",))),
    Rule(Category.DANGEROUS, 0.7, (("danger",), ("howto",)), unless=EXCUSES),
    Rule(
        Category.DANGEROUS, 0.6, (("crime",), ("howto", "evade", "asking")), unless=_PLAYED_EXCUSES
    ),
    Rule(
        Category.DANGEROUS,
        0.6,
        (("killing",), ("asking", "howto", "evade")),
        unless=_PLAYED_EXCUSES,
    ),
    Rule(Category.FRAUD, 0.8, (("document",), ("forged",)), unless=("literacy", "play")),
    Rule(Category.FRAUD, 0.7, (("document",), ("passes",)), unless=("against", "help", "play")),
    Rule(Category.FRAUD, 0.8, (("phish",),), unless=("against", "help", "literacy")),
    Rule(Category.DECEPTION, 0.8, (("election",), ("misinform", "forged")), unless=("literacy",)),
    Rule(
        Category.DECEPTION,
        0.7,
        (
            ("newsphoto", "newsbrand"),
            ("event", "shock"),
            ("forged", "misinform", "passoff"),
        ),
        unless=("against",),
    ),
    Rule(
        Category.DECEPTION,
        0.6,
        (("newsbrand",), ("shock",), ("role", "famous")),
        unless=("remember", "against"),
    ),
    Rule(Category.RIGHTS, 0.8, (("rights",),)),
)
