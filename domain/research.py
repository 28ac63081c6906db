"""The result of research: hops, sources, evidence, references and the grounded prompt.

The shapes follow Gen-Searcher (arXiv 2603.28767): a trajectory of turns, each one thought and one
tool call, that ends in a grounded prompt and a short, ordered list of reference images. The
rule-based planner and the model-driven agent both produce them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

JsonObject = Mapping[str, Any]
"""An object of plain JSON values; what a step returns and what a tool is called with."""

MAX_TOOL_CALLS = 8
"""Tool calls in one trajectory (Gen-Searcher's budget); ``quick`` research makes do with 3."""


class ToolName(StrEnum):
    """The agents' tools, by the names of their protocol."""

    SEARCH = "search"
    IMAGE_SEARCH = "image_search"
    BROWSE = "browse"
    QUERY_KNOWLEDGE = "query_knowledge"


class SourceKind(StrEnum):
    """The kind of a source."""

    PAGE = "page"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool, with arguments that its schema has accepted."""

    name: ToolName
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class Source:
    """A page or a picture that was really fetched.

    ``id`` is unique within its job and names the source there. ``sha256`` is the hash of what was
    read: of the UTF-8 text of a page, of the re-encoded picture (whose blob it names). ``license``
    and ``author`` are None where they are unknown; nothing is guessed. ``url`` is where the bytes
    came from, ``page_url`` the page a person would open.
    """

    id: str
    kind: SourceKind
    provider: str
    title: str
    url: str
    page_url: str
    fetched_at: datetime
    sha256: str
    license: str | None = None
    author: str | None = None
    text: str | None = None
    """The text that was read (pages), or the caption (pictures)."""
    img_id: str | None = None
    """``IMG_001``…, counted up within the job across all searches; pictures only."""
    width: int | None = None
    height: int | None = None
    phash: str | None = None
    """Perceptual hash (64-bit dHash, 16 hex digits); pictures only."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The result of a tool call: the ids of its sources, a summary for people, and what went
    wrong."""

    source_ids: tuple[str, ...]
    summary: str
    problems: tuple[str, ...] = ()
    dropped: int = 0
    """Results left out: duplicates, unreadable, or against the request's rights."""
    waited_s: float = 0.0
    """The longest time that one of its requests waited for a free connection."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One turn of the agent: thought, tool call and observation; ``number`` counts from 1."""

    number: int
    thought: str
    call: ToolCall | None
    observation: Observation | None
    started_at: datetime
    finished_at: datetime


class EvidenceVerdict(StrEnum):
    """The verdict of a passage on a claim."""

    SUPPORTED = "supported"
    """The passage entails the claim: it says it word for word, or a model judged so."""
    MENTIONED = "mentioned"
    """The passage is about the claim, and nothing in it disagrees; weaker than *supported*. A
    picture that was chosen by its caption is also no more than that."""
    CONTRADICTED = "contradicted"
    """The passage says something else."""
    UNSUPPORTED = "unsupported"
    """No passage that was read says it."""

    @property
    def holds(self) -> bool:
        """Whether the claim may be cited with its passage."""
        return self in (EvidenceVerdict.SUPPORTED, EvidenceVerdict.MENTIONED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered citation: a source, the passage in it, the claim in the prompt, and what the
    passage says of the claim.

    ``passage`` stands word for word in the source's text (``passage_start`` is its offset in
    characters); None for a picture that is its own evidence. ``source_id`` is None only for an
    *unsupported* claim, which is shown rather than hidden.
    """

    n: int
    claim: str
    source_id: str | None
    passage: str | None = None
    passage_start: int | None = None
    verdict: EvidenceVerdict = EvidenceVerdict.SUPPORTED


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture the render is grounded on, in the order the prompt mentions them.

    ``img_id`` is the source's id in Gen-Searcher's form (``IMG_001``); ``source_id`` is None for a
    picture that the requester attached. ``sha256`` names the blob.
    """

    img_id: str
    sha256: str
    note: str
    title: str
    source_id: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class GroundedPrompt:
    """The prompt a generator gets, with its references in order and its numbered evidence.

    ``text`` says "the first reference image", "the second reference image" and so on, never of an
    id or an address.
    """

    text: str
    references: tuple[Reference, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Research:
    """Everything one research run gave; ``notes`` are sentences the requester should read beside
    it."""

    hops: tuple[Hop, ...]
    sources: tuple[Source, ...]
    grounded: GroundedPrompt
    notes: tuple[str, ...] = ()
    searched: bool = True
    """False when the request needed no search or forbade it."""
    decision: tuple[str, ...] = ()
    """Why something was or was not looked up, in sentences."""
    agent: Mapping[str, str] = field(default_factory=dict[str, str])
    """The model-driven agent that did it: its profile, where its texts come from, its model; empty
    where none did."""
    unfound: tuple[str, ...] = ()
    """The named subjects about which nothing was found."""
    messages: tuple[str, ...] = ()
    """The addresses of messages of the workspace that say how a subject looks; their texts are kept
    nowhere."""

    def source(self, source_id: str) -> Source:
        """The source with that id.

        Raises:
            KeyError: This research has no such source.
        """
        for source in self.sources:
            if source.id == source_id:
                return source
        raise KeyError(source_id)


@dataclass(frozen=True, slots=True)
class Spending:
    """The usage of a piece of work: ``kind`` ``model`` in ``tokens`` or ``search`` in ``calls``;
    ``name`` is the model or the provider."""

    kind: str
    name: str
    unit: str
    amount: float
    cost_usd: float = 0.0


@dataclass(slots=True)
class Account:
    """One piece of work's usage of a model, added up while it goes on; ``used_up`` once its budget
    ended before the work did."""

    spent: Spending | None = None
    used_up: bool = False

    def add(self, spending: Spending) -> None:
        """Put what was spent on the same model to what was spent before."""
        before = self.spent
        self.spent = (
            spending
            if before is None
            else replace(
                spending,
                amount=before.amount + spending.amount,
                cost_usd=before.cost_usd + spending.cost_usd,
            )
        )


@dataclass(frozen=True, slots=True)
class EvidenceChange:
    """The difference in evidence of a second research from the first, by address and passage."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    changed: tuple[str, ...] = field(default=())
    """Addresses whose text has another hash now."""
