"""The specification of a search provider: its name, address, key and abilities.

A provider is one module of this package with a ``SPEC``. From it follow its settings, their
reference, what ``limner doctor`` says of it and its place in the registry. The module is imported
with the settings by every command, so what is slow to import is imported in ``build``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from yarl import URL

from agent.ports import Fetcher, LibrarySearch, SearchProvider

if TYPE_CHECKING:
    from agent.sandbox.pool import WorkerPool


@dataclass(frozen=True, slots=True)
class Access:
    """The parts that a provider is made with."""

    fetcher: Fetcher
    library: LibrarySearch
    pool: WorkerPool | None
    """The reader of feeds."""
    base_url: str
    """Its address without a slash at its end; empty where it has none."""
    api_key: str
    is_public: bool
    """Whether the address is the public service that others use too, so calls must be paced."""
    news: bool
    """Whether it is to give news articles of the last days instead of any pages."""
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """A search provider by its name in the settings.

    ``base_url`` is the default address; empty where the operator gives one, and None where there is
    nothing to give. From it comes the setting ``LIMNER_<NAME>_BASE_URL``, from ``needs_key`` the
    setting ``LIMNER_<NAME>_API_KEY``.
    """

    name: str
    title: str
    """Its display name."""
    build: Callable[[Access], SearchProvider]
    base_url: str | None = None
    about_address: str = ""
    """The settings reference's text on the address; "<title>'s address." when empty."""
    needs_address: bool = False
    """Whether the operator must give the address."""
    needs_key: bool = False
    needs_feeds: bool = False
    """Whether it reads the feeds of the setting ``LIMNER_FEEDS``."""
    localized: bool = False
    """Whether the default address begins with the language, as in ``https://en.wikipedia.org``."""
    gives_news: bool = False
    price_unit: Literal["", "call"] = ""
    """The unit that the service charges for; empty where it is free."""
    public_host: str = ""
    """The end of the host of the public service."""
    shared: bool = False
    """Whether the public service is free for all, so that few connections at once are polite."""

    @property
    def address_setting(self) -> str:
        """The name of the setting of its address; empty where there is none."""
        return "" if self.base_url is None else f"{self.name}_base_url"

    @property
    def key_setting(self) -> str:
        """The name of the setting of its key; empty where it needs none."""
        return f"{self.name}_api_key" if self.needs_key else ""

    def is_public(self, base_url: str) -> bool:
        """Whether that address is the public service."""
        host = URL(base_url).host
        return bool(self.public_host and host and host.endswith(self.public_host))


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The operator's choice; addresses and keys by the providers' names."""

    language: str = "en"
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    """The default counts where a provider has none here, or an empty one."""
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    feeds: tuple[str, ...] = ()
    news: bool = False
    """Whether the engines give news articles of the last days instead of any pages."""

    def base_url(self, spec: ProviderSpec) -> str:
        """A provider's address; empty where it has none."""
        default = spec.base_url or ""
        if spec.localized:
            default = default.replace("://", f"://{self.language}.", 1)
        return (self.addresses.get(spec.name) or default).rstrip("/")
