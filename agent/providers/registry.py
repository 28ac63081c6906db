"""Every search provider by its name in the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent.ports import Fetcher, LibrarySearch, SearchProvider
from domain.errors import InvalidSettings


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where the providers are found; an empty ``wikipedia_base_url`` is the language's site."""

    language: str = "en"
    wikipedia_base_url: str = ""
    commons_base_url: str = "https://commons.wikimedia.org"
    openverse_base_url: str = "https://api.openverse.org"


Factory = Callable[[ProviderSettings, Fetcher, LibrarySearch], SearchProvider]


def _library(
    _settings: ProviderSettings, _fetcher: Fetcher, library: LibrarySearch
) -> SearchProvider:
    from agent.providers.library import LibraryProvider

    return LibraryProvider(library)


def _wikipedia(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch
) -> SearchProvider:
    from agent.providers.wikipedia import WikipediaProvider

    base_url = settings.wikipedia_base_url or f"https://{settings.language}.wikipedia.org"
    return WikipediaProvider(fetcher, base_url=base_url)


def _commons(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch
) -> SearchProvider:
    from agent.providers.commons import CommonsProvider

    return CommonsProvider(fetcher, base_url=settings.commons_base_url)


def _openverse(
    settings: ProviderSettings, fetcher: Fetcher, _library: LibrarySearch
) -> SearchProvider:
    from agent.providers.openverse import INTERVAL_S, OpenverseProvider

    public = "openverse.org" in settings.openverse_base_url
    interval_s = INTERVAL_S if public else 0.0
    return OpenverseProvider(fetcher, base_url=settings.openverse_base_url, interval_s=interval_s)


PROVIDERS: Mapping[str, Factory] = {
    "library": _library,
    "wikipedia": _wikipedia,
    "commons": _commons,
    "openverse": _openverse,
}


def build_provider(
    name: str, settings: ProviderSettings, *, fetcher: Fetcher, library: LibrarySearch
) -> SearchProvider:
    """The provider of that name.

    Raises:
        InvalidSettings: There is none; the message lists those there are.
    """
    check_names([name])
    return PROVIDERS[name](settings, fetcher, library)


def check_names(names: Sequence[str]) -> None:
    """Refuse names of no provider. Raises ``InvalidSettings``."""
    for name in names:
        if name not in PROVIDERS:
            raise InvalidSettings(
                f"The setting LIMNER_SEARCH_PROVIDERS is wrong: there is no provider {name!r}; the "
                f"providers are {', '.join(PROVIDERS)}."
            )
