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
         "The round eyes of the doll never blink and turn in all directions.", "negation"),
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
    ],
)
def test_what_is_said_of_the_thing_itself_is_no_problem(claim: str, text: str) -> None:
    assert not kinds(claim, text) & {
        "bound", "moved", "exchanged", "agent", "quantity", "swap", "negation",
    }  # fmt: skip
