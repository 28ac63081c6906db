"""What a person asks for: the request, where its answer goes, and the job made of it."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from domain.errors import InvalidRequest
from domain.mentions import with_names
from domain.normal_forms import normalized
from domain.policy import Category, Refusal
from domain.translation.messages import gettext

MAX_PROMPT_CHARS = 4000
"""Longest prompt in characters; Discord's own limit for a typed option is 6000, Slack's 4000."""
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
    """What becomes of sentences of a prompt that no page supports or that one contradicts."""

    MARK = "mark"
    """They stay, and are shown with their verdict."""
    DROP = "drop"
    """The generator does not get them, unless the requester asked for what they say."""


class Rights(StrEnum):
    """Which pictures may become references: any, those whose license allows what the workspace
    does with them, the library's own."""

    ANY = "any"
    LICENSED = "licensed"
    LIBRARY = "library"


class JobKind(StrEnum):
    """What a job does: a first illustration, the frozen recipe again, the research again, or an
    earlier picture changed as the prompt says."""

    ILLUSTRATE = "illustrate"
    RERENDER = "rerender"
    RERESEARCH = "reresearch"
    EDIT = "edit"


class JobStatus(StrEnum):
    """Where a job stands, in the order it passes through; the last three are final.

    ``CHOOSING`` waits for somebody to choose the references, ``REVIEWING`` for approval.
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
    """Who reads an answer: one person alone, everybody in a channel, or everybody in a channel
    that the platform keeps for adults."""

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
    """Where the answer goes: a surface, and the place on it in that surface's own words.

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
class Request:
    """What a person asked for, checked and clean.

    Build it with :meth:`checked`; the plain constructor is for values that come from our own store.
    ``parent_id`` is the illustration (re-render, edit) or the job (re-research) that is made again.
    For an edit the first attachment is the picture to change.
    """

    prompt: str
    workspace_id: str
    member_id: str
    destination: Destination
    research: ResearchDepth = ResearchDepth.AUTO
    rights: Rights = Rights.ANY
    commercial: bool = True
    """Whether the workspace uses pictures commercially, as ``licensed`` ones must then allow."""
    derivatives: bool = True
    """Whether it changes pictures and makes others from them, likewise."""
    unsupported: UnsupportedClaims = UnsupportedClaims.MARK
    """What becomes of what the research model wrote without support, as the workspace says."""
    generator: str | None = None
    aspect: AspectRatio = field(default_factory=lambda: AspectRatio(1, 1))
    seed: int | None = None
    count: int = 1
    style: str | None = None
    private: bool = False
    attachments: tuple[Attachment, ...] = ()
    parent_id: str | None = None
    vary: bool = False
    """For a re-render: other seeds, derived from the parent's."""
    upscale: int | None = None
    """For a re-render: the picture enlarged so many times, and otherwise as it is."""
    checkpoint: bool = False
    """Whether somebody chooses the references before anything is rendered."""
    approvals: int = 0
    """People (0 to 2) who must approve the result before it is posted."""
    review: Destination | None = None
    """Where they see it."""
    live: bool = True
    """Whether a message shows how the job goes on."""
    story_id: str | None = None
    """The story of the news desk that it illustrates."""
    post_at: datetime | None = None
    """When the result appears, if it is there and approved by then; at once where None."""
    lane: int = 0
    """Which of the member's lanes it waits in; each runs one job at a time."""
    shadow_of: JobRef | None = None
    """The job of a linked channel that this one only shows: nothing is drawn for it."""
    audience: Audience = Audience.PUBLIC
    allowed: tuple[Category, ...] = ()
    """Categories of the content policy that a moderator let through for this request."""
    language: str | None = None
    """Of whoever asked, as their surface says (``de-AT``), for what they alone are told."""

    @classmethod
    def checked(cls, prompt: str, **parts: object) -> Self:
        """A request with its prompt cleaned and every part checked.

        Raises:
            InvalidRequest: One part cannot be used; the message says which and what to do.
        """
        request = cls(prompt=clean_prompt(prompt), **parts)  # type: ignore[arg-type]
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


def request_title(request: Request) -> str:
    """What a request is called in a list: what was asked; of a story the headline that its
    description begins with, without the names to look up after it."""
    if request.story_id is None:
        return request.prompt
    return request.prompt.partition("; ")[0]


def is_quiet(request: Request) -> bool:
    """Whether nobody in the channel waits for the request, so that its failure is told elsewhere:
    it comes from the news desk, or from a linked channel."""
    from_news = request.story_id is not None and not request.live
    return from_news or request.shadow_of is not None


@dataclass(frozen=True, slots=True)
class Job:
    """A request being worked on; times are UTC, ``error`` is one sentence for the requester."""

    id: str
    kind: JobKind
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
    def workspace_id(self) -> str:
        """The tenant the job belongs to."""
        return self.request.workspace_id


@dataclass(frozen=True, slots=True)
class JobKey:
    """A job named across workspaces, for the engine's house-keeping."""

    workspace_id: str
    job_id: str
    kind: str
    status: JobStatus
    created_at: datetime


_BIDI_CONTROLS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def clean_prompt(text: str) -> str:
    """The prompt in NFC, without control characters, lone surrogates, direction overrides or ids of
    a chat platform.

    Line breaks and tabs become spaces; letters of every script, emoji and their joiners stay.

    Raises:
        InvalidRequest: Nothing readable is left, or it is longer than ``MAX_PROMPT_CHARS``.
    """
    if len(text) > MAX_PROMPT_CHARS * 4:
        raise _too_long(len(text))
    text = with_names(normalized("NFC", text.encode("utf-8", "replace").decode("utf-8")))
    text = text.translate(_BIDI_CONTROLS)
    text = "".join(" " if c in "\r\n\t\u2028\u2029" else c for c in text)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
    text = re.sub(r"\s+", " ", text).strip()
    if not any(unicodedata.category(c)[0] in "LNS" for c in text):
        raise InvalidRequest(
            gettext("The prompt is empty. Describe the picture in a few words."),
            field="prompt",
        )
    if len(text) > MAX_PROMPT_CHARS:
        raise _too_long(len(text))
    return text


def _too_long(length: int) -> InvalidRequest:
    return InvalidRequest(
        gettext(
            "The prompt is {length:,} characters long. Shorten it to {max_prompt_chars:,}.",
            length=length,
            max_prompt_chars=MAX_PROMPT_CHARS,
        ),
        field="prompt",
    )
