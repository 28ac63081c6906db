"""The grounded prompt says what is known and how each reference is used, and no more."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.research.evidence import Finding
from agent.research.grounding import Grounds, ground
from agent.research.subject_models import Subject, SubjectKind
from domain.ordinals import ORDINALS
from domain.requests import MAX_REFERENCES, Attachment
from domain.research import GroundedPrompt, Source, SourceKind
from domain.sentences import Passage
from evaluation.peers.values import a_request, a_source


def a_picture(number: int) -> Source:
    return a_source(number, kind=SourceKind.PICTURE, img_id=f"IMG_{number:03d}", title=f"P{number}")


def a_ground(name: str, number: int, *, picture: bool = True, fact: bool = True) -> Grounds:
    page = a_source(100 + number, text=f"{name} is blue.")
    finding = Finding(page, Passage(0, f"{name} is blue."), visual=True)
    return Grounds(
        Subject(name, named=True, start=0),
        (finding,) if fact else (),
        a_picture(number) if picture else None,
    )


def attachments(count: int) -> tuple[Attachment, ...]:
    return tuple(Attachment(f"mine {n}.png", "c" * 64, 10, 10) for n in range(count))


def ordinals(grounded: GroundedPrompt) -> list[str]:
    return re.findall(r"Use the (\w+) reference image", grounded.text)


def test_words_then_facts_then_uses() -> None:
    request = a_request(prompt="Ada and Bob", attachments=(), style="oil on canvas")
    grounded = ground(request, [a_ground("Ada", 1), a_ground("Bob", 2)])
    borrowed = "the shape, the proportions and the colors"
    left = "the pose, the light or the background"
    assert grounded.text.splitlines() == [
        "Ada and Bob.",
        "Style: oil on canvas.",
        "Ada: Ada is blue.",
        "Bob: Bob is blue.",
        *(
            f"Use the {n} reference image for the appearance of {name}. Copy {borrowed} from the "
            f"{n} reference image, not {left}."
            for n, name in (("first", "Ada"), ("second", "Bob"))
        ),
    ]
    assert [r.img_id for r in grounded.references] == ["IMG_001", "IMG_002"]


def test_the_requesters_pictures_come_first_and_have_no_source() -> None:
    grounded = ground(a_request(attachments=attachments(2)), [a_ground("Ada", 1)])
    assert [r.source_id for r in grounded.references] == [None, None, "s1"]
    assert "Use the third reference image for the appearance of Ada." in grounded.text


def test_a_subject_without_a_picture_takes_no_ordinal() -> None:
    grounds = [a_ground("Ada", 1, picture=False), a_ground("Bob", 2)]
    grounded = ground(a_request(attachments=()), grounds)
    assert ordinals(grounded) == ["first"]
    assert [r.subject for r in grounded.references] == ["Bob"]


def test_evidence_is_numbered_and_names_its_source() -> None:
    grounded = ground(a_request(attachments=()), [a_ground("Ada", 1), a_ground("Bob", 2)])
    assert [(e.n, e.source_id, e.passage) for e in grounded.evidence] == [
        (1, "s101", "Ada is blue."),
        (2, "s1", None),
        (3, "s102", "Bob is blue."),
        (4, "s2", None),
    ]


def test_an_address_of_the_request_is_not_for_the_generator() -> None:
    request = a_request(prompt="Ada at https://example.org/x?y=z", attachments=())
    assert ground(request, []).text == "Ada at."


def test_the_prompt_is_never_empty() -> None:
    request = a_request(prompt="https://example.org/", attachments=())
    assert ground(request, []).text
    assert ground(request, [a_ground("Ada", 1)]).text.startswith("Ada: Ada is blue.")


@given(
    st.integers(0, MAX_REFERENCES),
    st.lists(st.tuples(st.booleans(), st.booleans()), max_size=MAX_REFERENCES),
)
def test_every_ordinal_has_its_reference(brought: int, found: list[tuple[bool, bool]]) -> None:
    grounds = [
        a_ground(f"Thing {n}", n, picture=picture, fact=fact)
        for n, (picture, fact) in enumerate(found, 1)
    ]
    grounded = ground(a_request(attachments=attachments(brought)), grounds)
    assert len(grounded.references) <= MAX_REFERENCES
    assert ordinals(grounded) == list(ORDINALS[: len(grounded.references)])
    assert "IMG_" not in grounded.text
    assert [e.n for e in grounded.evidence] == list(range(1, len(grounded.evidence) + 1))


@pytest.mark.parametrize(
    ("kind", "fact", "copied", "left"),
    [
        (
            SubjectKind.NAME,
            "The bird has a yellow beak and a blue chest band.",
            "the yellow beak and the blue chest band",
            "the pose, the light or the background",
        ),
        (
            SubjectKind.PERSON,
            "She was born in 1956.",
            "the face and the hair",
            "the pose, what is worn or the background",
        ),
        (
            SubjectKind.PERSON,
            "She wears an orange suit with a dark metal neck ring and a purple patch.",
            "the orange suit and the purple patch",
            "the pose or the background",
        ),
        (
            SubjectKind.PRODUCT,
            "It was sold until 1992.",
            "the shape, the parts and the markings",
            "the viewpoint, the light or the background",
        ),
    ],
)
def test_the_use_of_a_reference_says_what_is_taken_and_what_is_not(
    kind: SubjectKind, fact: str, copied: str, left: str
) -> None:
    finding = Finding(a_source(101, text=fact), Passage(0, fact), visual=True)
    subject = Subject("Ada", named=True, start=0, kind=kind)
    grounded = ground(a_request(attachments=()), [Grounds(subject, (finding,), a_picture(1))])
    assert f"Copy {copied} from the first reference image, not {left}." in grounded.text
    assert grounded.references[0].note == f"the appearance of Ada: {copied}; not {left}"
