"""A workspace of our own Slack: what stands in it, and what people can see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast


@dataclass
class Message:
    """A message in a channel, and when and how it was changed."""

    ts: str
    body: dict[str, Any]
    thread_ts: str | None = None
    streamed: bool = False
    """Whether it is being streamed; Slack takes no edit of it then."""
    edits: list[tuple[float, dict[str, Any]]] = field(
        default_factory=list[tuple[float, dict[str, Any]]]
    )

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its blocks."""
        return cast("list[dict[str, Any]]", self.body.get("blocks", []))

    @property
    def said(self) -> str:
        """Everything that can be read in it."""
        return " ".join(" ".join(_texts(self.blocks)).split()) or str(self.body.get("text", ""))

    @property
    def job_id(self) -> str | None:
        """The job that it says it is of: unseen, or in the names of its tasks while it is
        streamed."""
        metadata: dict[str, Any] = self.body.get("metadata") or {}
        payload: dict[str, Any] = metadata.get("event_payload") or {}
        tasks = [task for block in self.blocks for task in block.get("tasks", ())]
        streamed = str(tasks[0]["task_id"]).partition(".")[0] if self.streamed and tasks else None
        return payload.get("job_id") or streamed

    @property
    def pictures(self) -> list[str]:
        """The files of its pictures."""
        top = [block for block in self.blocks if block["type"] == "image"]
        heroes = [node["hero_image"] for node in every_node(self.blocks) if "hero_image" in node]
        return [image["slack_file"]["id"] for image in (*top, *heroes)]

    def button(self, action: str) -> dict[str, Any]:
        """The button that does that."""
        for node in every_node(self.blocks):
            if node.get("type") == "button" and node["action_id"].endswith(f".{action}"):
                return node
        raise LookupError(f"no button {action!r} in {self.said!r}")

    def feedback(self, *, good: bool) -> dict[str, Any]:
        """The thumb up or down under a result, as Slack names it where it is pressed."""
        for node in every_node(self.blocks):
            if node.get("type") == "feedback_buttons":
                side = node["positive_button" if good else "negative_button"]
                return {"action_id": node["action_id"], "type": node["type"], **side}
        raise LookupError(f"no feedback in {self.said!r}")


@dataclass
class Channel:
    """A channel; ``member`` says whether the app is in it."""

    id: str
    member: bool = True
    private: bool = False
    shared: bool = False
    """Whether people of other workspaces are in it."""
    context_team: str | None = None
    """The workspace that it is seen from, where an organisation installed the app."""
    im_of: str | None = None
    people: list[str] = field(default_factory=list[str])
    """The members of the team beside the app."""
    messages: dict[str, Message] = field(default_factory=dict[str, Message])

    @property
    def newest(self) -> Message:
        """The last message; an empty one where nothing was posted yet."""
        return next(reversed(self.messages.values()), Message("", {}))


@dataclass
class Writing:
    """A message of a person in a public channel, as searches find it."""

    content: str
    permalink: str
    words: str
    """Searches for any of these words find it."""
    team: str = ""
    """The other workspace of an organisation in which it stands, if it does."""


@dataclass
class Canvas:
    """A canvas of the app, with those who may read it."""

    title: str
    markdown: str
    channels: set[str] = field(default_factory=set[str])
    users: set[str] = field(default_factory=set[str])


@dataclass
class Team:
    """A workspace in which the app is installed."""

    id: str = "T0001"
    bot_id: str = "B0001"
    bot_user: str = "U0BOT"
    token: str = "xoxb-one"
    expires_at: float | None = None
    refresh_token: str = ""
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    users: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    groups: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    files: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    canvases: dict[str, Canvas] = field(default_factory=dict[str, Canvas])
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Files whose upload is not completed: they are not listed yet."""
    whispers: list[tuple[str, str, Message]] = field(default_factory=list[tuple[str, str, Message]])
    """Ephemeral messages: user, channel, and message."""
    views: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )
    """Modals by their ids, as they were last."""
    homes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    sessions: dict[tuple[str, str], list[str]] = field(
        default_factory=dict[tuple[str, str], list[str]]
    )
    """The states of agent sessions by channel and thread, oldest first."""
    steps: dict[str, Any] = field(default_factory=dict[str, Any])
    """The ends of workflow steps: their outputs, or the error."""
    writings: list[Writing] = field(default_factory=list[Writing])
    """What searches may find."""
    action_tokens: set[str] = field(default_factory=set[str])
    """The tokens that searches may be made with now."""
    searches: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The arguments of searches."""
    unfurls: dict[str, Any] = field(default_factory=dict[str, Any])
    """The previews beside addresses."""

    def channel(self, channel_id: str = "C0001", **parts: Any) -> Channel:
        """A channel, made when it is not there."""
        return self.channels.setdefault(channel_id, Channel(channel_id, **parts))

    def dm(self, user: str) -> Channel:
        """A user's messages with the app."""
        return self.channels.setdefault(f"D{user}", Channel(f"D{user}", im_of=user))

    def whispered(self, user: str) -> str:
        """Everything that only that person was shown."""
        texts = [message.said for who, _where, message in self.whispers if who == user]
        return " ".join([*texts, *(m.said for m in self.dm(user).messages.values())])


class Refusal(Exception):
    """An error code for the caller."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


_SHOWN = ("usergroup_id", "channel_id", "fallback")
"""The text for a name, or a time, in rich text."""


def _texts(value: Any) -> list[str]:
    found: list[str] = []
    for node in every_node(value):
        text = node.get("text")
        if isinstance(text, str):
            found.append(text)
        if node.get("type") in ("plan", "task_card"):
            found.append(str(node["title"]))
        if node.get("type") == "user":
            found.append(f"@{node['user_id']}")
        found += [str(node[name]) for name in _SHOWN if name in node]
    return found


def every_node(value: Any) -> list[dict[str, Any]]:
    """Every object in it, however deep."""
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        found.append(node)
        for part in node.values():
            found += every_node(part)
    elif isinstance(value, list):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            found += every_node(part)
    return found
