"""Things that a request speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """Kinds of subjects, by which is kept what a generator knows."""

    PERSON = "person"
    WORK = "work"
    PRODUCT = "product"
    EVENT = "event"
    """Something with a date."""
    NAME = "name"
    """Something else that has a name."""
    THING = "thing"
    """An everyday thing."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing to look up; ``named`` when it is more than an everyday thing."""

    text: str
    named: bool
    start: int
    """Where it stands in the prompt, in characters."""
    kind: SubjectKind = SubjectKind.NAME


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request says: its language (ISO 639-1), its subjects in the order of the prompt, and
    whether it speaks of a date or of what is new."""

    language: str
    subjects: tuple[Subject, ...]
    dated: bool = False
    recent: bool = False
    candidates: tuple[Subject, ...] = ()
    """Subjects of common words alone that may be names all the same, as in "tower bridge"."""

    @property
    def named(self) -> tuple[Subject, ...]:
        """The subjects that are worth looking up: the named ones, or all of a request that is
        dated or speaks of what is new."""
        named = tuple(subject for subject in self.subjects if subject.named)
        return named or (self.subjects if self.dated or self.recent else ())


def kind_of(*, named: bool, person: bool, model: bool, dated: bool) -> SubjectKind:
    """The kind of a subject by what is known of it."""
    if named and (person or model):
        return SubjectKind.PERSON if person else SubjectKind.PRODUCT
    if dated:
        return SubjectKind.EVENT
    return SubjectKind.NAME if named else SubjectKind.THING
