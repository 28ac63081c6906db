"""Outgoing copies of pictures: what they say about themselves, and what is kept to find them."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import NotFound
from domain.illustrations import Illustration, Picture
from domain.provenance import Ingredient, Origin, watermark_of
from domain.stores import Store, UnitOfWork
from domain.team import Scope
from jobs.common.ports import CopyMaker

MAX_INGREDIENTS = 20
MAX_TITLE_CHARS = 200
KNOWN = 2_000
"""Pictures of which this process remembers that their hashes are kept."""


class OutgoingCopies:
    """Makes copies of finished pictures, with their origin in them."""

    def __init__(self, *, store: Store, make_copy: CopyMaker, watermark: bool) -> None:
        """``watermark`` is whether copies carry one where a workspace says nothing else."""
        self._store = store
        self._make_copy = make_copy
        self._watermark = watermark
        self._kept: dict[tuple[str, str], None] = {}

    async def get_copy(
        self,
        illustration: Illustration,
        data: bytes,
        *,
        max_bytes: int,
        media_types: Sequence[str],
        max_side: int,
    ) -> Picture | None:
        """The best copy that fits; None where none can be made now. ``data`` is what is stored.

        Raises:
            InvalidRequest: No copy fits.
        """
        workspace_id = illustration.workspace_id
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            preferences = await unit.preferences.get(Scope.WORKSPACE)
            marked = self._watermark if preferences.watermark is None else preferences.watermark
            origin = await origin_of(unit, illustration, watermark=marked)
        copy = await self._make_copy(
            data,
            illustration.media_type or "image/png",
            origin,
            max_bytes=max_bytes,
            media_types=media_types,
            max_side=max_side,
        )
        if copy is None:
            return None
        key = (workspace_id, illustration.id)
        if key not in self._kept:
            async with self._store.workspace(workspace_id) as unit:
                await unit.provenance.keep_hashes(illustration.id, copy.hashes)
            self._kept[key] = None
            if len(self._kept) > KNOWN:
                del self._kept[next(iter(self._kept))]
        return copy.picture


async def origin_of(unit: UnitOfWork, illustration: Illustration, *, watermark: bool) -> Origin:
    """The metadata in a copy of the picture: its references with their credits, and its parent."""
    recipe = illustration.recipe
    ingredients = [
        Ingredient(reference.title[:MAX_TITLE_CHARS], reference.sha256, reference.credit)
        for reference in recipe.references[:MAX_INGREDIENTS]
    ]
    parent = await _parent(unit, illustration)
    if parent is not None and parent.sha256 is not None:
        ingredients.append(Ingredient(parent.id, parent.sha256, "", is_parent=True))
    mark = watermark_of(illustration.workspace_id, illustration.id).hex() if watermark else None
    return Origin(illustration.id, recipe.generator, tuple(ingredients), mark)


async def _parent(unit: UnitOfWork, illustration: Illustration) -> Illustration | None:
    if illustration.parent_id is None:
        return None
    try:
        return await unit.illustrations.get(illustration.parent_id)
    except NotFound:
        return None
