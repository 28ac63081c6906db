"""The pages on the web, wired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from app.settings import Settings
from domain.stores import Store
from jobs.common.ports import Surface
from jobs.services.page_links import LinkSigner, SignedPageLinks
from jobs.services.provenance import ProvenanceService
from jobs.services.queries import JobReader
from storage.page_keys import page_key

if TYPE_CHECKING:
    from agent.fetching.fetcher import SafeFetcher
    from jobs.services.page_previews import PagePreviews
    from web.pages.routes import PagesSite


async def page_links(settings: Settings, database: AsyncEngine) -> SignedPageLinks | None:
    """Makes links to pages; None where no public address is set, so that there are none."""
    if not settings.public_base_url:
        return None
    return SignedPageLinks(
        settings.public_base_url,
        LinkSigner(await page_key(database)),
        lifetime=timedelta(days=settings.page_link_days),
    )


def page_previews(
    links: SignedPageLinks | None, *, store: Store, jobs: JobReader
) -> PagePreviews | None:
    """Gives chats the preview of a page whose address was posted; None without ``links``."""
    if links is None:
        return None
    from jobs.services.page_previews import PagePreviews
    from jobs.services.pages import PageService

    return PagePreviews(links=links, pages=PageService(store=store, jobs=jobs, signer=links.signer))


def pages_site(
    settings: Settings,
    links: SignedPageLinks | None,
    *,
    store: Store,
    jobs: JobReader,
    provenance: ProvenanceService,
    fetcher: SafeFetcher,
    surfaces: Mapping[str, Surface],
) -> PagesSite | None:
    """The pages that this process serves, none without ``links``; ``surfaces`` are looked at once
    they are open."""
    if links is None:
        return None
    from app.sign_in import SurfaceMembers, sign_ins
    from jobs.services.pages import PageService
    from web.connections import networks
    from web.pages.members import Sessions
    from web.pages.routes import PagesSite
    from web.pages.site import SiteParts

    signer = links.signer
    return PagesSite(
        SiteParts(
            pages=PageService(store=store, jobs=jobs, signer=signer),
            links=links,
            sessions=Sessions(signer, secure=links.base.startswith("https://")),
            verifier=provenance,
            members=SurfaceMembers(surfaces),
            providers=sign_ins(settings, fetcher),
            proxies=networks(settings.http_proxies),
        )
    )
