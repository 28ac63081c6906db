"""Writing the answer to an interaction: in public, to the person alone, or in the place of the
message that a button stands on."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from enum import Enum, auto

import discord
import structlog

from bot.cards.models import Card, NoteCard
from bot.cards.simplified import KnownForms
from bot.discord.client.messages import answering, as_large_as_it_may_be
from bot.discord.client.requesters import Interaction, requester_of
from bot.discord.client.uploads import Build, Content, Uploads
from bot.discord.view.components import Frame
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

ALREADY_ACKNOWLEDGED = 40060
"""An earlier try got through although its answer was lost."""
MAX_FILE_BYTES = 9_000_000
"""Of a file that is sent, below what every server takes."""
Files = Callable[[int], AsyncIterator[tuple[str, bytes]]]


class Ack(Enum):
    """Shown until the answer is there."""

    PUBLIC = auto()
    """A public message, which becomes the answer."""
    PRIVATE = auto()
    """A message for the person alone."""
    UPDATE = auto()
    """Nothing: the answer changes the message that the button stands on."""


class InteractionWriter:
    """Writes cards as answers, each in the first of its forms that Discord takes."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._forms = KnownForms()

    async def privately(
        self, interaction: Interaction, card: Card, ack: Ack, *, see: str | None = None
    ) -> None:
        """Show a card to the person alone, in the first form that Discord takes."""

        async def put(form: Card) -> None:
            await self.put_privately(interaction, self.build(interaction, form, see=see), ack)

        await self._forms.show(card, put)

    async def put_privately(
        self, interaction: Interaction, build: Build, ack: Ack
    ) -> discord.Message:
        """Show something to the person alone, however the interaction was acknowledged.

        A public answer that is waiting cannot become private: it is written, the private one
        follows, and then it is removed.
        """
        if ack is Ack.PRIVATE:
            return await self.put(interaction, build)
        if ack is Ack.PUBLIC:
            await self.put(
                interaction, self.build(interaction, NoteCard(gettext("Replied privately.")))
            )
        message = await self.follow_up(interaction, build)
        if ack is Ack.PUBLIC:
            async with answering():
                await interaction.delete_original_response()
        return message

    async def write(
        self, interaction: Interaction, card: Card, *, kept: frozenset[int] | None = None
    ) -> tuple[Card, discord.Message]:
        """Show a card as the answer, in the first form that Discord takes; gives that form."""

        async def put(form: Card) -> tuple[Card, discord.Message]:
            build = self.build(interaction, form, kept=kept)
            return form, await self.put(interaction, build)

        return await self._forms.show(card, put)

    async def put(self, interaction: Interaction, build: Build) -> discord.Message:
        """Write the answer that waits, or the message that the button stands on. Raises as
        :func:`as_large_as_it_may_be`."""

        async def write(content: Content) -> discord.Message:
            async with answering():
                return await interaction.edit_original_response(
                    view=content.view(), attachments=content.files()
                )

        return await as_large_as_it_may_be(interaction.filesize_limit, build, write)

    async def follow_up(self, interaction: Interaction, build: Build) -> discord.Message:
        """Show a further message to the person alone. Raises as :meth:`put`."""

        async def send(content: Content) -> discord.Message:
            async with answering():
                return await interaction.followup.send(
                    view=content.view(), files=content.files(), ephemeral=True, wait=True
                )

        return await as_large_as_it_may_be(interaction.filesize_limit, build, send)

    def build(
        self,
        interaction: Interaction,
        card: Card,
        *,
        see: str | None = None,
        kept: frozenset[int] | None = None,
    ) -> Build:
        """A card in the person's language; ``see`` is an address beside it, ``kept`` are the
        references that are picked."""
        requester = requester_of(interaction)
        frame = Frame(language=interaction.locale.value, see=see, kept=kept)
        return self._uploads.builder(requester.workspace_id, card, frame)

    async def send_files(self, interaction: Interaction, files: Files) -> None:
        """Send files to the person alone, one message each."""
        async for name, data in files(min(interaction.filesize_limit, MAX_FILE_BYTES)):
            async with answering():
                await interaction.followup.send(
                    file=discord.File(io.BytesIO(data), filename=name), ephemeral=True
                )


async def acknowledged(interaction: Interaction, ack: Ack) -> bool:
    """Acknowledge the interaction to Discord; False when it is too late for that."""
    try:
        await interaction.response.defer(
            ephemeral=ack is Ack.PRIVATE, thinking=ack is not Ack.UPDATE
        )
    except discord.HTTPException as error:
        if error.code == ALREADY_ACKNOWLEDGED:
            return True
        log.warning("not_acknowledged", interaction=interaction.id, code=error.code)
        return False
    except Exception as error:  # the connection: the person asks again
        log.warning("not_acknowledged", interaction=interaction.id, exc_info=error)
        return False
    return True
