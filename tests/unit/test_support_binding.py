"""What a passage says of one thing is no evidence for another thing of the same passage."""

from __future__ import annotations

import pytest

from agent.research.support.assessment import assess
from agent.research.support.pages import ReadPages
from evaluation.peers.values import a_source


def kinds(claim: str, text: str) -> set[str]:
    pages = ReadPages([a_source(1, title="", text=text)])
    return {
        problem.kind
        for candidate in pages.find_candidates(claim, least=0.1)
        for problem in assess(claim, candidate).problems
    }


GUARDS = "The guards wear red stockings, a white collar and a black hat with blue ribbons."
MILL = (
    "The grey mill at the river was rebuilt after the flood, and the old brewery became a library."
)
LESSON = "The girl plays a small organ, while the servant pumps the bellows."
DESIGN = "The mascot was drawn by Robert Hale and the suit was sewn by Marten Weavers."
MOONS = (
    "The planet has four moons. Europa has a bright shell of ice. Callisto has an old and heavily "
    "cratered surface."
)
RESCUE = "Her owner, postman Geoff Hale, rang his neighbour, plumber Anita Rowe, who came at once."
PRIZE = "The mayor, Alison Breck, presented the prize for the best lantern to Nora Hadley."
DIG = "The crew first pumped out the water, then lowered the diver."
TRAM = "The tram has three articulated cars and a low floor."


@pytest.mark.parametrize(
    ("claim", "text", "kind"),
    [
        ("The guards wear blue stockings.", GUARDS, "bound"),
        ("The old brewery was rebuilt after the flood.", MILL, "moved"),
        ("The servant plays the organ, while the girl pumps the bellows.", LESSON, "exchanged"),
        ("The mascot was drawn by Marten Weavers.", DESIGN, "agent"),
        ("Marten Weavers drew the mascot.", DESIGN, "agent"),
        ("Die Glocke wurde von Anna Braun gegossen.",
         "Die Glocke wurde von Karl Roth gegossen und von Anna Braun gestiftet.", "agent"),
        ("The tram has five cars.", TRAM, "quantity"),
        ("The eyes of the doll blink now and then.",
         "The round eyes of the doll never blink and turn in all directions.", "denied"),
        ("Europa has an old and heavily cratered surface.", MOONS, "subject"),
        ("Anita Rowe rang her neighbour Geoff Hale.", RESCUE, "exchanged roles"),
        ("Nora Hadley presented the prize for the best lantern to Alison Breck.", PRIZE,
         "exchanged roles"),
        ("Karl Roth überreicht Anna Braun den Schlüssel.",
         "Anna Braun überreicht den Schlüssel an Karl Roth.", "exchanged roles"),
        ("The crew lowered the diver before pumping out the water.", DIG, "sequence"),
        ("The crowd sang after the fireworks.", "Before the fireworks, the crowd sang.",
         "sequence"),
        ("The door of the tower is painted blue.",
         "The tower is painted blue, with red windows and a black door.", "told value"),
        ("The old mill closed because it was too small.",
         "The old mill closed in July because lorries could not cross the weak bridge.", "reason"),
        ("The mill is the largest one in Holland.", "The mill stands in Holland.", "greatest"),
        ("The hall cost slightly more than planned.",
         "The hall cost three million euros, slightly less than planned.", "compared"),
        ("A cup holds 45 centilitres.", "A cup holds 45 millilitres.", "quantity"),
        ("Le phare est à sept milles de la côte.", "Le phare est à sept kilomètres de la côte.",
         "quantity"),
    ],
)  # fmt: skip
def test_what_is_said_of_another_thing_is_noticed(claim: str, text: str, kind: str) -> None:
    assert kind in kinds(claim, text)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The guards wear red stockings.", GUARDS),
        ("The guards wear a black hat with blue ribbons.", GUARDS),
        ("The mill was rebuilt after the flood.", MILL),
        ("The old brewery became a library.", MILL),
        ("The servant pumps the bellows, while the girl plays the organ.", LESSON),
        ("Robert Hale drew the mascot.", DESIGN),
        ("The suit was sewn by Marten Weavers.", DESIGN),
        ("The tram has three cars.", TRAM),
        ("Callisto has an old and heavily cratered surface.", MOONS),
        ("Geoff Hale rang his neighbour Anita Rowe.", RESCUE),
        (
            "The door of the tower is painted black.",
            "The tower is painted blue, with red windows and a black door.",
        ),
        (
            "The old mill closed because the bridge was weak.",
            "The old mill closed in July because of the weak bridge.",
        ),
        (
            "The mill is the largest one in Holland.",
            "The mill is larger than any other one in Holland.",
        ),
        ("Alison Breck presented the prize to Nora Hadley.", PRIZE),
        ("The crew pumped out the water before lowering the diver.", DIG),
        ("The crowd sang before the fireworks.", "Before the fireworks, the crowd sang."),
        (
            "The town was named after Ann Hill.",
            "The town is named after Ann Hill, who lived there.",
        ),
    ],
)
def test_what_is_said_of_the_thing_itself_is_no_problem(claim: str, text: str) -> None:
    assert not kinds(claim, text) & {
        "bound", "moved", "exchanged", "agent", "quantity", "swap", "negation", "denied", "subject",
        "exchanged roles", "sequence", "compared", "told value", "reason", "greatest",
    }  # fmt: skip
