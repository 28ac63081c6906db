"""Settings: environment variables (or a ``.env``) with the prefix ``LIMNER_``."""

from __future__ import annotations

import ipaddress
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode
from yarl import URL

from agent.providers.registry import NEWS_PROVIDERS
from app.provider_settings import DerivedSettings
from app.redaction import redactor_for
from app.storage_settings import PREFIX, Names, split_names
from domain.errors import InvalidSettings
from domain.redaction import Redactor

NEAR = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    *("::1/128", "fc00::/7"),
)
"""This machine and private networks, where reverse proxies stand."""
Limits = Annotated[dict[str, int], NoDecode]
Prices = Annotated[dict[str, float], NoDecode]
"""Numbers by name, as ``name=number`` apart by commas."""


class Settings(DerivedSettings):
    """Everything an operator can set; built once at the start."""

    generator: str = Field(
        default="storyboard", description="The generator for requests that name none."
    )
    generators: Names = Field(
        default=("storyboard",),
        description="The generators people may choose from, apart by commas; `limner doctor` says "
        "what each needs.",
    )
    generators_file: Path | None = Field(
        default=None,
        description="A TOML file that changes generators or defines your own; see "
        "docs/guides/gpu.md.",
    )
    diffusers_preset: str = Field(
        default="quality",
        pattern="^(quality|fast|small-card)$",
        description="How diffusers models are run: quality, fast or small-card.",
    )
    diffusers_device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="auto, cuda, cuda:1, mps or cpu.",
    )
    diffusers_threads: int = Field(
        default=0, ge=0, le=256, description="Threads of a model on a processor; 0 for all cores."
    )
    diffusers_models_loaded: int = Field(
        default=1, ge=1, le=8, description="Models that stay on the card at once."
    )
    generation_concurrency: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Pictures a process works on at once; 0 for 1 where models draw on a GPU of "
        "its own, which draws one after the other, and 8 elsewhere. More is for batches, services "
        "and a better order of models.",
    )
    render_timeout_s: float = Field(
        default=900.0, gt=0, le=7200, description="Seconds one picture may take to draw."
    )
    render_previews: bool = Field(
        default=False, description="Keep small previews while a picture is drawn."
    )
    search_providers: Names = Field(
        default=("library", "wikipedia", "commons", "openverse"),
        description="Where to search, in this order, apart by commas.",
    )
    search_language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}$", description="Wikipedia's language."
    )
    news_providers: Names = Field(
        default=(),
        description="Where stories for the news desk are searched, beside the feeds of a schedule: "
        f"{', '.join(NEWS_PROVIDERS)}. When empty, those of them that are in "
        "LIMNER_SEARCH_PROVIDERS, and gdelt.",
    )
    news_schedules: int = Field(
        default=20, ge=0, le=1000, description="The most schedules of one team."
    )
    search_daily_calls: Limits = Field(
        default_factory=dict[str, int],
        description="The most calls of a provider a day, such as serper=2500,brave=1000.",
    )
    search_connections: Limits = Field(
        default_factory=dict[str, int],
        description="Requests at once to a provider, such as serper=100,wikipedia=4; by default 64 "
        "to services that are paid for or your own, and 8 to public ones.",
    )
    search_usd: Prices = Field(
        default_factory=dict[str, float],
        description="What one call of a provider costs in US dollars, such as serper=0.001.",
    )
    research_max_s: float = Field(
        default=600.0, gt=0, description="Seconds of work after which the model must answer."
    )
    research_max_usd: float = Field(
        default=0.0,
        ge=0,
        description="Dollars after which it must; 0 for no limit. As much is for the words of one "
        "story of the news.",
    )
    feeds: Names = Field(
        default=(), description="RSS and Atom feeds to search, apart by commas (provider feeds)."
    )
    model_base_url: Names = Field(
        default=(),
        description="OpenAI-compatible servers of one vision-language model, such as "
        "http://127.0.0.1:8000/v1, apart by commas; empty for research by rule.",
    )
    model_name: str = Field(
        default="Gen-Searcher-8B", description="The model's name on those servers."
    )
    model_api_key: SecretStr | None = Field(
        default=None, description="The key of those servers, if they ask for one."
    )
    model_prompt_file: Path | None = Field(
        default=None,
        description="A file with another system prompt, word for word as a model was trained on; "
        "today's date is added at its end.",
    )
    model_grammar: bool = Field(
        default=False,
        description="Hold the model to the protocol by a grammar; for servers with vLLM's "
        "structured outputs.",
    )
    model_timeout_s: float = Field(
        default=120.0, gt=0, le=3600, description="Seconds one answer of the model may take."
    )
    check_pictures: bool = Field(
        default=True,
        description="Have a vision model look at each picture of an image model, and render it "
        "again where it falls short; needs a research model or LIMNER_CHECK_BASE_URL.",
    )
    check_base_url: Names = Field(
        default=(),
        description="Servers of another vision-language model for that; the research model's when "
        "empty.",
    )
    check_model: str = Field(
        default="", description="Its name there; the research model's when empty."
    )
    check_api_key: SecretStr | None = Field(default=None, description="Its key, if it needs one.")
    check_least_score: float = Field(
        default=0.6, ge=0, le=1, description="The score (0 to 1) below which is rendered again."
    )
    model_prompt_usd: float = Field(
        default=0.0, ge=0, description="Dollars for a million tokens that the model reads."
    )
    model_answer_usd: float = Field(
        default=0.0, ge=0, description="Dollars for a million tokens that it writes."
    )
    model_max_tokens: int = Field(
        default=4096, ge=64, le=32_768, description="New tokens in one answer of the model."
    )
    search_cache_hours: float = Field(
        default=24.0, ge=0, le=24 * 90, description="How long answers of searches are reused."
    )
    cache_max_mb: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="The most megabytes of pages, pictures and answers that are kept for reuse, in "
        "the data folder's `cache`; what was not used for longest goes first.",
    )
    contact: str = Field(
        default="limner operator",
        max_length=200,
        description="Who runs this bot, for the user agent that sites see: a page or an address.",
    )
    fetch_allowed_networks: Names = Field(
        default=(),
        description="Otherwise refused address ranges to open, any port, such as 127.0.0.1/32; "
        "for tests and intranets.",
    )
    fetch_timeout_s: float = Field(
        default=15.0, gt=0, le=120, description="Seconds one address may take, redirects included."
    )
    fetch_connections_per_host: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Requests at once to one public site; others wait their turn, which counts "
        "for no time limit. Keep it at 6 to 8 for the public web.",
    )
    research_concurrency: int = Field(
        default=64,
        ge=1,
        le=500,
        description="Research jobs at once in one process; they mostly wait for the model's server "
        "and for web sites.",
    )
    jobs_per_person: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Jobs of one person at once; more wait their turn. Teams may set their own.",
    )
    decoder_processes: int = Field(
        default=0,
        ge=0,
        le=32,
        description="Processes that read strangers' pages, feeds and pictures; 0 for one per core, "
        "but at least two.",
    )
    keep_traces_days: float = Field(
        default=90.0, gt=0, description="Days until hops and progress of old jobs are removed."
    )
    keep_refused_days: float = Field(
        default=7.0,
        gt=0,
        le=90,
        description="Days for which moderators may look at refused pictures, in teams that set "
        "keep_refused to yes; then they are deleted. Nothing about minors is ever kept.",
    )
    public_base_url: str = Field(
        default="",
        description="Where Limner's web pages are reached from outside, such as "
        "https://limner.example.org; messages point there when it is set.",
    )
    discord_token: SecretStr | None = Field(
        default=None,
        description="The token of a Discord bot, from the Bot page of the developer portal; with "
        "it `limner run` answers on Discord.",
    )
    discord_api_base: str = Field(
        default="",
        description="Another server with Discord's interface, such as "
        "http://127.0.0.1:8080/api/v10; empty for Discord.",
    )
    discord_test_guild: int | None = Field(
        default=None,
        ge=1,
        description="The id of one server that gets the commands at once, for trying things out; "
        "empty for all servers.",
    )
    discord_shards: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Connections to share the servers among; empty for as many as Discord "
        "recommends.",
    )
    discord_message_content: bool = Field(
        default=False,
        description="Whether replies in the threads of pictures count that do not mention Limner; "
        "needs “Message Content Intent” on the Bot page.",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None,
        description="Slack, one workspace: the bot token of the installed app (xoxb-…).",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        description="Slack over Socket Mode, which needs no public address: the app-level token "
        "with connections:write (xapp-…).",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        description="Slack over HTTP, where no app-level token is set: the app's signing secret.",
    )
    slack_client_id: str = Field(
        default="",
        description="Slack, many workspaces: the app's client ID; instead of a bot token.",
    )
    slack_client_secret: SecretStr | None = Field(
        default=None, description="The client secret that belongs to it."
    )
    slack_sockets: int = Field(
        default=2,
        ge=1,
        le=10,
        description="Connections that one process holds in Socket Mode: while one is renewed, the "
        "others receive.",
    )
    slack_api_base: str = Field(
        default="https://slack.com/api/", description="The address of Slack's Web API."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Seals the tokens of many workspaces in the database: 32 bytes in URL-safe "
        "base64. Several apart by commas: the first seals, the others still open.",
    )
    http_host: str = Field(
        default="127.0.0.1", description="The address on which this process serves HTTP."
    )
    http_port: int = Field(
        default=8080, ge=0, le=65_535, description="Its port; it is opened only when needed."
    )
    http_max_connections: int = Field(
        default=500, ge=1, description="The most connections to it at once."
    )
    http_max_connections_per_address: int = Field(
        default=100, ge=1, description="The most of one address that is no proxy."
    )
    http_proxies: Names = Field(
        default=NEAR,
        description="Address ranges of reverse proxies, apart by commas: they speak for many "
        "people.",
    )
    log_level: str = Field(
        default="warning",
        pattern="^(debug|info|warning|error)$",
        description="debug, info, warning or error.",
    )

    @property
    def worker_processes(self) -> int:
        """How many processes read strangers' pages and pictures."""
        return self.decoder_processes or max(2, os.cpu_count() or 2)

    @field_validator(
        "search_providers",
        "news_providers",
        "fetch_allowed_networks",
        "model_base_url",
        "check_base_url",
        "feeds",
        "generators",
        "http_proxies",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_names(value)

    @field_validator("search_daily_calls", "search_connections", "search_usd", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        for name, equals, number in pairs:
            if not equals or not re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", number):
                raise ValueError(f"{name.strip()!r} needs a number, such as serper=1000")
        return {name.strip(): number.strip() for name, _, number in pairs}

    @field_validator("search_connections")
    @classmethod
    def _some_connections(cls, value: dict[str, int]) -> dict[str, int]:
        for name, number in value.items():
            if not 1 <= number <= 1000:
                raise ValueError(f"{name} needs a number from 1 to 1000")
        return value

    @field_validator("discord_test_guild", "discord_shards", mode="before")
    @classmethod
    def _or_nothing(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("discord_api_base", "public_base_url")
    @classmethod
    def _own_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is no address such as https://limner.example.org")
        return value.rstrip("/")

    @field_validator("search_providers")
    @classmethod
    def _some_provider(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one provider, for example library")
        return value

    @field_validator("news_providers")
    @classmethod
    def _news_searches(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in NEWS_PROVIDERS:
                raise ValueError(f"{name!r} gives no news; choose of {', '.join(NEWS_PROVIDERS)}")
        return value

    @field_validator("model_base_url", "check_base_url")
    @classmethod
    def _servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} is no address such as http://127.0.0.1:8000/v1")
        return value

    @field_validator("slack_api_base")
    @classmethod
    def _token_address(cls, value: str) -> str:
        """Tokens travel there, so only one's own network may be without TLS."""
        address = URL(value)
        if address.scheme == "https" or (address.scheme == "http" and _is_near(address.host)):
            return value.rstrip("/") + "/"
        raise ValueError(f"{value!r} is no https:// address (http:// only in your own network)")

    @field_validator("fetch_allowed_networks", "http_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ipaddress.ip_network(part)
            except ValueError as error:
                raise ValueError(f"{part!r} is no address range such as 10.0.0.0/8") from error
        return value

    @cached_property
    def redactor(self) -> Redactor:
        """Takes every secret of these settings out of texts; one for all that use these settings,
        so that a secret that is added is hidden everywhere."""
        return redactor_for({name: getattr(self, name) for name in type(self).model_fields})


def _is_near(host: str | None) -> bool:
    """Whether a host is this machine, a private address, or a name that only a network of one's own
    knows."""
    if not host:
        return False
    try:
        return "." not in host or ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def secret(value: SecretStr | None) -> str:
    """The secret's text; empty where there is none."""
    return value.get_secret_value() if value else ""


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        InvalidSettings: One is wrong; the message names the variable and what is the matter.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"][:1]).upper()
        why = first["msg"].removeprefix("Value error, ")
        raise InvalidSettings(f"The setting {name} is wrong: {why[:1].lower()}{why[1:]}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"The file .env cannot be read: {error}.") from error
