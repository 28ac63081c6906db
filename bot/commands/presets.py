"""Presets: options that a person, or a channel, keeps under a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.cards.models import NoteCard, Reply
from bot.options import OPTIONS, request_of, split_options
from bot.text import plain
from domain.errors import InvalidRequest
from domain.team import Scope
from domain.translation.messages import gettext, ngettext
from jobs.admission.requests import Requester
from jobs.services.team import TeamService

if TYPE_CHECKING:
    from bot.commands.making import MakingCommands, Pictures

MAX_OPTIONS_CHARS: Final = 600
_NEVER: Final = frozenset({"preset", "private"})
"""Options that no preset stores: visibility is chosen each time."""
_NAME: Final = re.compile(r"[^\W_][\w-]{0,31}")


class PresetCommands:
    """The preset commands of one person in one place."""

    def __init__(self, making: MakingCommands, team: TeamService, requester: Requester) -> None:
        self._making = making
        self._team = team
        self._requester = requester

    async def save(self, name: str, options: str, *, channel: bool = False) -> Reply:
        """Save options under a name, in place of what was kept there.

        Raises:
            InvalidRequest: The name or an option cannot be used.
            Refused: Only admins may change a channel's.
        """
        key, text = _checked_name(name), plain(options, most=MAX_OPTIONS_CHARS).strip()
        words, given = split_options(text)
        if words or not given or _NEVER & set(given) or len(options) > MAX_OPTIONS_CHARS:
            raise InvalidRequest(
                gettext(
                    "A preset can only hold options, such as aspect:16:9 research:deep. You can "
                    "use {options}.",
                    options=", ".join(name for name in OPTIONS if name not in _NEVER),
                ),
                field="options",
            )
        request_of(self._requester, "a picture", given)  # every value can be used
        await self._team.keep_preset(self._requester, _scope(channel=channel), key, text)
        sentence = gettext("Saved as “{name}”: {options}", name=key, options=text)
        use = gettext("Add --preset {name} to a request to use it.", name=key)
        return Reply(NoteCard(sentence, (use,)), private=True)

    async def use(
        self, name: str, prompt: str, *, event_key: str, pictures: Pictures = ()
    ) -> Reply:
        """Draw something with a preset. Raises as ``MakingCommands.imagine``."""
        text, given = split_options(prompt)
        return await self._making.imagine(
            text, event_key=event_key, options={**given, "preset": name}, pictures=pictures
        )

    async def check_use(self, name: str, prompt: str) -> None:
        """See whether :meth:`use` would be accepted. Raises as that."""
        text, given = split_options(prompt)
        await self._making.check_imagine(text, options={**given, "preset": name})

    async def delete(self, name: str, *, channel: bool = False) -> Reply:
        """Take a preset back. Raises ``NotFound`` or ``Refused``."""
        key = _checked_name(name)
        await self._team.keep_preset(self._requester, _scope(channel=channel), key, None)
        return Reply(NoteCard(gettext("Deleted the preset “{name}”.", name=key)), private=True)

    async def list(self) -> Reply:
        """The person's presets, and the channel's."""
        own = (await self._team.preferences_at(self._requester, Scope.MEMBER)).presets or {}
        here = (await self._team.preferences_at(self._requester, Scope.CHANNEL)).presets or {}
        lines = [
            *(f"{name}: {options}" for name, options in sorted(own.items())),
            *(
                gettext("{name}: {options} (this channel)", name=name, options=options)
                for name, options in sorted(here.items())
            ),
        ]
        count = len(lines)
        heading = ngettext("1 preset", "{count} presets", count, count=count)
        none = gettext("No presets yet. Save one with “preset save NAME OPTIONS”.")
        return Reply(NoteCard(heading if lines else none, tuple(lines)), private=True)


def _scope(*, channel: bool) -> Scope:
    return Scope.CHANNEL if channel else Scope.MEMBER


def _checked_name(name: str) -> str:
    key = name.strip().casefold()
    if not _NAME.fullmatch(key):
        raise InvalidRequest(
            gettext(
                "{name!r} can't be the name of a preset. Use up to 32 letters, digits and hyphens.",
                name=plain(name, most=40),
            ),
            field="name",
        )
    return key
