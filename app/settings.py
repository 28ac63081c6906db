"""Settings: environment variables (or a ``.env``) with the prefix ``LIMNER_``.

``python -m app.settings --env`` prints ``.env.example`` and ``--table`` the README's table, so that
neither can drift from the code.
"""

from __future__ import annotations

import ipaddress
import re
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

from domain.errors import InvalidSettings

PREFIX = "LIMNER_"
Names = Annotated[tuple[str, ...], NoDecode]
"""Several names in one variable, apart by commas."""


class Settings(BaseSettings):
    """Everything an operator can set; built once at the start."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("limner", appauthor=False)),
        description="Folder for pictures, blobs and, unless another database is set, the database.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/name for several machines; "
        "an SQLite file in the data folder when empty.",
    )
    generator: str = Field(
        default="storyboard", description="The generator for requests that name none."
    )
    search_providers: Names = Field(
        default=("library", "wikipedia", "commons", "openverse"),
        description="Where to search, in this order, apart by commas.",
    )
    search_language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}$", description="Wikipedia's language."
    )
    wikipedia_base_url: str = Field(
        default="",
        description="Another address for Wikipedia; empty for the public one.",
    )
    commons_base_url: str = Field(
        default="https://commons.wikimedia.org", description="Wikimedia Commons' address."
    )
    openverse_base_url: str = Field(
        default="https://api.openverse.org", description="Openverse's address."
    )
    searxng_base_url: str = Field(
        default="", description="A SearXNG of your own, with JSON switched on."
    )
    serper_base_url: str = Field(
        default="https://google.serper.dev", description="Serper's address."
    )
    serper_api_key: SecretStr | None = Field(default=None, description="The key for Serper.")
    brave_base_url: str = Field(
        default="https://api.search.brave.com", description="Brave Search's address."
    )
    brave_api_key: SecretStr | None = Field(default=None, description="The key for Brave Search.")
    tavily_base_url: str = Field(default="https://api.tavily.com", description="Tavily's address.")
    tavily_api_key: SecretStr | None = Field(default=None, description="The key for Tavily.")
    gdelt_base_url: str = Field(
        default="https://api.gdeltproject.org", description="GDELT's address."
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
    moderation_base_url: str = Field(
        default="",
        description="A server with OpenAI's moderations interface that reads requests first, such "
        "as https://api.openai.com/v1; only Limner's own rules when empty.",
    )
    moderation_model: str = Field(
        default="omni-moderation-latest", description="The moderation model's name there."
    )
    moderation_api_key: SecretStr | None = Field(default=None, description="The key for it.")
    model_max_tokens: int = Field(
        default=4096, ge=64, le=32_768, description="New tokens in one answer of the model."
    )
    search_cache_hours: float = Field(
        default=24.0, ge=0, le=24 * 90, description="How long answers of searches are reused."
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
    research_concurrency: int = Field(
        default=8, ge=1, le=500, description="Research jobs at once in one process."
    )
    jobs_per_person: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Jobs of one person at once; more wait their turn. Teams may set their own.",
    )
    decoder_processes: int = Field(
        default=2, ge=1, le=32, description="Processes that decode strangers' pictures."
    )
    keep_traces_days: float = Field(
        default=90.0, gt=0, description="Days until hops and progress of old jobs are removed."
    )
    public_base_url: str = Field(
        default="",
        description="Where Limner's web pages are reached from outside, such as "
        "https://limner.example.org; messages point there when it is set.",
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
    log_level: str = Field(
        default="warning",
        pattern="^(debug|info|warning|error)$",
        description="debug, info, warning or error.",
    )

    @field_validator(
        "search_providers",
        "fetch_allowed_networks",
        "model_base_url",
        "check_base_url",
        "feeds",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("search_providers")
    @classmethod
    def _some_provider(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one provider, for example library")
        return value

    @field_validator("model_base_url", "check_base_url")
    @classmethod
    def _servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} is no address such as http://127.0.0.1:8000/v1")
        return value

    @field_validator("public_base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is no address such as https://limner.example.org")
        return value.rstrip("/")

    @field_validator("slack_api_base")
    @classmethod
    def _token_address(cls, value: str) -> str:
        """Tokens travel there, so only one's own network may be without TLS."""
        address = URL(value)
        if address.scheme == "https" or (address.scheme == "http" and _is_near(address.host)):
            return value.rstrip("/") + "/"
        raise ValueError(f"{value!r} is no https:// address (http:// only in your own network)")

    @field_validator("fetch_allowed_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ipaddress.ip_network(part)
            except ValueError as error:
                raise ValueError(f"{part!r} is no address range such as 10.0.0.0/8") from error
        return value

    @field_validator("database_url", mode="before")
    @classmethod
    def _known_database(cls, value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text in (None, ""):
            return None
        if not str(text).startswith(("sqlite:", "sqlite+", "postgres:", "postgresql")):
            raise ValueError("it starts with neither sqlite: nor postgresql:")
        return value

    @property
    def database(self) -> str:
        """The database address, with its password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'limner.sqlite'}"

    @property
    def engine_database(self) -> str:
        """The job engine's database: the same Postgres, or an SQLite file beside ours."""
        if self.database.startswith("postgres"):
            tail = self.database.partition("://")[2]
            return f"postgresql://{tail}"
        path = Path(self.database.partition(":///")[2])
        return f"sqlite:///{path.with_name(path.stem + '-engine.sqlite')}"


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


def _shown_default(name: str) -> str:
    if name == "data_dir":
        return "the user's data folder"
    default: object = Settings.model_fields[name].get_default(call_default_factory=False)
    if isinstance(default, tuple):
        return ",".join(cast("tuple[str, ...]", default))
    return "" if default is None else str(default)


def env_example() -> str:
    """The text of ``.env.example``: every setting with its default, commented out."""
    lines = ["# Limner's settings; every line shows the default. Generated from app/settings.py."]
    for name, field in Settings.model_fields.items():
        value = "" if name == "data_dir" else _shown_default(name)
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={value}"]
    return "\n".join(lines) + "\n"


def markdown_table() -> str:
    """The README's table of settings."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        shown = _shown_default(name)
        default = shown if name == "data_dir" or not shown else f"`{shown}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


_TABLE = re.compile(r"(<!-- settings:[^\n]*-->\n).*?(<!-- end of settings -->)", re.DOTALL)


def readme_with_table(readme: str) -> str:
    """The README with its table of settings brought up to date."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{markdown_table()}\n{match[2]}", readme)


def main() -> None:
    """Print the example of settings, or write the table into the README named after --readme."""
    if "--env" in sys.argv:
        sys.stdout.write(env_example())
    elif "--readme" in sys.argv:
        path = Path(sys.argv[-1])
        path.write_text(readme_with_table(path.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(markdown_table())


if __name__ == "__main__":
    main()
