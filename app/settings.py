"""Settings: environment variables (or a ``.env``) with the prefix ``LIMNER_``.

All settings are one class. Each group of them is a class in a file of its own that inherits from
the group before it, so that the reference lists them in this order.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator

from app.chat_settings import ChatSettings
from app.redaction import redactor_for
from app.setting_errors import setting_sentences
from app.storage_settings import Names, checked_networks, split_names
from domain.errors import InvalidSettings
from domain.redaction import Redactor
from domain.translation.messages import gettext

NEAR = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    *("::1/128", "fc00::/7"),
)
"""This machine and private networks, where reverse proxies stand."""


class Settings(ChatSettings):
    """Everything an operator can set; built once at the start."""

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

    @field_validator("http_proxies", mode="before")
    @classmethod
    def _split_proxies(cls, value: Any) -> Any:
        return split_names(value)

    @field_validator("http_proxies")
    @classmethod
    def _proxy_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return checked_networks(value)

    @cached_property
    def redactor(self) -> Redactor:
        """Takes every secret of these settings out of texts; one for all that use these settings,
        so that a secret that is added is hidden everywhere."""
        return redactor_for({name: getattr(self, name) for name in type(self).model_fields})


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
