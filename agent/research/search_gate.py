"""Whether a request is looked up, and what of it.

Blind search makes pictures worse: a reference overrides what a generator knew (SearchGen, arXiv
2607.05382). So everyday things are never looked up outside, and named things unless comparisons of
pictures with and without research showed that this generator knows that kind of thing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agent.ports import EntityDirectory, GeneratorKnowledge
from agent.research.metering import counted_calls
from agent.research.phrase_model import NameModels
from agent.research.subject_models import Reading, Subject, SubjectKind
from agent.research.subjects import addresses, read_request
from domain.requests import Job, Request, ResearchDepth
from domain.translation.messages import gettext

LEAST_COMPARISONS: Final = 20
"""Comparisons from which what is known of a generator counts."""
KNOWN_SHARE: Final = 0.5
"""The share of comparisons in which a picture was as good without research, from which a generator
counts as knowing that kind of subject."""
MAX_LOOKED_UP: Final = 3
"""Doubtful names of one request that are looked up."""
MAX_REASON_CHARS: Final = 80


@dataclass(frozen=True, slots=True)
class Decision:
    """What is looked up for a request: ``subjects`` everywhere when ``search``, else, when
    ``library``, in the team's own library alone. ``reasons`` are sentences for people."""

    search: bool
    subjects: tuple[Subject, ...] = ()
    library: bool = False
    language: str = "en"
    """The language of the request (ISO 639-1), in which providers are asked."""
    reasons: tuple[str, ...] = ()
    candidates: tuple[Subject, ...] = ()
    """What may be a name and may be everyday words, for a directory of names to tell."""
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often somebody outside was asked for the decision, by their names."""
    from_history: bool = False
    """Whether a run from before the gate is gone on with: it makes the hops that it made then."""


class SearchGate:
    """Decides by rules what of a request is looked up.

    ``knowledge`` says what generators know; None where nobody has compared anything. ``shows_only``
    names the generators that show references and draw nothing, so that the team's library is
    searched for everyday things too. ``name_models`` are the shipped ones where None.
    """

    def __init__(
        self,
        *,
        knowledge: GeneratorKnowledge | None = None,
        entities: EntityDirectory | None = None,
        default_generator: str = "storyboard",
        shows_only: Sequence[str] = ("storyboard",),
        name_models: NameModels | None = None,
    ) -> None:
        self.entities = entities
        self._name_models = name_models
        self._knowledge = knowledge
        self._default = default_generator
        self._shows_only = frozenset(shows_only)

    def generator_of(self, job: Job) -> str:
        """The name of the generator that will draw a job's pictures."""
        return job.request.generator or self._default

    async def decide(self, job: Job) -> Decision:
        """What of a job's request is looked up, without asking anybody outside."""
        request = job.request
        if request.research is ResearchDepth.OFF:
            return Decision(False, reasons=(gettext("Research is off for this request."),))
        # In a thread: word lists are read from disk, and words are tagged.
        reading = await asyncio.to_thread(read_request, request.prompt, models=self._name_models)
        if request.research is not ResearchDepth.AUTO:
            return self._asked_for(request, reading)
        generator = self.generator_of(job)
        chosen, reasons = await self._unknown(job.workspace_id, generator, reading)
        linked = bool(addresses(request.prompt))
        decision = Decision(
            search=bool(chosen) or linked,
            subjects=chosen,
            language=reading.language,
            reasons=(*reasons, *self._not_looked_up(reading)),
            candidates=() if chosen or linked else reading.candidates,
        )
        if not decision.search and generator in self._shows_only and reading.subjects:
            return replace(decision, library=True, subjects=reading.subjects)
        return decision

    async def with_known_names(self, decision: Decision) -> Decision:
        """The decision once a directory of names was asked about what may be a name. It is an
        outside call."""
        if self.entities is None:
            return decision
        asked = decision.candidates[:MAX_LOOKED_UP]
        entities = self.entities
        with counted_calls() as calls:
            found = await asyncio.gather(
                *(entities.find_name(s.text, language=decision.language) for s in asked)
            )
        decision = replace(decision, calls=dict(calls))
        named = tuple(
            replace(subject, named=True)
            for subject, entity in zip(asked, found, strict=True)
            if entity is not None
        )
        if not named:
            return decision
        reasons = [
            gettext(
                "“{name}” was looked up: it may be “{label}”.",
                name=_shortened(subject),
                label=entity.label,
            )
            for subject, entity in zip(asked, found, strict=True)
            if entity is not None
        ]
        return replace(decision, search=True, library=False, subjects=named, reasons=tuple(reasons))

    def _asked_for(self, request: Request, reading: Reading) -> Decision:
        """Everything that a person who asked for research named, or all there is."""
        subjects = reading.named or reading.subjects
        search = bool(subjects) or bool(addresses(request.prompt))
        asked = gettext("research was asked for")
        reasons = tuple(_looked_up(subject, asked) for subject in subjects)
        return Decision(search, subjects, language=reading.language, reasons=reasons)

    async def _unknown(
        self, workspace_id: str, generator: str, reading: Reading
    ) -> tuple[tuple[Subject, ...], list[str]]:
        """The named subjects that the generator may not know, and why each is looked up or not."""
        chosen: list[Subject] = []
        reasons: list[str] = []
        for subject in reading.named:
            known = None
            # What is new is known to no generator, whatever was compared before.
            if self._knowledge is not None and not reading.recent:
                known = await self._knowledge.get(
                    workspace_id, generator=generator, kind=subject.kind.value
                )
            if known is not None and known.comparisons >= LEAST_COMPARISONS:
                if known.known >= KNOWN_SHARE * known.comparisons:
                    reasons.append(
                        gettext(
                            "“{name}” was not looked up: in {known} of {all} comparisons "
                            "{generator} knew such a {kind}.",
                            name=_shortened(subject),
                            known=known.known,
                            all=known.comparisons,
                            generator=generator,
                            kind=_KINDS[subject.kind],
                        )
                    )
                    continue
                why: str = gettext(
                    "in {unknown} of {all} comparisons {generator} did not know such a {kind}",
                    unknown=known.comparisons - known.known,
                    all=known.comparisons,
                    generator=generator,
                    kind=_KINDS[subject.kind],
                )
            else:
                why = _why(subject, reading)
            chosen.append(subject)
            reasons.append(_looked_up(subject, why))
        return tuple(chosen), reasons

    def _not_looked_up(self, reading: Reading) -> tuple[str, ...]:
        everyday = [s for s in reading.subjects if s not in reading.named]
        if not everyday:
            return ()
        listed = ", ".join(f"“{_shortened(subject)}”" for subject in everyday)
        told = gettext(
            "Not looked up, since generators know everyday things: {listed}.", listed=listed
        )
        return (told,)


_WHY: Final = {
    SubjectKind.PERSON: gettext("it is the name of a person"),
    SubjectKind.WORK: gettext("it is the title of a work"),
    SubjectKind.PRODUCT: gettext("it is the name of a product or a model"),
    SubjectKind.EVENT: gettext("it has a date"),
    SubjectKind.NAME: gettext("it is a name"),
}


_KINDS: Final = {
    SubjectKind.PERSON: gettext("person"),
    SubjectKind.WORK: gettext("work"),
    SubjectKind.PRODUCT: gettext("product"),
    SubjectKind.EVENT: gettext("event"),
    SubjectKind.NAME: gettext("name"),
}


def _looked_up(subject: Subject, why: str) -> str:
    return gettext("“{name}” was looked up: {why}.", name=_shortened(subject), why=why)


def _why(subject: Subject, reading: Reading) -> str:
    if subject.named:
        return _WHY.get(subject.kind, gettext("it is a name"))
    return (
        gettext("the request speaks of what is new")
        if reading.recent
        else gettext("the request has a date")
    )


def _shortened(subject: Subject) -> str:
    text = subject.text
    return f"{text[:MAX_REASON_CHARS]}…" if len(text) > MAX_REASON_CHARS else text
