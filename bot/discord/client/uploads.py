"""The files that come with a card: pictures that fit, thumbnails, and evidence in full."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import discord
from discord import ui

from bot.cards.languages import in_language
from bot.cards.models import (
    Card,
    ChoiceCard,
    EvidenceCard,
    EvidenceEntry,
    GalleryCard,
    IllustrationCard,
    PicturesCard,
    ResultCard,
    ReviewCard,
)
from bot.discord.view.command_links import Commands
from bot.discord.view.components import MAX_ALT_CHARS, MAX_PICTURES, MAX_REFERENCES, Frame
from bot.discord.view.markdown import fitted
from bot.discord.view.render import fits, layout
from bot.discord.view.state_emoji import StateEmoji
from bot.marks import unmarked
from domain.errors import LimnerError
from domain.illustrations import Picture
from domain.translation.messages import gettext, translated
from jobs.services.jobs import JobService

MAX_FILE_BYTES = 10 * 1024 * 1024
"""The file size limit of every guild; boosted ones have a larger one."""
MAX_REQUEST_BYTES = 24 * 1024 * 1024
SMALLER_BYTES = (8_000_000, 2_000_000, 500_000, 0)
"""The size to try next when Discord takes less than it announced; 0 sends no picture at all."""
MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be sent; ``sha256`` names the picture that it shows."""

    name: str
    data: bytes
    alt: str
    sha256: str = ""

    def file(self) -> discord.File:
        """The file, to be sent once."""
        alt = fitted(self.alt, most=MAX_ALT_CHARS)
        return discord.File(io.BytesIO(self.data), filename=self.name, description=alt)


@dataclass(frozen=True, slots=True)
class Content:
    """A whole message, which can be sent any number of times."""

    card: Card
    frame: Frame
    uploads: tuple[Upload, ...] = ()

    def view(self) -> ui.LayoutView:
        """Its components."""
        return layout(self.card, self.frame)

    def files(self) -> list[discord.File]:
        """Its files."""
        return [upload.file() for upload in self.uploads]


class Build:
    """Makes the message of a card, with files of at most so many bytes each."""

    def __init__(
        self,
        card: Card,
        frame: Frame,
        find_files: Callable[[Card, int], Awaitable[Sequence[Upload]]],
    ) -> None:
        self._card = card
        self._frame = frame
        self._find_files = find_files

    async def __call__(self, max_bytes: int) -> Content:
        """The message; 0 bytes leave every file out."""
        card, frame = in_language(self._card, self._frame.language), self._frame
        uploads = await self._find_files(card, max_bytes)
        files = {upload.sha256: upload.name for upload in uploads}
        if isinstance(card, EvidenceCard) and max_bytes and not fits(card, frame):
            whole = _evidence_file(card, frame.language)
            return Content(card, replace(frame, files=files, whole=whole.name), (*uploads, whole))
        return Content(card, replace(frame, files=files), tuple(uploads))


class Uploads:
    """Finds the files of cards."""

    def __init__(
        self,
        job_service: JobService,
        commands: Callable[[], Commands] = tuple,
        emoji: Callable[[], StateEmoji] = dict,
    ) -> None:
        """``commands`` gives Discord's ids of the commands, and ``emoji`` the application's own
        emoji, as far as they are known."""
        self._job_service = job_service
        self._commands = commands
        self._emoji = emoji

    def builder(self, workspace_id: str, card: Card, frame: Frame) -> Build:
        """Makes the message of a card, for any limit."""

        async def find_files(card: Card, max_bytes: int) -> Sequence[Upload]:
            return await self._found(workspace_id, card, max_bytes)

        # In other places than the card's own server its commands do something else.
        commands = () if frame.hint else self._commands()
        frame = replace(frame, commands=commands, emoji=self._emoji())
        return Build(card, frame, find_files)

    async def _found(self, workspace_id: str, card: Card, max_bytes: int) -> list[Upload]:
        """The pictures of a card that can be sent; one that cannot is left out."""
        if not max_bytes:
            return []
        match card:
            case PicturesCard(refused=True):
                read = self._job_service.refused_picture_for
                return await self._pictures(workspace_id, card.pictures, max_bytes, read)
            case ResultCard() | PicturesCard():
                return await self._pictures(workspace_id, card.pictures, max_bytes)
            case ReviewCard():
                return await self._pictures(workspace_id, card.result.pictures, max_bytes)
            case GalleryCard():
                best = [(p.sha256, p.alt_text) for p in card.pictures[:MAX_PICTURES]]
                return await self._thumbnails(workspace_id, best)
            case ChoiceCard() | EvidenceCard():
                known = [(r.sha256, r.title) for r in card.references[:MAX_REFERENCES]]
                return await self._thumbnails(workspace_id, known)
            case _:
                return []

    async def _pictures(
        self,
        workspace_id: str,
        pictures: Sequence[IllustrationCard],
        max_bytes: int,
        read: Callable[..., Awaitable[Picture]] | None = None,
    ) -> list[Upload]:
        read = read or self._job_service.picture_for
        found: dict[str, Upload] = {}
        share = min(max_bytes, MAX_REQUEST_BYTES // max(1, len(pictures)))
        for picture in pictures[:MAX_PICTURES]:
            try:
                copy = await read(
                    workspace_id,
                    picture.illustration_id,
                    max_bytes=share,
                    media_types=MEDIA_TYPES,
                )
            except LimnerError:
                continue
            name = f"limner-{picture.illustration_id}.{_SUFFIXES[copy.media_type]}"
            found[picture.sha256] = Upload(name, copy.data, picture.alt_text, picture.sha256)
        return list(found.values())

    async def _thumbnails(
        self, workspace_id: str, pictures: Sequence[tuple[str, str]]
    ) -> list[Upload]:
        found: list[Upload] = []
        for sha256, alt in dict(pictures).items():
            try:
                small = await self._job_service.thumbnail(workspace_id, sha256)
            except LimnerError:
                continue
            found.append(Upload(f"limner-{sha256[:24]}.jpg", small.data, alt, sha256))
        return found


def _evidence_file(card: EvidenceCard, language: str | None) -> Upload:
    """Every citation word for word, with its address, time and hash."""
    text = "\n\n".join("\n".join(_citation_lines(entry, language)) for entry in card.entries)
    if card.left_out:
        text += f"\n\n… (+{card.left_out})"
    name = translated(gettext("The sources"), language)
    return Upload(f"sources-{card.job_id}.txt", f"{card.title}\n\n{text}\n".encode(), name)


def _citation_lines(entry: EvidenceEntry, language: str | None) -> Iterator[str]:
    yield f"[{entry.n}] {entry.claim}"
    if entry.title is None:
        yield translated(gettext("no source found"), language)
        return
    if entry.passage:
        yield f"“{entry.passage}”"
    read = entry.fetched and gettext("read {time}", time=unmarked(entry.fetched))
    fields = (entry.title, entry.doubt, entry.rights, entry.address, read)
    yield " · ".join(translated(part, language) for part in fields if part)
    if entry.sha256:
        yield f"sha256 {entry.sha256}"
