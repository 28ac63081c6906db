"""What a research model is shown of pictures: small copies, made once."""

from __future__ import annotations

from agent.ports import Cache, PictureDecoder, PictureStore
from agent.research.picture_reader import MAX_SHOWN_PIXELS
from domain.pictures import CheckedPicture
from domain.research import Source

TTL_S = 86_400.0


class ShownPictures:
    """Small copies of the pictures of sources. They are kept beside the blobs, so that a resumed
    job shows its model the same bytes; where they are gone they are made again."""

    def __init__(
        self, *, decoder: PictureDecoder, pictures: PictureStore, cache: Cache | None
    ) -> None:
        self._decoder = decoder
        self._pictures = pictures
        self._cache = cache

    async def keep(self, workspace_id: str, sha256: str, shown: CheckedPicture) -> None:
        """Keep the small copy of a blob that came from the web."""
        if self._cache is not None:
            key = f"{workspace_id}/{sha256}"
            await self._cache.put("shown", key, shown.data, ttl_s=TTL_S)

    async def get(self, workspace_id: str, source: Source) -> bytes:
        """What is shown of a source's picture. Raises ``NotFound``."""
        if self._cache is not None:
            kept = await self._cache.get("shown", f"{workspace_id}/{source.sha256}")
            if kept is not None:
                return kept
        data = await self._pictures.get(workspace_id, source.sha256)
        if (source.width or 0) * (source.height or 0) <= MAX_SHOWN_PIXELS:
            return data
        return (await self._decoder.decode(data, max_pixels=MAX_SHOWN_PIXELS)).data
