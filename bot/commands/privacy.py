"""Privacy commands: an archive of a person's data, and its deletion."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards.models import NoteCard, Reply
from domain.errors import InvalidRequest
from domain.translation.messages import gettext, ngettext
from jobs.admission.requests import Requester
from jobs.services.archives import packed
from jobs.services.privacy import PrivacyService

MINE, EVERYBODYS = "me", "all"
SURE = "-yes"
MOST_PARTS = 40
"""Archives that are sent to a chat; more is for the operator's command line."""


class PrivacyCommands:
    """The privacy commands of one person in one place."""

    def __init__(self, privacy: PrivacyService, requester: Requester) -> None:
        self._privacy = privacy
        self._requester = requester

    def choices(self) -> Reply:
        """The commands."""
        sentence = gettext(
            "“Privacy export” gives you everything I store about you here; “privacy delete” "
            "deletes it. Admins can add “team” to cover everyone."
        )
        return Reply(NoteCard(sentence), private=True)

    async def export(self, *, everybody: bool = False) -> Reply:
        """An archive of all that is kept about the person, or for admins about all members, in as
        many files as the platform needs. Raises ``Refused``."""
        held = await self._privacy.holdings(self._requester, everybody=everybody)
        sentence = gettext(
            "Here is everything I have stored: {jobs}, {pictures}, and the records that go with "
            "them.",
            jobs=ngettext("{count} request", "{count} requests", held.jobs, count=held.jobs),
            pictures=ngettext(
                "{count} picture", "{count} pictures", held.pictures, count=held.pictures
            ),
        )
        name = "limner-workspace" if everybody else "limner-data"

        async def files(most_bytes: int) -> AsyncIterator[tuple[str, bytes]]:
            number = 0
            entries = self._privacy.entries(self._requester, everybody=everybody)
            async for data, left in packed(entries, most_bytes=most_bytes):
                number += 1
                if number > MOST_PARTS:
                    return
                yield f"{name}-{number}.zip", data
                if left:
                    yield f"{name}-{number}-left-out.txt", "\n".join(left).encode()

        return Reply(NoteCard(sentence), private=True, files=files)

    async def delete(self, *, everybody: bool = False) -> Reply:
        """Ask whether all of it is to be deleted. Raises ``Refused``."""
        held = await self._privacy.holdings(self._requester, everybody=everybody)
        jobs = ngettext("{count} request", "{count} requests", held.jobs, count=held.jobs)
        pictures = ngettext(
            "{count} picture", "{count} pictures", held.pictures, count=held.pictures
        )
        sentence = (
            gettext(
                "Delete everything for everyone here? This removes {jobs} and {pictures}, all "
                "settings and schedules, the library and the audit log.",
                jobs=jobs,
                pictures=pictures,
            )
            if everybody
            else gettext(
                "Delete everything I store about you here? This removes {jobs} and {pictures} "
                "with their messages, and your settings, presets and votes.",
                jobs=jobs,
                pictures=pictures,
            )
        )
        keep = gettext("“Privacy export” gives you an archive first.")
        return _asked(sentence, keep, EVERYBODYS if everybody else MINE)

    async def press(self, button: Button, *, event_key: str) -> Reply:
        """Ask once more, or delete. Raises ``Refused``."""
        whose, sure, _ = button.subject.partition(SURE)
        if whose not in (MINE, EVERYBODYS):
            raise InvalidRequest(gettext("That button has expired. Ask again."))
        everybody = whose == EVERYBODYS
        if not sure:
            await self._privacy.holdings(self._requester, everybody=everybody)
            sentence = gettext("Are you sure? This can't be undone.")
            return _asked(sentence, "", whose + SURE, replaces=True)
        await self._privacy.ask_deletion(self._requester, everybody=everybody, event_key=event_key)
        done = gettext("It is being deleted. You'll get a receipt in a direct message.")
        return Reply(NoteCard(done), private=True, replaces=True)


def _asked(sentence: str, line: str, subject: str, *, replaces: bool = False) -> Reply:
    buttons = (
        Button(ButtonAction.FORGET, subject, ButtonLook.DANGER),
        Button(ButtonAction.NOTHING, "-"),
    )
    card = NoteCard(sentence, (line,) if line else (), buttons)
    return Reply(card, private=True, replaces=replaces)
