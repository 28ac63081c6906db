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
from app.provider_settings import Address, DerivedSettings
from app.redaction import redactor_for
from app.setting_errors import setting_sentences
from app.storage_settings import Names, split_names
from domain.errors import InvalidSettings
from domain.redaction import Redactor
from domain.translation.messages import gettext

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

    generator: str = Field(default="storyboard", description="The default generator.")
    generators: Names = Field(
        default=("storyboard",),
        description="Generators that people can choose from, comma-separated; `limner doctor` "
        "shows what each one needs.",
    )
    generators_file: Path | None = Field(
        default=None,
        description="A TOML file that adjusts generators or adds your own; see docs/guides/gpu.md.",
    )
    diffusers_preset: str = Field(
        default="quality",
        pattern="^(quality|exact-fast|fast|small-card)$",
        description="How diffusers models run: quality, exact-fast (the same pictures, compiled), "
        "fast or small-card (for GPUs with little memory).",
    )
    diffusers_device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="The device that diffusers models run on: auto, cuda, cuda:1, mps or cpu.",
    )
    diffusers_threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description=("CPU threads for a model that runs on the CPU; 0 uses all cores."),
    )
    diffusers_models_loaded: int = Field(
        default=1, ge=1, le=8, description="Models kept in GPU memory at the same time."
    )
    generation_concurrency: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Pictures that one process works on at the same time. 0 picks a value: 1 with "
        "local GPU models, which draw one picture after another, and 8 otherwise. Raise it "
        "for batches and image services, or to let pictures of the same model be grouped.",
    )
    render_timeout_s: float = Field(
        default=900.0,
        gt=0,
        le=7200,
        description=("Time limit for drawing one picture, in seconds."),
    )
    watermark: bool = Field(
        default=True,
        description="Put an invisible watermark into the copies of pictures that leave Limner, "
        "by which a changed copy leads back to its job.",
    )
    content_credentials: bool = Field(
        default=True,
        description="Sign the copies of pictures that leave Limner with content credentials "
        "(C2PA).",
    )
    signing_certificate: Path | None = Field(
        default=None,
        description="A PEM file with the certificates that sign pictures, your own first and the "
        "root last. If empty, Limner makes a certificate for development.",
    )
    signing_key: Path | None = Field(
        default=None,
        description="A PEM file with the private key (elliptic curve P-256) of that certificate.",
    )
    render_previews: bool = Field(
        default=False, description="Save small previews while a picture is being drawn."
    )
    search_providers: Names = Field(
        default=("library", "wikipedia", "commons", "openverse"),
        description="Search providers, comma-separated, in the order they are tried.",
    )
    search_language: str = Field(
        default="en",
        pattern=r"^[a-z]{2,3}$",
        description=("Language of the Wikipedia to search, such as en or de."),
    )
    wikidata_base_url: Address = Field(default="", description="Another address for Wikidata.")
    news_providers: Names = Field(
        default=(),
        description="Search providers for news, used in addition to a schedule's feeds: "
        f"{', '.join(NEWS_PROVIDERS)}. If empty, gdelt and those of them that are in "
        "LIMNER_SEARCH_PROVIDERS.",
    )
    news_schedules: int = Field(
        default=20, ge=0, le=1000, description="Maximum number of news schedules per team."
    )
    search_daily_calls: Limits = Field(
        default_factory=dict[str, int],
        description="Maximum calls to a provider per day, such as serper=2500,brave=1000.",
    )
    search_connections: Limits = Field(
        default_factory=dict[str, int],
        description="Maximum simultaneous requests to a provider, such as serper=100,wikipedia=4. "
        "Defaults to 64 for paid and self-hosted services and 8 for public ones.",
    )
    search_usd: Prices = Field(
        default_factory=dict[str, float],
        description="Price of one call to a provider in US dollars, such as serper=0.001.",
    )
    research_max_s: float = Field(
        default=600.0,
        gt=0,
        description="Time limit for researching one request, in seconds; the model must then "
        "answer with what it has.",
    )
    research_max_usd: float = Field(
        default=0.0,
        ge=0,
        description="Spending limit for researching one request, in US dollars; 0 for no limit. "
        "The text of a news story has a limit of the same size.",
    )
    research_gaps: bool = Field(
        default=False, description="Let the model name missing facts first."
    )
    feeds: Names = Field(
        default=(),
        description=("RSS and Atom feeds that the provider feeds searches, comma-separated."),
    )
    check_pictures: bool = Field(
        default=True,
        description="Have a vision model check each generated picture and redraw it if it misses "
        "the request; needs a research model, LIMNER_CHECK_BASE_URL or (text only) the extra ocr.",
    )
    check_base_url: Names = Field(
        default=(),
        description="OpenAI-compatible servers for the checking model, comma-separated; defaults "
        "to the research model's.",
    )
    check_model: str = Field(
        default="", description="Name of the checking model; defaults to the research model's."
    )
    check_api_key: SecretStr | None = Field(default=None, description="Its key, if it needs one.")
    check_least_score: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description=("Pictures that score below this (0 to 1) are redrawn."),
    )
    model_prompt_usd: float = Field(
        default=0.0, ge=0, description="Price of one million input tokens, in US dollars."
    )
    model_answer_usd: float = Field(
        default=0.0, ge=0, description="Price of one million output tokens, in US dollars."
    )
    model_max_tokens: int = Field(
        default=4096,
        ge=64,
        le=32_768,
        description=("Maximum output tokens in one answer from the model."),
    )
    search_cache_hours: float = Field(
        default=24.0,
        ge=0,
        le=24 * 90,
        description=("How long search results are reused, in hours."),
    )
    cache_max_mb: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Maximum size of the cache of pages, pictures and search results in megabytes "
        "(folder `cache` in the data folder). The least recently used entries are removed "
        "first.",
    )
    contact: str = Field(
        default="limner operator",
        max_length=200,
        description="Who runs this bot: a web page or email address, shown to websites in the "
        "user agent.",
    )
    fetch_allowed_networks: Names = Field(
        default=(),
        description="Private address ranges that Limner may open, on any port, such as "
        "127.0.0.1/32. For tests and intranets only.",
    )
    fetch_timeout_s: float = Field(
        default=15.0,
        gt=0,
        le=120,
        description=("Time limit for fetching one address, redirects included, in seconds."),
    )
    fetch_connections_per_host: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Maximum simultaneous requests to one public site. Others wait, and waiting "
        "does not count towards time limits. Keep it at 6 to 8 for the public web.",
    )
    research_concurrency: int = Field(
        default=64,
        ge=1,
        le=500,
        description="Research jobs that one process runs at the same time; they mostly wait for "
        "the model and for websites.",
    )
    jobs_per_person: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Jobs that run at the same time per person; further ones wait in the queue. "
        "Teams can set their own limit.",
    )
    decoder_processes: int = Field(
        default=0,
        ge=0,
        le=32,
        description="Sandboxed processes that parse untrusted pages, feeds and pictures; 0 means "
        "one per core, but at least two.",
    )
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
    http_host: str = Field(
        default="127.0.0.1", description="Address that this process listens on for HTTP."
    )
    http_port: int = Field(
        default=8080,
        ge=0,
        le=65_535,
        description=("Port for HTTP, opened only when something needs it."),
    )
    http_max_connections: int = Field(
        default=500, ge=1, description="Maximum simultaneous HTTP connections."
    )
    http_max_connections_per_address: int = Field(
        default=100,
        ge=1,
        description=("Maximum simultaneous HTTP connections from one address that is not a proxy."),
    )
    http_proxies: Names = Field(
        default=NEAR,
        description="Address ranges of your reverse proxies, comma-separated; their connections "
        "are not limited per address.",
    )
    log_level: str = Field(
        default="warning",
        pattern="^(debug|info|warning|error)$",
        description="How much is logged: debug, info, warning or error.",
    )

    @property
    def worker_processes(self) -> int:
        """How many processes read untrusted pages and pictures."""
        return self.decoder_processes or max(2, os.cpu_count() or 2)

    @field_validator(
        "search_providers",
        "news_providers",
        "fetch_allowed_networks",
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

    @field_validator("search_providers")
    @classmethod
    def _some_provider(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one provider, such as library")
        return value

    @field_validator("news_providers")
    @classmethod
    def _news_searches(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in NEWS_PROVIDERS:
                raise ValueError(
                    f"{name!r} doesn't search news; choose from {', '.join(NEWS_PROVIDERS)}"
                )
        return value

    @field_validator("check_base_url")
    @classmethod
    def _servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:8000/v1")
        return value

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

    @field_validator("fetch_allowed_networks", "http_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ipaddress.ip_network(part)
            except ValueError as error:
                raise ValueError(f"{part!r} is not an address range such as 10.0.0.0/8") from error
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
        raise InvalidSettings(setting_sentences(error, Settings.model_fields)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(
            gettext("The .env file can't be read: {error}.", error=error)
        ) from error


def load_readable_settings() -> tuple[Settings, str]:
    """The settings with the default in the place of each that is wrong, and a sentence about those;
    empty where none is.

    Raises:
        InvalidSettings: They cannot be read even so.
    """
    try:
        return load_settings(), ""
    except InvalidSettings as error:
        wrong = _wrong_fields()
        if not wrong:
            raise
        defaults = {
            name: Settings.model_fields[name].get_default(call_default_factory=True)
            for name in wrong
        }
        return load_settings(**defaults), str(error)


def _wrong_fields() -> frozenset[str]:
    """The fields whose settings are wrong; none where that cannot be determined."""
    try:
        Settings()
    except ValidationError as error:
        names = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        return frozenset(names & Settings.model_fields.keys())
    except (OSError, ValueError):
        pass
    return frozenset()
