"""The pages on the web, wired."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from app.settings import Settings
from domain.stores import Store
from jobs.services.page_links import LinkSigner, SignedPageLinks
from jobs.services.queries import JobReader
from storage.page_keys import page_key

if TYPE_CHECKING:
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


def pages_site(
    settings: Settings, *, store: Store, jobs: JobReader, links: SignedPageLinks
) -> PagesSite:
    """The pages that this process serves."""
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
            proxies=networks(settings.http_proxies),
        )
    )
