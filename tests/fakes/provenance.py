"""Pictures of one layout, what happens to pictures in the world, and a service that verifies."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from agent.sandbox.picture_decoder import DecodingPool
from agent.sandbox.pool import WorkerPool
from app.provenance import CopyWorkers, PoolExaminer
from app.settings import Settings
from domain.illustrations import Illustration
from domain.requests import Destination
from evaluation.peers.values import a_job, a_request, an_illustration
from jobs.common.ports import BlobStore
from jobs.services.outgoing import OutgoingCopies
from jobs.services.provenance import ProvenanceService
from storage.blobs import FolderBlobStore
from storage.unit_of_work import SqlStore

WORDS = ("harbour", "bridge", "lantern", "orchard", "violin", "glacier", "compass", "meadow")


def a_board(seed: int, size: tuple[int, int] = (900, 600)) -> Image.Image:
    """A board of one layout: three pictures, a heading and lines of text, all of them its own."""
    random = np.random.default_rng(seed)
    board = Image.new("RGB", size, (250, 248, 244))
    draw = ImageDraw.Draw(board)
    heading = " ".join(random.choice(WORDS, 4)).title()
    draw.text((30, 20), heading, "black", font_size=40)
    for column in range(3):
        noise = random.integers(0, 255, (12, 16, 3), dtype=np.uint8)
        picture = Image.fromarray(noise).resize((260, 200), Image.Resampling.BICUBIC)
        board.paste(picture.filter(ImageFilter.GaussianBlur(2)), (30 + column * 290, 100))
    for line in range(10):
        text = " ".join(random.choice(WORDS, 9))
        draw.text((30, 330 + line * 25), f"{line + 1}. {text}", (40, 40, 40), font_size=18)
    return board


def encoded(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _bordered(picture: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (picture.width + 240, picture.height + 160), (49, 51, 56))
    screen.paste(picture, (80, 60))
    return screen


def _cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = int(picture.width * (1 - share)), int(picture.height * (1 - share))
    left, top = (picture.width - width) // 3, (picture.height - height) * 2 // 3
    return picture.crop((left, top, left + width, top + height))


CHANGES: Mapping[str, Callable[[Image.Image], bytes]] = {
    "jpeg": lambda p: encoded(p, "JPEG", quality=60),
    "half": lambda p: encoded(p.resize((p.width // 2, p.height // 2)), "WEBP", quality=80),
    "crop": lambda p: encoded(_cropped(p, 0.25), "JPEG", quality=85),
    "screenshot": lambda p: encoded(_bordered(p)),
    "turned": lambda p: encoded(p.rotate(2, Image.Resampling.BICUBIC)),
    "grey": lambda p: encoded(ImageEnhance.Brightness(p.convert("L")).enhance(1.2)),
}


@asynccontextmanager
async def a_provenance_office(
    store: SqlStore, folder: Path
) -> AsyncGenerator[tuple[ProvenanceService, OutgoingCopies, BlobStore]]:
    """What makes copies and verifies pictures, with its processes."""
    settings = Settings(data_dir=folder)
    pool = WorkerPool(size=1)
    copies = CopyWorkers(settings, in_process=False)
    blobs = FolderBlobStore(folder / "blobs")
    service = ProvenanceService(
        store=store,
        blobs=blobs,
        checker=DecodingPool(pool=pool),
        examiner=PoolExaminer(settings, pool=pool, copies=copies),
    )
    try:
        yield service, OutgoingCopies(store=store, make_copy=copies, watermark=True), blobs
    finally:
        await copies.aclose()
        await pool.aclose()


async def draw(
    store: SqlStore, blobs: BlobStore, workspace_id: str, data: bytes, *, private: bool = False
) -> Illustration:
    """A finished picture of a new job, with those bytes."""
    request = a_request(
        workspace_id=workspace_id, private=private, destination=Destination("chat", "c1")
    )
    job = a_job(workspace_id, request=request)
    sha256 = await blobs.put(workspace_id, data)
    picture = an_illustration(job, sha256=sha256)
    async with store.workspace(workspace_id) as unit:
        await unit.jobs.add(job, event_key=job.id)
        await unit.illustrations.save(picture)
    return picture
