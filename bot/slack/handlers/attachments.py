"""Files that people bring along: read with the workspace's token, from Slack's own hosts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from bot.options import check_file_count
from bot.slack.client.api import SlackApi
from bot.slack.client.tokens import Tenant
from bot.slack.view.blocks import Files
from bot.text import plain
from domain.errors import SurfaceRefused, UnusableReference
from domain.translation.messages import gettext
from jobs.services.attachments import MAX_ATTACHMENT_BYTES


def is_picture(file: Mapping[str, Any]) -> bool:
    """Whether a file says that it is a picture."""
    return str(file.get("mimetype", "")).startswith("image/")


def pictures_in(files: Files) -> Files:
    """The attached pictures."""
    return [file for file in files if is_picture(file)]


def unusable_in(files: Files) -> list[str]:
    """The names of those that are none."""
    return [str(file.get("name") or "file") for file in files if not is_picture(file)]


async def read_files(api: SlackApi, tenant: Tenant, files: Files) -> list[tuple[str, bytes]]:
    """Name and bytes of each.

    Raises:
        InvalidRequest: There are too many.
        UnusableReference: One is too large, lies elsewhere or cannot be read.
    """
    check_file_count(len(files))
    return [await _read(api, tenant, file) for file in files]


async def _read(api: SlackApi, tenant: Tenant, file: Mapping[str, Any]) -> tuple[str, bytes]:
    name = plain(file.get("name") or file.get("title") or "file", most=100)
    if file.get("file_access") == "check_file_info" or not file.get("url_private"):
        try:
            answer = await api.call(tenant, "files.info", file=str(file.get("id", "")))
        except SurfaceRefused:
            raise UnusableReference(name, gettext("Slack doesn't let Limner read it")) from None
        file = cast("Mapping[str, Any]", answer["file"])
    if file.get("is_external") or file.get("mode") == "external":
        raise UnusableReference(name, gettext("it isn't a Slack file; upload it here"))
    if int(file.get("size") or 0) > MAX_ATTACHMENT_BYTES:
        limit = MAX_ATTACHMENT_BYTES / 1e6
        raise UnusableReference(name, gettext("it is larger than {limit:.0f} MB", limit=limit))
    address = str(file.get("url_private_download") or file.get("url_private") or "")
    return name, await api.download(tenant, name, address, most=MAX_ATTACHMENT_BYTES)
