"""A team: permissions, preferences, limits, and its members' votes and usage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from domain.policy import Action, Category
from domain.requests import AspectRatio, JobStatus, ResearchDepth, Rights, UnsupportedClaims


class Role(StrEnum):
    """A person's role in a workspace, as the surface knows it."""

    MEMBER = "member"
    MODERATOR = "moderator"
    """May cancel and delete what others asked for, and approve it."""
    ADMIN = "admin"
    """May also change the settings of channels and of the workspace."""


class Scope(StrEnum):
    """For whom a preference holds; the narrower one wins."""

    WORKSPACE = "workspace"
    CHANNEL = "channel"
    MEMBER = "member"


class Unjudged(StrEnum):
    """The action on what could not be judged: refuse it, or draw it with a notice."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences of a workspace, a channel or a member; None where nothing is set."""

    generator: str | None = None
    research: ResearchDepth | None = None
    rights: Rights | None = None
    commercial: bool | None = None
    """Whether licensed pictures must allow commercial use; they must where nothing is set."""
    derivatives: bool | None = None
    """Whether they must allow changes and pictures made from them, likewise."""
    unsupported: UnsupportedClaims | None = None
    """The action on sentences of a prompt that no page supports; they are marked where nothing is
    set."""
    aspect: AspectRatio | None = None
    style: str | None = None
    language: str | None = None
    time_zone: str | None = None
    """The zone (IANA name) of schedules that name none."""
    house_style: str | None = None
    """How quotations in news are worded: one of ``HOUSE_STYLES``, or a template."""
    checkpoint: bool | None = None
    """Whether references are shown, to be chosen, before anything is rendered."""
    threads: bool | None = None
    """Whether each job gets a thread of its own."""
    follow_ups: bool | None = None
    """Whether replies in such a thread refine the picture."""
    review_channel: str | None = None
    approvals: int | None = None
    """People (0 to 2) who must approve a picture in the review channel before it is posted."""
    allowed_groups: tuple[str, ...] | None = None
    """Roles or user groups whose members may request pictures; all members when empty."""
    moderator_groups: tuple[str, ...] | None = None
    daily_per_member: int | None = None
    """Pictures a day, counted from midnight UTC; 0 for no limit."""
    daily_per_workspace: int | None = None
    jobs_per_member: int | None = None
    """Jobs of one member at once; more wait their turn."""
    blocked: tuple[str, ...] | None = None
    """Words and phrases that no request may hold."""
    paused: bool | None = None
    """Whether the workspace takes no requests and posts nothing."""
    categories: Mapping[Category, Action] | None = None
    """The actions on categories of the content policy that differ from the default."""
    people_approval: bool | None = None
    """Whether pictures of people by an image model wait for approval where no judge sees them."""
    unjudged: Unjudged | None = None
    """The action where a judge of the content policy did not answer."""
    keep_refused: bool | None = None
    """Whether the words of refused requests are kept, for moderators to look at; only where this is
    set to yes, refused pictures are kept for a while too."""
    suspends: bool | None = None
    """Whether repeated attempts at the policy's floor suspend a person."""
    suspended: bool | None = None
    """Of a member: whether they may ask for nothing until a moderator lifts it."""
    search_messages: bool | None = None
    """Whether messages in public channels are searched, with the requester's rights, for what only
    the team knows; only where the platform offers that, and only a yes does it."""
    training: bool | None = None
    """Whether conversations with the research model are kept to train agents with. Only a yes of
    the workspace keeps any; a channel or a member may say no for theirs."""
    linked: str | None = None
    """The code of a channel elsewhere that shows the same jobs, once it names this one too."""
    watermark: bool | None = None
    """Whether copies of pictures carry an invisible watermark, other than by default."""
    links: bool | None = None
    """Whether pages of jobs open with a link alone; they do where nothing is set."""
    publish: bool | None = None
    """Whether the pictures that are requested in a channel have public pages."""
    notify: bool | None = None
    """Whether a reply notifies the requester that a picture which took long is ready; it does where
    nothing is set."""
    presets: Mapping[str, str] | None = None
    """Options by the names under which a member, or a channel, keeps them."""

    def over(self, wider: Preferences) -> Self:
        """These, and where nothing is set the wider ones; of the policy by category."""
        unset = {
            f.name: getattr(wider, f.name) for f in fields(self) if getattr(self, f.name) is None
        }
        if self.presets is not None and wider.presets is not None:
            unset["presets"] = {**wider.presets, **self.presets}
        if self.categories is not None and wider.categories is not None:
            unset["categories"] = {**wider.categories, **self.categories}
        return replace(self, **unset)


MEMBER_PREFERENCES = frozenset(
    {"generator", "research", "rights", "aspect", "style", "language", "checkpoint", "training"}
    | {"notify"}
)
"""Settings that members may set for themselves; all others are set by admins."""
WORKSPACE_PREFERENCES = frozenset(
    {"time_zone", "house_style", "commercial", "derivatives", "search_messages"}
    | {"paused", "moderator_groups", "daily_per_workspace", "keep_refused", "suspends", "watermark"}
)
"""Settings of a whole workspace that cannot be set for a channel."""
MEMBER_STATE = frozenset({"suspended"})
"""Data kept for a member that is not set as a preference."""
NO_SETTINGS = MEMBER_STATE | {"presets"}
"""Fields kept with preferences that are not settings by their name."""
PREFERENCES_OF: Final[Mapping[str, str]] = {"search_messages": "slack"}
"""Settings that mean something on one platform alone, and its surface."""
CHANNEL_PREFERENCES = frozenset({"linked", "publish"})
"""Settings of one channel that cannot be set for a workspace."""


GPU: Final = "gpu"
"""The kind of usage that counts seconds of GPUs."""


@dataclass(frozen=True, slots=True)
class UsageEntry:
    """Something that was spent for a job; ``key`` is unique within the job, so that a step that
    runs twice counts once.

    Kinds and units: ``model`` in ``tokens``, ``search`` in ``calls``, ``render`` in ``pictures``,
    :data:`GPU` in ``seconds``.
    """

    key: str
    at: datetime
    job_id: str
    member_id: str
    kind: str
    name: str
    unit: str
    amount: float
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """The costs of one thing."""

    kind: str
    name: str
    unit: str
    amount: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry of the audit log: actor, action and object."""

    id: str
    at: datetime
    member_id: str
    action: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's decision on something that waits for approval."""

    member_id: str
    approved: bool
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on one picture."""

    up: int = 0
    down: int = 0

    @property
    def score(self) -> int:
        """Votes for it less those against it."""
        return self.up - self.down


class MessageKind(StrEnum):
    """The purpose of a message in chat."""

    LIVE = "live"
    """It shows how the job stands, and becomes its result."""
    RESULT = "result"
    REVIEW = "review"
    CANVAS = "canvas"
    """A document with the picture's evidence in it, or the message that links to one; nothing
    brings it up to date unless somebody asks."""


@dataclass(frozen=True, slots=True)
class JobMessage:
    """A message in chat that belongs to a job; ``open`` while it still has to be kept up to date.

    ``channel`` and ``message`` are the surface's own ids; ``thread`` is the thread that belongs to
    the job, if it has one.
    """

    surface: str
    channel: str
    message: str
    job_id: str
    kind: MessageKind
    created_at: datetime
    open: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class LiveJob:
    """A job of a surface that a message must still show; ``seq`` numbers its last event.

    ``shown`` says whether it has a message in ``channel`` already, or is to get one there, and of
    the latter ``shadow`` whether it only shows a job of a linked channel.
    """

    workspace_id: str
    job_id: str
    seq: int
    status: JobStatus
    created_at: datetime
    channel: str = ""
    shown: bool = True
    shadow: bool = False
