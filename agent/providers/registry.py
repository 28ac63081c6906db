"""Every search provider by its name in the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from yarl import URL

from agent.ports import Fetcher, LibrarySearch, SearchProvider
from agent.provider_wrappers import GuardedProvider
from agent.sandbox.pool import WorkerPool
from domain.errors import InvalidSettings


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where the providers are found; an empty ``wikipedia_base_url`` is the language's site."""

    language: str = "en"
    wikipedia_base_url: str = ""
    commons_base_url: str = "https://commons.wikimedia.org"
    openverse_base_url: str = "https://api.openverse.org"
    searxng_base_url: str = ""
    serper_base_url: str = "https://google.serper.dev"
    serper_api_key: str = ""
    brave_base_url: str = "https://api.search.brave.com"
    brave_api_key: str = ""
    tavily_base_url: str = "https://api.tavily.com"
    tavily_api_key: str = ""
    feeds: tuple[str, ...] = ()
    gdelt_base_url: str = "https://api.gdeltproject.org"
    ddgs_base_url: str = ""
    news: bool = False
    """Whether the engines give news articles of the last days instead of any pages."""

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses that the operator chose: they may lie in a private network."""
        addresses = (getattr(self, f.name) for f in fields(self) if f.name.endswith("_base_url"))
        return tuple(address for address in addresses if address)

    def base_url(self, name: str) -> str:
        """A provider's address; empty where it has none."""
        if name == "wikipedia":
            return self.wikipedia_base_url or f"https://{self.language}.wikipedia.org"
        return str(getattr(self, f"{name}_base_url", ""))


PUBLIC_CONNECTIONS = 8
SERVICE_CONNECTIONS = 64
"""Requests at once to a service that is paid for or one's own."""
_PUBLIC = ("wikipedia.org", "wikimedia.org", "openverse.org", "gdeltproject.org")
"""Where everybody is a guest."""


def connections(settings: ProviderSettings, chosen: Mapping[str, int]) -> Mapping[str, int]:
    """How many requests may go at once to the hosts of the providers, by host and port; ``chosen``
    are numbers by the providers' names. Of several providers on one host the highest counts."""
    most: dict[str, int] = {}
    for name in PROVIDERS:
        address = URL(settings.base_url(name))
        if address.host is None:
            continue
        public = address.host.endswith(_PUBLIC)
        number = chosen.get(name, PUBLIC_CONNECTIONS if public else SERVICE_CONNECTIONS)
        host = f"{address.raw_host}:{address.port}"
        most[host] = max(number, most.get(host, 0))
    return most


Factory = Callable[[ProviderSettings, Fetcher, LibrarySearch, WorkerPool | None], SearchProvider]


def _library(
    _settings: ProviderSettings, _fetcher: Fetcher, library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.library import LibraryProvider

    return LibraryProvider(library)


def _wikipedia(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.wikipedia import WikipediaProvider

    return WikipediaProvider(fetcher, base_url=settings.base_url("wikipedia"))


def _commons(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.commons import CommonsProvider

    return CommonsProvider(fetcher, base_url=settings.commons_base_url)


def _openverse(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.openverse import INTERVAL_S, OpenverseProvider

    public = "openverse.org" in settings.openverse_base_url
    interval_s = INTERVAL_S if public else 0.0
    return OpenverseProvider(fetcher, base_url=settings.openverse_base_url, interval_s=interval_s)


def _searxng(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.web import SearXng, WebProvider

    base_url = _given(settings.searxng_base_url, "searxng", "LIMNER_SEARXNG_BASE_URL")
    return WebProvider(SearXng(base_url, news=settings.news), fetcher)


def _serper(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.web import Serper, WebProvider

    key = _given(settings.serper_api_key, "serper", "LIMNER_SERPER_API_KEY")
    engine = Serper(settings.serper_base_url.rstrip("/"), key, news=settings.news)
    return WebProvider(engine, fetcher)


def _brave(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.web import Brave, WebProvider

    key = _given(settings.brave_api_key, "brave", "LIMNER_BRAVE_API_KEY")
    public = "search.brave.com" in settings.brave_base_url
    engine = Brave(settings.brave_base_url.rstrip("/"), key, news=settings.news)
    return WebProvider(engine, fetcher, interval_s=1.0 if public else 0.0)


def _tavily(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.web import Tavily, WebProvider

    key = _given(settings.tavily_api_key, "tavily", "LIMNER_TAVILY_API_KEY")
    engine = Tavily(settings.tavily_base_url.rstrip("/"), key, news=settings.news)
    return WebProvider(engine, fetcher)


def _ddgs(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.web import Ddgs, WebProvider

    base_url = _given(settings.ddgs_base_url, "ddgs", "LIMNER_DDGS_BASE_URL")
    return WebProvider(Ddgs(base_url, news=settings.news), fetcher)


def _gdelt(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, _pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.web import Gdelt, WebProvider

    # It answers once in five seconds; the news desk has the time to wait for that.
    paced = settings.news and "gdeltproject.org" in settings.gdelt_base_url
    engine = Gdelt(settings.gdelt_base_url.rstrip("/"), news=settings.news)
    return WebProvider(engine, fetcher, interval_s=5.0 if paced else 0.0)


def _feeds(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch, pool: WorkerPool | None
) -> SearchProvider:
    from agent.providers.feeds import FeedProvider

    _given("".join(settings.feeds), "feeds", "LIMNER_FEEDS")
    return FeedProvider(fetcher, addresses=settings.feeds, pool=pool)


def _given(value: str, provider: str, setting: str) -> str:
    if not value:
        raise InvalidSettings(
            f"The search provider {provider!r} needs the setting {setting}; set it or take the "
            "provider out of LIMNER_SEARCH_PROVIDERS."
        )
    return value.rstrip("/")


PROVIDERS: Mapping[str, Factory] = {
    "library": _library,
    "wikipedia": _wikipedia,
    "commons": _commons,
    "openverse": _openverse,
    "searxng": _searxng,
    "serper": _serper,
    "brave": _brave,
    "tavily": _tavily,
    "ddgs": _ddgs,
    "gdelt": _gdelt,
    "feeds": _feeds,
}
NEWS = frozenset({"searxng", "serper", "brave", "tavily", "ddgs", "gdelt", "feeds"})
"""Providers that know news."""


def build_provider(
    name: str,
    settings: ProviderSettings,
    *,
    fetcher: Fetcher,
    library: LibrarySearch,
    pool: WorkerPool | None = None,
) -> SearchProvider:
    """The provider of that name; feeds are read in the worker processes of ``pool``.

    Raises:
        InvalidSettings: There is none; the message lists those there are.
    """
    check_names([name])
    provider = PROVIDERS[name](settings, fetcher, library, pool)
    return provider if provider.local else GuardedProvider(provider)


def news_names(names: Sequence[str]) -> tuple[str, ...]:
    """Where news are searched: those of the providers that know news, and GDELT in any case, since
    it needs no key."""
    return tuple(dict.fromkeys([*(name for name in names if name in NEWS), "gdelt"]))


def check_names(names: Sequence[str]) -> None:
    """Refuse names of no provider. Raises ``InvalidSettings``."""
    for name in names:
        if name not in PROVIDERS:
            raise InvalidSettings(
                f"The setting LIMNER_SEARCH_PROVIDERS is wrong: there is no provider {name!r}; the "
                f"providers are {', '.join(PROVIDERS)}."
            )
