"""Renders: the recipe, the illustration, and the delivery that carries it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.requests import Destination
from domain.research import EvidenceVerdict


@dataclass(frozen=True, slots=True)
class RecipeReference:
    """A reference as a recipe keeps it: the blob and what the picture says about it."""

    img_id: str
    sha256: str
    title: str
    note: str
    credit: str
    """One line with author and license as far as they are known."""
    citation: int | None = None


@dataclass(frozen=True, slots=True)
class RecipeCitation:
    """A citation as a recipe keeps it, for generators that print their sources."""

    n: int
    title: str
    url: str
    passage: str | None = None
    verdict: EvidenceVerdict | None = None
    """The verdict of the passage on the claim; None in recipes from before it was kept."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a render needs to be made again; the same recipe on the same machine gives the same
    bytes.

    ``revision`` pins the generator's model or code, ``versions`` the libraries that touch pixels,
    ``parameters`` all other arguments of the backend. ``width`` and ``height`` are pixels.
    """

    generator: str
    revision: str
    prompt: str
    request: str
    """The requester's own words, as a board or a caption may print them."""
    width: int
    height: int
    seed: int
    references: tuple[RecipeReference, ...] = ()
    citations: tuple[RecipeCitation, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    device: str = "cpu"
    research: Mapping[str, str] = field(default_factory=dict[str, str])
    """The agent that wrote the prompt: its profile, where its texts come from, its model. Empty
    where none did."""

    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON of every field: equal recipes, equal fingerprints."""
        plain = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()


class IllustrationStatus(StrEnum):
    """An illustration is planned when its recipe is kept and rendered when its blob is.

    ``REPLACED`` is one that did not pass the check and was rendered again; ``DELETED`` one whose
    bytes were removed on request; ``REFUSED`` one that the policy forbids to show.
    """

    PLANNED = "planned"
    RENDERED = "rendered"
    REPLACED = "replaced"
    DELETED = "deleted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ClaimMark:
    """The check of one cited claim; ``shown`` is None where it could not be decided."""

    n: int
    """The evidence's number; 0 for a text that the picture must show."""
    claim: str
    shown: bool | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """The check of a picture: KnowGen's four marks, each 0, 0.5 or 1, and each claim (Gen-Searcher,
    arXiv 2603.28767). ``text_accuracy`` is None where no text was requested, the others where no
    vision model looked at the picture and only its text was read.
    """

    faithfulness: float | None
    visual_correctness: float | None
    text_accuracy: float | None
    aesthetics: float | None
    claims: tuple[ClaimMark, ...] = ()
    advice: str = ""
    """What to change in a corrected prompt."""
    model: str = ""

    @property
    def seen(self) -> bool:
        """Whether a vision model looked at the picture, and not only its text was read."""
        return self.visual_correctness is not None

    @property
    def score(self) -> float:
        """0.1 F + 0.4 V + 0.4 T + 0.1 A, from 0 to 1, in proportion where marks are missing; T
        counts 0.5 where no text was asked for."""
        text = 0.5 if self.text_accuracy is None else self.text_accuracy
        weighted = (
            (0.1, self.faithfulness),
            (0.4, self.visual_correctness),
            (0.4, text),
            (0.1, self.aesthetics),
        )
        marked = [(weight, mark) for weight, mark in weighted if mark is not None]
        whole = sum(weight for weight, _ in marked)
        return sum(weight * mark for weight, mark in marked) / whole


@dataclass(frozen=True, slots=True)
class Illustration:
    """A picture with its recipe and its lineage; ``sha256`` names the blob once rendered.

    ``identical`` says, for a re-render of an unchanged recipe, whether the bytes came out the same
    as the parent's; None where the question does not arise. ``difference`` says why not.
    """

    id: str
    workspace_id: str
    job_id: str
    position: int
    """0 for the first picture of a job, up to ``count - 1``."""
    recipe: Recipe
    status: IllustrationStatus
    created_at: datetime
    parent_id: str | None = None
    sha256: str | None = None
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    phash: str | None = None
    alt_text: str | None = None
    identical: bool | None = None
    difference: str | None = None
    marks: Marks | None = None
    kept_sha256: str | None = None
    """Of a refused picture that moderators may look at until ``kept_until``: names its bytes."""
    kept_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A rendered picture as the generator gave it.

    ``notes`` are sentences the requester should read beside it; ``cost_usd`` is what a paid service
    charges for it, 0 on one's own machine. ``phash`` is the difference hash where the generator
    knows it; bytes that came from elsewhere are decoded safely to find it.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    notes: tuple[str, ...] = ()
    cost_usd: float = 0.0
    phash: str = ""
    gpu_s: float = 0.0
    """Seconds that it took of a GPU of one's own."""


class DeliveryKind(StrEnum):
    """The kind of content of a delivery."""

    RESULT = "result"
    FAILURE = "failure"
    REVIEW = "review"
    """The result, shown to those who must approve it."""
    APPEAL = "appeal"
    """A refused request, shown to moderators who may allow it or should know of it; of a job that
    waits for approval where it was asked for, word that it does."""
    REPORT = "report"
    """A delivered picture that was reported, shown to moderators who may remove it."""


FOR_MODERATORS = frozenset({DeliveryKind.REVIEW, DeliveryKind.APPEAL, DeliveryKind.REPORT})
"""Deliveries to the review channel and not to the requester."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that must appear in chat, once.

    ``id`` is derived from the job and the kind, so it is the same on every try; ``claimed_at`` is
    set before the first try and ``receipt`` (the surface's own message id) after success.
    """

    id: str
    workspace_id: str
    job_id: str
    kind: DeliveryKind
    destination: Destination
    claimed_at: datetime | None = None
    attempts: int = 0
    receipt: str | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's durable log; ``seq`` counts up from 1 within the job.

    Kinds and their ``data``: ``queued``, ``message_claimed`` {number}, ``research_started``,
    ``thinking`` {number, text}, ``hop_started`` {number, thought, tool, arguments},
    ``hop_finished`` {number, summary, found, dropped, problems, seconds},
    ``grounded`` {prompt, references, evidence, notes}, ``messages_found`` {addresses},
    ``choosing`` {until}, ``chosen`` {by, references},
    ``render_started`` {illustration_id, generator}, ``render_progress`` {fraction, and ``preview``,
    the SHA-256 of a small JPEG, where previews are switched on},
    ``picture_refused`` {illustration_id, category, sentence},
    ``rendered`` {illustration_id, cost_usd}, ``checked`` {illustration_id, score, again},
    ``reviewing`` {approvals}, ``decided`` {by, approved}, ``taken_over`` {task},
    ``delivered`` {receipt, kind}, ``done``, ``failed`` {error, and
    ``refusal`` {subject, category} where the policy refused it}, ``cancelled``.
    """

    job_id: str
    seq: int
    kind: str
    at: datetime
    data: Mapping[str, Any]
