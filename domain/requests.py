"""Requests: what a person wants, where the answer goes, and the job made of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from domain.errors import InvalidRequest
from domain.policy import Category, Refusal
from domain.prompt_text import clean_prompt
from domain.translation.messages import gettext

MAX_COUNT = 4
MAX_REFERENCES = 5
"""References a request may bring along, and a grounded prompt may hold (Gen-Searcher: 5)."""
MAX_SEED = 2**32 - 1
LOCAL_WORKSPACE = "local"
"""The workspace of the command line."""
MODERATORS = "moderators"
"""Stands for a channel where there is no review channel: each of those who may approve, alone."""


class ResearchDepth(StrEnum):
    """How much to look up: decide by the prompt, not at all, ≤ 3 tool calls, or the full 8."""

    AUTO = "auto"
    OFF = "off"
    QUICK = "quick"
    DEEP = "deep"


class UnsupportedClaims(StrEnum):
    """The action on sentences of a prompt that no page supports or that one contradicts."""

    MARK = "mark"
    """They stay, and are shown with their verdict."""
    DROP = "drop"
    """The generator does not get them, unless the requester asked for what they say."""


class Rights(StrEnum):
    """The pictures that may become references: any, those whose license allows the workspace's use,
    or the library's own."""

    ANY = "any"
    LICENSED = "licensed"
    LIBRARY = "library"


class JobKind(StrEnum):
    """The kind of a job: a first illustration, the frozen recipe again, the research again, or an
    earlier picture changed as the prompt says."""

    ILLUSTRATE = "illustrate"
    RERENDER = "rerender"
    RERESEARCH = "reresearch"
    EDIT = "edit"


class JobStatus(StrEnum):
    """The status of a job, in the order it passes through; the last three are final.

    ``CHOOSING`` waits for a choice of references, ``REVIEWING`` for approval.
    """

    QUEUED = "queued"
    RESEARCHING = "researching"
    CHOOSING = "choosing"
    RENDERING = "rendering"
    REVIEWING = "reviewing"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)


class Audience(StrEnum):
    """The readers of an answer: one person alone, all members of a channel, or all members of an
    age-restricted channel."""

    ALONE = "alone"
    PUBLIC = "public"
    ADULTS = "adults"


@dataclass(frozen=True, slots=True)
class AspectRatio:
    """Width to height, reduced; both sides 1–64 and the longer at most four times the shorter."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"16:9"`` (also ``16x9``, ``16/9``).

        Raises:
            InvalidRequest: It is not two whole numbers, or more extreme than 4:1.
        """
        match = re.fullmatch(r"\s*(\d{1,5})\s*[:x/×]\s*(\d{1,5})\s*", text)
        problem = InvalidRequest(
            gettext(
                "{text!r} isn't a usable aspect ratio. Try 16:9, 1:1 or 3:4; the limit is 4:1.",
                text=text[:40],
            ),
            field="aspect",
        )
        if match is None:
            raise problem
        width, height = int(match[1]), int(match[2])
        if not width or not height:
            raise problem
        divisor = math.gcd(width, height)
        width, height = width // divisor, height // divisor
        if max(width, height) > 64 or max(width, height) > 4 * min(width, height):
            raise problem
        return cls(width, height)

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"

    def size(self, *, pixels: int = 1024 * 1024, multiple: int = 16) -> tuple[int, int]:
        """The picture size ``(width, height)`` in pixels: about ``pixels`` in all, both sides
        multiples of ``multiple``."""
        unit = math.sqrt(pixels / (self.width * self.height))

        def side(n: int) -> int:
            return max(multiple, round(n * unit / multiple) * multiple)

        return side(self.width), side(self.height)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture the requester brought along: its name as given, and its checked, re-encoded
    blob."""

    name: str
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Destination:
    """The destination of the answer: a surface, and the place on it in that surface's own ids.

    For the terminal, ``surface`` is ``"terminal"``, ``channel`` the machine's name and ``thread``
    the path to write to, if one was given.
    """

    surface: str
    channel: str
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class JobRef:
    """A job named across workspaces."""

    workspace_id: str
    job_id: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The requester of a request, and its circumstances."""

    workspace_id: str
    member_id: str
    audience: Audience = Audience.PUBLIC
    """The intended readers of the answer, as the content policy counts them."""
    language: str | None = None
    """The requester's language, from their surface (``de-AT``), for what only they are shown."""
    story_id: str | None = None
    """The story of the news desk that the request illustrates."""
    shadow_of: JobRef | None = None
    """The job of a linked channel that this one only shows: nothing is drawn for it."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Where the result goes, with which approval, and when."""

    destination: Destination
    private: bool = False
    """Whether only the requester sees it."""
    live: bool = True
    """Whether a message shows how the job goes on."""
    post_at: datetime | None = None
    """When the result appears, if it is there and approved by then; at once where None."""
    lane: int = 0
    """The member's lane that it waits in; each lane runs one job at a time."""
    checkpoint: bool = False
    """Whether the references are chosen before anything is rendered."""
    approvals: int = 0
    """People (0 to 2) who must approve the result before it is posted."""
    review: Destination | None = None
    """The place where they see it."""
    allowed: tuple[Category, ...] = ()
    """Categories of the content policy that a moderator let through for this request."""


@dataclass(frozen=True, slots=True)
class Illustrate:
    """Research and draw something new."""

    kind: ClassVar[JobKind] = JobKind.ILLUSTRATE


@dataclass(frozen=True, slots=True)
class Rerender:
    """Render the frozen recipe of the illustration ``parent_id`` again.

    Here and below, ``parent_id`` is None in the copy that a linked channel shows, whose workspace
    does not have the parent.
    """

    kind: ClassVar[JobKind] = JobKind.RERENDER
    parent_id: str | None
    vary: bool = False
    """With other seeds, derived from the parent's."""
    upscale: int | None = None
    """Enlarge the picture so many times, and leave it otherwise as it is."""

    @property
    def meant_to_differ(self) -> bool:
        """Whether other bytes than the parent's are what was asked for."""
        return self.vary or self.upscale is not None


@dataclass(frozen=True, slots=True)
class Reresearch:
    """Do the research of the job ``parent_id`` again, and draw what it finds now."""

    kind: ClassVar[JobKind] = JobKind.RERESEARCH
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    """Change the picture of the illustration ``parent_id`` as the prompt says; the picture is the
    first attachment of the request."""

    kind: ClassVar[JobKind] = JobKind.EDIT
    parent_id: str | None


Action = Illustrate | Rerender | Reresearch | Edit


@dataclass(frozen=True, slots=True)
class Request:
    """A person's request, checked and clean.

    Build it with :meth:`checked`; the plain constructor is for values that come from our own store.
    """

    prompt: str
    origin: Origin
    routing: Routing
    action: Action = field(default_factory=Illustrate)
    research: ResearchDepth = ResearchDepth.AUTO
    rights: Rights = Rights.ANY
    commercial: bool = True
    """Whether the workspace uses pictures commercially, as ``licensed`` ones must then allow."""
    derivatives: bool = True
    """Whether it changes pictures and makes others from them, likewise."""
    unsupported: UnsupportedClaims = UnsupportedClaims.MARK
    """The workspace's setting for what the research model wrote without support."""
    generator: str | None = None
    aspect: AspectRatio = field(default_factory=lambda: AspectRatio(1, 1))
    seed: int | None = None
    count: int = 1
    style: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def parent_id(self) -> str | None:
        """The illustration (re-render, edit) or job (re-research) that is made again, if any."""
        return None if isinstance(self.action, Illustrate) else self.action.parent_id

    @classmethod
    def checked(cls, prompt: str, **parts: object) -> Self:
        """A request with its prompt cleaned and every part checked; ``parts`` are the fields of the
        request, of its origin and of its routing.

        Raises:
            InvalidRequest: One part cannot be used; the message says which and what to do.
        """
        own, origin, routing = by_part(parts)
        request = cls(clean_prompt(prompt), Origin(**origin), Routing(**routing), **own)
        if not 1 <= request.count <= MAX_COUNT:
            raise InvalidRequest(
                gettext(
                    "The count must be from 1 to {max_count}, not {count}.",
                    max_count=MAX_COUNT,
                    count=request.count,
                ),
                field="count",
            )
        if request.seed is not None and not 0 <= request.seed <= MAX_SEED:
            raise InvalidRequest(
                gettext(
                    "The seed must be a whole number from 0 to {max_seed}, not {seed}.",
                    max_seed=MAX_SEED,
                    seed=request.seed,
                ),
                field="seed",
            )
        return request.with_attachments(request.attachments)

    def with_parts(self, **parts: object) -> Self:
        """The same request with other values in any of its parts (``lane=2``, ``style="ink"``)."""
        own, origin, routing = by_part(parts)
        there, way = replace(self.origin, **origin), replace(self.routing, **routing)
        return replace(self, origin=there, routing=way, **own)

    def with_attachments(self, attachments: tuple[Attachment, ...]) -> Self:
        """The same request with other attachments. Raises ``InvalidRequest`` for too many."""
        if len(attachments) > MAX_REFERENCES:
            raise InvalidRequest(
                gettext(
                    "That's {count} reference images; attach at most {max_references}.",
                    count=len(attachments),
                    max_references=MAX_REFERENCES,
                ),
                field="reference",
            )
        return replace(self, attachments=attachments)


_NAMES = {part: frozenset(field.name for field in fields(part)) for part in (Origin, Routing)}


def by_part(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Fields of a request that are named side by side: its own, its origin's, its routing's."""
    origin = {name: value for name, value in values.items() if name in _NAMES[Origin]}
    routing = {name: value for name, value in values.items() if name in _NAMES[Routing]}
    own = {name: value for name, value in values.items() if name not in origin | routing}
    return own, origin, routing


def is_quiet(request: Request) -> bool:
    """Whether no one in the channel waits for the request, so that its failure is reported
    elsewhere: it comes from the news desk, or from a linked channel."""
    from_news = request.origin.story_id is not None and not request.routing.live
    return from_news or request.origin.shadow_of is not None


@dataclass(frozen=True, slots=True)
class Job:
    """A request being worked on; times are UTC, ``error`` is one sentence for the requester."""

    id: str
    request: Request
    status: JobStatus
    created_at: datetime
    research_started_at: datetime | None = None
    research_finished_at: datetime | None = None
    render_started_at: datetime | None = None
    render_finished_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()
    """Sentences that belong beside the result ("searched only the library: no network")."""
    refusal: Refusal | None = None
    """Of a failed job: what the content policy refused. Jobs of older versions have none."""

    @property
    def kind(self) -> JobKind:
        """The kind of the job."""
        return self.request.action.kind

    @property
    def workspace_id(self) -> str:
        """The tenant the job belongs to."""
        return self.request.origin.workspace_id


@dataclass(frozen=True, slots=True)
class JobKey:
    """A job named across workspaces, for the engine's house-keeping."""

    workspace_id: str
    job_id: str
    kind: str
    status: JobStatus
    created_at: datetime
