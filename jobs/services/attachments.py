"""Pictures that a requester attaches: checked, re-encoded and kept."""

from __future__ import annotations

from typing import Final

from domain.errors import UnusableReference
from domain.requests import Attachment
from domain.translation.messages import gettext
from jobs.common.ports import BlobStore, PictureChecker

MAX_ATTACHMENT_BYTES: Final = 20_000_000


async def keep_attachment(
    blobs: BlobStore, checker: PictureChecker, workspace_id: str, *, name: str, data: bytes
) -> Attachment:
    """Check, re-encode and keep an attached picture.

    Raises:
        UnusableReference: It is no picture that can be used; the message says why.
    """
    if not data:
        raise UnusableReference(name, gettext("the file is empty"))
    if len(data) > MAX_ATTACHMENT_BYTES:
        raise UnusableReference(
            name,
            (
                gettext(
                    "it is {size:.0f} MB, the limit is {limit:.0f} MB",
                    size=len(data) / 1e6,
                    limit=MAX_ATTACHMENT_BYTES / 1e6,
                )
            ),
        )
    try:
        picture = await checker.decode(data)
    except UnusableReference as error:
        raise UnusableReference(name, error.why) from error
    sha256 = await blobs.put(workspace_id, picture.data)
    return Attachment(name=name, sha256=sha256, width=picture.width, height=picture.height)
