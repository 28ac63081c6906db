"""Whether a request is looked up follows from what it names and from what its generator knew."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from agent.ports import Entity
from agent.research.search_gate import Decision, SearchGate
from domain.knowledge import KnownKind
from domain.requests import Job, ResearchDepth
from evaluation.peers.values import a_job, a_request


def job_for(prompt: str, **parts: object) -> Job:
    return a_job(request=a_request(prompt=prompt, attachments=(), generator="qwen-image", **parts))


@dataclass
class Knowledge:
    """What generators know, as a test says."""

    known: dict[tuple[str, str, str], KnownKind] = field(
        default_factory=dict[tuple[str, str, str], KnownKind]
    )

    async def get(self, workspace_id: str, *, generator: str, kind: str) -> KnownKind | None:
        """What the test said."""
        return self.known.get((workspace_id, generator, kind))

    async def add(
        self, workspace_id: str, *, generator: str, kind: str, comparisons: int, known: int
    ) -> None:
        """Take note."""
        self.known[workspace_id, generator, kind] = KnownKind(comparisons, known)


@dataclass
class Names:
    """A directory that knows these names."""

    known: frozenset[str]
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def find_name(self, text: str, *, language: str) -> Entity | None:
        """Look the text up."""
        self.asked.append((text, language))
        return Entity("Q1", text.title(), "bridge") if text in self.known else None


async def decided(prompt: str, gate: SearchGate | None = None, **parts: object) -> Decision:
    return await (gate or SearchGate()).decide(job_for(prompt, **parts))


@pytest.mark.parametrize(
    ("comparisons", "known", "searched"), [(19, 19, True), (20, 10, False), (40, 19, True)]
)
async def test_what_a_generator_knew_is_not_searched_from_twenty_comparisons_on(
    comparisons: int, known: int, searched: bool
) -> None:
    knowledge = Knowledge({("w1", "qwen-image", "person"): KnownKind(comparisons, known)})
    decision = await decided("Eileen Collins with a cat", SearchGate(knowledge=knowledge))
    assert decision.search is searched
    told = " ".join(decision.reasons)
    if comparisons >= 20:
        assert f"of {comparisons} comparisons qwen-image" in told
    else:
        assert "it is the name of a person" in told


async def test_what_is_new_is_searched_whatever_a_generator_knew() -> None:
    knowledge = Knowledge({("w1", "qwen-image", "person"): KnownKind(50, 50)})
    gate = SearchGate(knowledge=knowledge)
    assert not (await decided("Eileen Collins", gate)).search
    assert (await decided("the latest picture of Eileen Collins", gate)).search


async def test_everyday_things_are_looked_up_nowhere_whatever_the_generator() -> None:
    decision = await decided("a red cube")
    assert decision == Decision(
        False,
        reasons=("Not looked up, since generators know everyday things: “red cube”.",),
    )
    assert (await decided("a red cube", research=ResearchDepth.DEEP)).search


async def test_only_the_named_subjects_of_a_request_are_looked_up() -> None:
    decision = await decided("Eileen Collins drinking coffee with a cat")
    assert [subject.text for subject in decision.subjects] == ["Eileen Collins"]
    assert decision.reasons[1:] == (
        "Not looked up, since generators know everyday things: “coffee”, “cat”.",
    )


async def test_a_directory_tells_a_name_of_common_words_from_everyday_words() -> None:
    names = Names(frozenset({"clock house"}))
    gate = SearchGate(entities=names)
    decision = await decided("clock house at night", gate)
    assert not decision.search
    known = await gate.with_known_names(decision)
    assert known.search
    assert [subject.text for subject in known.subjects] == ["clock house"]
    assert names.asked == [("clock house", "en")]
    unknown = await SearchGate(entities=Names(frozenset())).with_known_names(decision)
    assert not unknown.search
    assert (await decided("a red cube on a wooden table", gate)).candidates == ()


@pytest.mark.parametrize(
    ("prompt", "language", "named"),
    [
        ("die hard poster in the war memorial hall", "en", ["die hard", "war memorial hall"]),
        ("Zeichne den Kölner Dom", "de", ["Kölner Dom"]),
        ("the 1984 los angeles olympics", "en", ["1984 los angeles olympics"]),
        ("Used books on a windowsill", "en", []),
        ("le viaduc de Millau au-dessus du brouillard", "fr", ["viaduc de Millau"]),
        ("Мост Русский во Владивостоке", "ru", ["Мост Русский"]),
        ("画一幅鲁迅在咖啡馆写作的肖像", "zh", ["鲁迅"]),
        ("雪に覆われた金閣寺", "ja", ["金閣寺"]),
        ("Barış Manço'nun yağlı boya portresi", "tr", ["Barış Manço"]),
        ("ارسم أم كلثوم على المسرح", "ar", ["أم كلثوم"]),
        ("a sign that says “Deep Learning”", "en", []),
        ("a poster for “The Third Man”", "en", ["The Third Man"]),
    ],
)
async def test_requests_are_read_in_their_language(
    prompt: str, language: str, named: list[str]
) -> None:
    decision = await decided(prompt)
    assert [subject.text for subject in decision.subjects] == named
    assert decision.language == language
