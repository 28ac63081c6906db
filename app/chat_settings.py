"""Settings of where people use Limner: its web pages, Discord and Slack."""

from __future__ import annotations

import ipaddress
from typing import Any

from pydantic import Field, SecretStr, field_validator
from yarl import URL

from app.fetch_settings import FetchSettings


class ChatSettings(FetchSettings):
    """Settings of web pages and chat platforms; a part of ``Settings``."""

    public_base_url: str = Field(
        default="",
        description="Public address of Limner's web pages, such as https://limner.example.org. "
        "`limner run` serves them if it is set, and messages link there.",
    )
    page_link_days: float = Field(
        default=30.0,
        gt=0,
        le=3650,
        description="Days for which a link to the page of a picture works.",
    )
    discord_token: SecretStr | None = Field(
        default=None,
        description="The Discord bot's token, from the Bot page of the developer portal. `limner "
        "run` then connects to Discord.",
    )
    discord_client_id: str = Field(
        default="",
        description="The Discord app's client ID: with LIMNER_DISCORD_CLIENT_SECRET, members sign "
        "in to the web pages with Discord.",
    )
    discord_client_secret: SecretStr | None = Field(
        default=None, description="The Discord app's client secret."
    )
    discord_api_base: str = Field(
        default="",
        description="Another server that speaks Discord's API, such as "
        "http://127.0.0.1:8080/api/v10; leave empty for Discord itself.",
    )
    discord_test_guild: int | None = Field(
        default=None,
        ge=1,
        description="The ID of one server to register the commands in, for testing; empty for all "
        "servers.",
    )
    discord_shards: int | None = Field(
        default=None, ge=1, le=10_000, description="Number of shards; if empty, what Discord says."
    )
    discord_premium_sku: int | None = Field(
        default=None, ge=1, description="ID of a subscription (SKU) that requests need, if any."
    )
    discord_message_content: bool = Field(
        default=False,
        description="Read replies in a picture's thread that don't mention Limner; needs “Message "
        "Content Intent” on the Bot page.",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None,
        description="For one Slack workspace: the installed app's bot token (xoxb-…).",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        description="For Slack's Socket Mode, which needs no public address: an app-level token "
        "with connections:write (xapp-…).",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        description="For Slack over HTTP, if no app-level token is set: the app's signing secret.",
    )
    slack_client_id: str = Field(
        default="",
        description="For many Slack workspaces, instead of a bot token: the app's client ID.",
    )
    slack_client_secret: SecretStr | None = Field(
        default=None, description="The Slack app's client secret."
    )
    slack_sockets: int = Field(
        default=2,
        ge=1,
        le=10,
        description="Socket Mode connections per process; while one reconnects, the others keep "
        "receiving.",
    )
    slack_api_base: str = Field(
        default="https://slack.com/api/", description="Address of Slack's Web API."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Encrypts the tokens of many workspaces in the database: 32 bytes in URL-safe "
        "base64. To rotate keys, list several, comma-separated: the first encrypts, the "
        "others still decrypt.",
    )

    @field_validator("discord_test_guild", "discord_shards", "discord_premium_sku", mode="before")
    @classmethod
    def _or_nothing(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("discord_api_base", "public_base_url")
    @classmethod
    def _own_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is not an address such as https://limner.example.org")
        return value.rstrip("/")

    @field_validator("slack_api_base")
    @classmethod
    def _token_address(cls, value: str) -> str:
        """Tokens travel there, so only one's own network may be without TLS."""
        address = URL(value)
        if address.scheme == "https" or (address.scheme == "http" and _is_near(address.host)):
            return value.rstrip("/") + "/"
        raise ValueError(
            f"{value!r} is not an https:// address (http:// works only on your own network)"
        )


def _is_near(host: str | None) -> bool:
    """Whether a host is this machine, a private address, or a name that only a network of one's own
    knows."""
    if not host:
        return False
    try:
        return "." not in host or ipaddress.ip_address(host).is_private
    except ValueError:
        return False
