"""Every search provider by its name: the modules of this package that have a ``SPEC``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from yarl import URL

from agent import providers
from agent.ports import Fetcher, LibrarySearch, SearchProvider
from agent.providers.spec import Access, ProviderSettings, ProviderSpec
from domain.errors import InvalidSettings
from domain.specs import find_specs
from domain.translation.messages import gettext

if TYPE_CHECKING:
    from agent.sandbox.pool import WorkerPool

PUBLIC_CONNECTIONS = 8
SERVICE_CONNECTIONS = 64
"""Requests at once to a service that is paid for or one's own."""


PROVIDERS: Mapping[str, ProviderSpec] = find_specs(providers, ProviderSpec)
NEWS_PROVIDERS = tuple(name for name, spec in PROVIDERS.items() if spec.gives_news)


def own_addresses(settings: ProviderSettings) -> tuple[str, ...]:
    """The providers' addresses, which may lie in a private network since the operator chose them;
    not that of a language's site, which was not chosen."""
    return tuple(
        address
        for spec in PROVIDERS.values()
        if not spec.localized or settings.addresses.get(spec.name)
        if (address := settings.base_url(spec))
    )


def connections(settings: ProviderSettings, chosen: Mapping[str, int]) -> Mapping[str, int]:
    """The number of requests that may go at once to the hosts of the providers, by host and port;
    ``chosen`` are numbers by the providers' names. Of several providers on one host the highest
    counts."""
    most: dict[str, int] = {}
    for name, spec in PROVIDERS.items():
        address = URL(settings.base_url(spec))
        if address.host is None:
            continue
        shared = spec.shared and spec.is_public(str(address))
        number = chosen.get(name, PUBLIC_CONNECTIONS if shared else SERVICE_CONNECTIONS)
        host = f"{address.raw_host}:{address.port}"
        most[host] = max(number, most.get(host, 0))
    return most


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
        InvalidSettings: There is none (the message lists those there are), or a setting that it
            needs is not set.
    """
    from agent.providers.wrappers import GuardedProvider

    check_names([name])
    spec = PROVIDERS[name]
    if lacking := missing_setting(spec, settings):
        raise InvalidSettings(
            gettext(
                "The search provider {name!r} needs {lacking}. Set it, or remove the "
                "provider from LIMNER_SEARCH_PROVIDERS.",
                name=name,
                lacking=lacking,
            )
        )
    base_url = settings.base_url(spec)
    provider = spec.build(
        Access(
            fetcher=fetcher,
            library=library,
            pool=pool,
            base_url=base_url,
            api_key=settings.keys.get(name, ""),
            is_public=spec.is_public(base_url),
            news=settings.news,
            feeds=settings.feeds,
        )
    )
    return provider if provider.local else GuardedProvider(provider)


def missing_setting(spec: ProviderSpec, settings: ProviderSettings) -> str:
    """The variable that a provider needs and that is not set; empty where nothing is missing."""
    if spec.needs_address and not settings.base_url(spec):
        return f"LIMNER_{spec.address_setting.upper()}"
    if spec.needs_key and not settings.keys.get(spec.name):
        return f"LIMNER_{spec.key_setting.upper()}"
    if spec.needs_feeds and not any(settings.feeds):
        return "LIMNER_FEEDS"
    return ""


def news_names(names: Sequence[str]) -> tuple[str, ...]:
    """The providers of news: those of the configured ones that know news, and GDELT in any case,
    since it needs no key."""
    known = (name for name in names if name in NEWS_PROVIDERS)
    return tuple(dict.fromkeys([*known, "gdelt"]))


def check_names(names: Sequence[str]) -> None:
    """Refuse names of no provider. Raises ``InvalidSettings``."""
    for name in names:
        if name not in PROVIDERS:
            raise InvalidSettings(
                gettext(
                    "The setting LIMNER_SEARCH_PROVIDERS is wrong: there is no "
                    "provider {name!r}. Choose from {providers}.",
                    name=name,
                    providers=", ".join(PROVIDERS),
                )
            )
