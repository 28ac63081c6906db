"""The content of a Discord server, in Discord's words: people, channels, messages, interactions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from domain.short_codes import short_code
from evaluation.peers.discord_rules import Object, objects, walked

EPOCH_MS = 1_420_070_400_000
LOADING, EPHEMERAL, V2 = 1 << 7, 1 << 6, 1 << 15
APPLICATION, BOT, GUILD, EVERYONE = 1000, 1000, 2000, 2000
GENERAL, REVIEW = 3001, 3002
RIGHTS = str((1 << 53) - 1)


class Refusal(Exception):
    """A refusal of Discord: a status and one of its codes, and more fields of the answer."""

    def __init__(self, status: int, code: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.code, self.more = status, code, more


Rule = Callable[[str, int, Object], bool]
"""Whether something is refused: ``POST`` or ``PATCH``, the channel, and what is sent."""
_TOO_LONG = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 4000 or fewer in length."}
REFUSALS = {
    "links": (400, 240_000, "Message blocked by harmful links filter"),
    "automod": (400, 200_000, "Message was blocked by automatic moderation"),
    "form": (400, 50_035, "Invalid Form Body"),
    "explicit": (400, 20_009, "Explicit content cannot be sent to the desired recipient(s)"),
    "permissions": (403, 50_013, "Missing Permissions"),
    "access": (403, 50_001, "Missing Access"),
    "channel": (404, 10_003, "Unknown Channel"),
    "message": (404, 10_008, "Unknown Message"),
    "large": (413, 40_005, "Request entity too large"),
    "edits": (429, 30_046, "Maximum number of edits to messages older than 1 hour reached."),
    "new": (400, 999_999, "Something that nobody has heard of"),
    "conflict": (409, 0, "Conflict"),
    "participants": (400, 30_033, "Maximum number of thread participants reached (1000)"),
    "acknowledged": (400, 40_060, "Interaction has already been acknowledged."),
    "interaction": (404, 10_062, "Unknown interaction"),
    "webhook": (404, 10_015, "Unknown Webhook"),
    "direct": (403, 50_007, "Cannot send messages to this user"),
    "archived": (400, 50_083, "Thread is archived"),
    "forbidden": (403, 0, "403: Forbidden"),
    "unknown": (404, 0, "404: Not Found"),
    "request": (400, 0, "400: Bad Request"),
    "too large": (413, 0, "413: Payload Too Large"),
    "limited": (429, 0, "You are being rate limited."),
    "broken": (500, 0, "500: Internal Server Error"),
    "gateway": (502, 0, "502: Bad Gateway"),
    "unavailable": (503, 0, "503: Service Unavailable"),
    "unauthorized": (401, 0, "401: Unauthorized"),
}
"""Discord's own words for what it does not take."""
PASSING = frozenset({"limited", "broken", "gateway", "unavailable", "unauthorized"})
"""Those that end by themselves."""


def refusal(name: str) -> Refusal:
    """One of them, as it comes over the wire."""
    status, code, message = REFUSALS[name]
    match name:
        case "form":
            return Refusal(
                status, code, message, errors={"components": {"0": {"_errors": [_TOO_LONG]}}}
            )
        case "edits":
            return Refusal(status, code, message, retry_after=0.01, **{"global": False})
        case "limited":
            return Refusal(status, code, message, retry_after=3600.0, **{"global": False})
        case _:
            return Refusal(status, code, message)


def has_links(_verb: str, _channel_id: int, body: Object) -> bool:
    """A filter of links, also of host names."""
    return bool(re.search(r"https?://|[a-z]+\.(?:example|com|org)", said_in(body)))


def said_in(body: Object) -> str:
    """Every word of a message, also those about its pictures."""
    every = list(walked(objects(body, "components")))
    texts = [str(part.get("content") or part.get("label") or "") for part in every]
    about = [str(i.get("description") or "") for part in every for i in objects(part, "items")]
    return "\n".join(
        texts + about + [str(a.get("description")) for a in objects(body, "attachments")]
    )


@dataclass
class Interaction:
    """An interaction of a user, and how it was answered."""

    id: int
    token: str
    user_id: int
    channel_id: int
    told_at: float
    acknowledged_at: float | None = None
    message_id: int | None = None
    own_message: bool = True
    """Whether the answer is a message of its own, and not the one that a button stands on."""


@dataclass
class World:
    """One guild with two channels, and conversations with each person."""

    token: str = "the-token"
    token_life_s: float = 900.0
    patience_s: float = 60.0
    """The time limit of an interaction's acknowledgement; Discord gives 3 s, but tests share their
    machine."""
    commands: list[Object] = field(default_factory=list[Object])
    messages: dict[int, dict[int, Object]] = field(default_factory=dict[int, dict[int, Object]])
    interactions: dict[str, Interaction] = field(default_factory=dict[str, Interaction])
    nonces: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    edits: dict[int, list[float]] = field(default_factory=dict[int, list[float]])
    """The time of each message, by :func:`time.monotonic`."""
    rules: list[tuple[Rule, str]] = field(default_factory=list[tuple[Rule, str]])
    """The refused requests, with their refusals."""
    closed_to: set[int] = field(default_factory=set[int])
    """People who take no direct messages."""
    rights: str = RIGHTS
    """Limner's permissions in the guild."""
    announcements: set[int] = field(default_factory=set[int])
    """The channels whose messages other servers can follow."""
    published: list[int] = field(default_factory=list[int])
    """Messages that were sent on to them."""
    emoji: list[Object] = field(default_factory=list[Object])
    """The application's own emoji."""
    more_channels: range = range(0)
    """Further channels of the guild."""
    last_id: int = 0

    def snowflake(self) -> int:
        """A new id, later than all before it."""
        now = (int(time.time() * 1000) - EPOCH_MS) << 22
        self.last_id = max(now, self.last_id + 1)
        return self.last_id

    def user(self, user_id: int) -> Object:
        """A person, or Limner itself."""
        bot = user_id == BOT
        return {
            "id": str(user_id),
            "username": "Limner" if bot else f"person{user_id}",
            "discriminator": "0",
            "global_name": None,
            "avatar": None,
            "bot": bot,
        }

    def member(self, user_id: int) -> Object:
        """A person as a member of the guild."""
        return {
            "user": self.user(user_id),
            "roles": [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "permissions": "0",
        }

    def guild(self) -> Object:
        """The guild as in gateway events."""
        role = {
            "id": str(EVERYONE), "name": "@everyone", "color": 0, "hoist": False, "position": 0,
            "permissions": RIGHTS, "managed": False, "mentionable": False, "flags": 0,
        }  # fmt: skip
        return {
            "id": str(GUILD), "name": "Fans of foxes", "owner_id": "1", "icon": None,
            "splash": None, "discovery_splash": None, "afk_channel_id": None, "afk_timeout": 300,
            "verification_level": 0, "default_message_notifications": 0,
            "explicit_content_filter": 0, "mfa_level": 0, "premium_tier": 0,
            "preferred_locale": "en-US", "system_channel_id": None, "system_channel_flags": 0,
            "rules_channel_id": None, "public_updates_channel_id": None, "features": [],
            "emojis": [], "stickers": [], "roles": [role], "member_count": 2, "large": False,
            "unavailable": False, "joined_at": "2026-01-01T00:00:00+00:00",
            "members": [self.member(BOT)], "threads": [], "presences": [], "voice_states": [],
            "channels": [self.channel(c) for c in (GENERAL, REVIEW, *self.more_channels)],
            "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [], "nsfw_level": 0,
        }  # fmt: skip

    def channel(self, channel_id: int) -> Object:
        """A channel of the guild, or a conversation with one person."""
        if channel_id not in (GENERAL, REVIEW, *self.more_channels):
            person = self.user(channel_id - 10_000)
            return {"id": str(channel_id), "type": 1, "recipients": [person], "flags": 0}
        return {
            "id": str(channel_id), "type": 5 if channel_id in self.announcements else 0,
            "name": f"c{channel_id}", "position": 0,
            "guild_id": str(GUILD), "permission_overwrites": [], "parent_id": None, "topic": None,
            "rate_limit_per_user": 0, "nsfw": False, "last_message_id": None, "flags": 0,
        }  # fmt: skip

    def direct(self, user_id: int) -> Object:
        """The direct messages with a user."""
        return self.channel(10_000 + user_id)

    def check(self, verb: str, channel_id: int, body: Object) -> None:
        """Refuse what the rules are against."""
        for rule, name in self.rules:
            if rule(verb, channel_id, body):
                raise refusal(name)

    def post(
        self, channel_id: int, body: Object, *, flags: int = 0, by: Interaction | None = None
    ) -> Object:
        """A new message of Limner's; a nonce that was used already gives the one that is there."""
        if body.get("components"):
            self.check("POST", channel_id, body)
        if channel_id - 10_000 in self.closed_to:
            raise Refusal(403, 50007, "Cannot send messages to this user")
        nonce = (channel_id, str(body.get("nonce")))
        if body.get("enforce_nonce") and nonce in self.nonces:
            return self.messages[channel_id][self.nonces[nonce]]
        message = self._message(channel_id, flags=flags, by=by)
        self._write(message, body)
        self.messages.setdefault(channel_id, {})[int(message["id"])] = message
        if body.get("enforce_nonce"):
            self.nonces[nonce] = int(message["id"])
        return message

    def edit(self, channel_id: int, message_id: int, body: Object) -> Object:
        """Write a message anew; one that showed "thinking" has content from now on."""
        message = self.fetch(channel_id, message_id)
        self.check("PATCH", channel_id, body)
        message["flags"] &= ~LOADING
        self._write(message, body)
        return message

    def fetch(self, channel_id: int, message_id: int) -> Object:
        """A message that is there."""
        try:
            return self.messages[channel_id][message_id]
        except KeyError:
            raise Refusal(404, 10008, "Unknown Message") from None

    def remove(self, channel_id: int, message_id: int) -> None:
        """Delete a message."""
        self.fetch(channel_id, message_id)
        del self.messages[channel_id][message_id]

    def history(
        self, channel_id: int, *, before: int | None, after: int | None, limit: int
    ) -> list[Object]:
        """The next messages after an id, or the last ones before another, the newest first; private
        ones are not listed."""
        known = self.messages.get(channel_id, {}).values()
        seen = [message for message in known if not message["flags"] & EPHEMERAL]
        if after is not None:
            return [message for message in seen if int(message["id"]) > after][:limit][::-1]
        older = [message for message in seen if before is None or int(message["id"]) < before]
        return older[-limit:][::-1]

    def every(self) -> Iterator[Object]:
        """All messages of Limner's, everywhere."""
        for known in self.messages.values():
            yield from known.values()

    def carrying(self, job_id: str) -> list[Object]:
        """The messages that carry the picture of a job."""
        return [m for m in self.every() if m["attachments"] and self.names(m, job_id)]

    @staticmethod
    def names(message: Object, job_id: str) -> bool:
        """Whether a message of Limner's names a job, by its id or its code."""
        text = str(message["components"])
        return job_id in text or short_code(job_id) in text

    def job_of(self, message: Object) -> str:
        """The job whose id a message of Limner's says."""
        return next(iter(re.findall(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", str(message))), "")

    def acknowledge(self, token: str, body: Object) -> None:
        """Take the first answer to an interaction."""
        interaction = self.interactions.get(token)
        if interaction is None or time.monotonic() - interaction.told_at > self.patience_s:
            raise Refusal(404, 10062, "Unknown interaction")
        if interaction.acknowledged_at is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        interaction.acknowledged_at = time.monotonic()
        data = cast("Object", body.get("data") or {})
        flags = int(data.get("flags") or 0)
        if body["type"] in (4, 5):
            flags |= LOADING if body["type"] == 5 else 0
            message = self.post(interaction.channel_id, data, flags=flags, by=interaction)
            interaction.message_id = int(message["id"])
        elif body["type"] == 6:
            interaction.own_message = False

    def living(self, token: str) -> Interaction:
        """The interaction of a token that is still good."""
        interaction = self.interactions.get(token)
        if interaction is None or time.monotonic() - interaction.told_at > self.token_life_s:
            raise Refusal(404, 10015, "Unknown Webhook")
        return interaction

    def asked(
        self,
        name: str,
        options: Object,
        *,
        user_id: int,
        channel_id: int,
        elsewhere: int | None = None,
    ) -> Object:
        """The gateway event when a user uses a command; ``elsewhere`` is a guild that Limner is no
        member of, where they use it because they installed it for themselves."""
        interaction_id = self.snowflake()
        token = f"token-{interaction_id}"
        interaction = Interaction(interaction_id, token, user_id, channel_id, time.monotonic())
        self.interactions[token] = interaction
        command = next(c for c in self.commands if c["name"] == name)
        kinds = {o["name"]: o["type"] for o in objects(command, "options")}
        given = [{"name": n, "type": kinds[n], "value": v} for n, v in options.items()]
        return {
            "id": str(interaction_id), "application_id": str(APPLICATION), "type": 2,
            "token": token, "version": 1, "channel_id": str(channel_id),
            "channel": self.channel(channel_id), "guild_id": str(elsewhere or GUILD),
            "locale": "en-US",
            "guild_locale": "en-US", "member": self.member(user_id), "entitlements": [],
            "app_permissions": RIGHTS, "context": 0,
            "authorizing_integration_owners": (
                {"1": str(user_id)} if elsewhere else {"0": str(GUILD)}
            ),
            "attachment_size_limit": 10_485_760,
            "data": {"id": command["id"], "name": name, "type": 1, "options": given},
        }  # fmt: skip

    def _message(self, channel_id: int, *, flags: int, by: Interaction | None) -> Object:
        message: Object = {
            "id": str(self.snowflake()), "channel_id": str(channel_id), "author": self.user(BOT),
            "content": "", "timestamp": datetime.now(UTC).isoformat(), "edited_timestamp": None,
            "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
            "attachments": [], "embeds": [], "components": [], "pinned": False, "type": 0,
            "flags": flags,
        }  # fmt: skip
        if by is not None:
            message["interaction_metadata"] = {
                "id": str(by.id), "type": 2, "user": self.user(by.user_id),
                "authorizing_integration_owners": {},
            }  # fmt: skip
        return message

    def _write(self, message: Object, body: Object) -> None:
        message["flags"] |= int(body.get("flags") or 0) & (V2 | EPHEMERAL)
        message["content"] = body.get("content") or message["content"]
        if "components" in body:
            message["components"] = body["components"]
        if "attachments" in body:
            message["attachments"] = [self._attachment(a) for a in objects(body, "attachments")]
        addresses = {a["filename"]: a["url"] for a in objects(message, "attachments")}
        for component in walked(objects(message, "components")):
            for item in (component, *objects(component, "items")):
                for shown in (item.get("media"), item.get("file")):
                    if isinstance(shown, dict):
                        media = cast("Object", shown)
                        name = str(media["url"]).removeprefix("attachment://")
                        media["url"] = addresses.get(name, media["url"])
        self.edits.setdefault(int(message["id"]), []).append(time.monotonic())

    def _attachment(self, described: Object) -> Object:
        name = described.get("filename") or "file"
        url = f"https://cdn.discordapp.com/attachments/{name}"
        return {
            "id": str(self.snowflake()), "filename": name, "size": 1, "url": url,
            "proxy_url": url, "description": described.get("description"),
        }  # fmt: skip
