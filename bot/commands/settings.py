"""Settings commands: show and change them, and the content of a form for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from bot.cards import team as team_cards
from bot.cards.models import Reply, SettingsCard
from bot.locale.moderators import no_review_channel
from bot.marks import unmarked
from bot.setting_fields import AskedSetting, FieldKind, field_kind, setting_title
from bot.setting_values import ASPECTS, CHOICES, NUMBERS, setting_of, typed_setting
from domain.errors import InvalidRequest
from domain.links import ChannelCode
from domain.policy import Action, Category
from domain.team import (
    CHANNEL_PREFERENCES,
    MEMBER_PREFERENCES,
    NO_SETTINGS,
    PREFERENCES_OF,
    WORKSPACE_PREFERENCES,
    Preferences,
    Role,
    Scope,
)
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.services.preferences import check_may_set
from jobs.services.team import TeamService


class SettingsCommands:
    """The settings commands of one person in one place."""

    def __init__(
        self, team: TeamService, requester: Requester, generators: Sequence[str] = ()
    ) -> None:
        """``generators`` are the names that may be set."""
        self._team = team
        self._requester = requester
        self._generators = generators

    async def change(self, scope: Scope, values: Mapping[str, str]) -> Reply:
        """Set several things as they are typed, or show what is set where there are none; an empty
        value takes one back. Where one of them cannot be used, nothing is changed.

        Raises:
            InvalidRequest: There is no such setting, or a value cannot be used.
            Refused: Only admins may set it.
        """
        changes = {name: setting_of(name, value) for name, value in values.items()}
        for name in changes:
            if PREFERENCES_OF.get(name, self._surface) != self._surface:
                raise _not_here()
        if changes:
            kept = await self._team.prefer(self._requester, scope, **changes)
        else:
            kept = await self._team.preferences_at(self._requester, scope)
        return Reply(await self._card(scope, kept), private=True)

    async def _card(self, scope: Scope, kept: Preferences) -> SettingsCard:
        titles = {
            Scope.MEMBER: gettext("Your settings"),
            Scope.CHANNEL: gettext("This channel's settings"),
            Scope.WORKSPACE: gettext("The team's settings"),
        }
        here = ChannelCode(self._requester.workspace_id, self._requester.destination.channel)
        note = no_review_channel(self._requester.destination.surface, self._requester.language)
        return team_cards.settings_card(
            titles[scope],
            kept,
            settings_at(scope, self._surface),
            code=here if scope is Scope.CHANNEL else None,
            no_review=note if scope is Scope.WORKSPACE else "",
            wider=await self._wider(scope),
            scope=scope if await self.may_set(scope) else None,
        )

    async def _wider(self, scope: Scope) -> Preferences:
        """The value that applies where a scope sets nothing."""
        if scope is Scope.WORKSPACE:
            return Preferences()
        team = await self._team.preferences_at(self._requester, Scope.WORKSPACE)
        if scope is Scope.CHANNEL:
            return team
        return (await self._team.preferences_at(self._requester, Scope.CHANNEL)).over(team)

    async def typed(self, scope: Scope, name: str) -> tuple[str, str]:
        """A setting as it is typed now, and its description: its value, or the default that
        applies. Raises ``InvalidRequest`` where there is no such setting at that scope."""
        self._check_at(scope, name)
        kept = await self._team.preferences_at(self._requester, scope)
        return _typed(name, kept, await self._wider(scope))

    async def asked(self, scope: Scope, names: Sequence[str]) -> tuple[AskedSetting, ...]:
        """Settings as a form asks for them, with what is set now and what holds instead.

        Raises:
            InvalidRequest: One of them cannot be set at that scope.
            Refused: Only admins may set them.
        """
        check_may_set(scope, await self._team.role(self._requester))
        for name in names:
            self._check_at(scope, name)
        kept = await self._team.preferences_at(self._requester, scope)
        wider = await self._wider(scope)
        return tuple(self._asked(name, kept, wider) for name in names)

    def _asked(self, name: str, kept: Preferences, wider: Preferences) -> AskedSetting:
        typed, shown = _typed(name, kept, wider)
        known = {"generator": tuple(self._generators), "aspect": ASPECTS}
        values = known.get(name, CHOICES.get(name, ()))
        if typed and values and typed not in values:
            values = (typed, *values)
        kind = FieldKind.CHOICE if values else field_kind(name)
        actions = kept.over(wider).categories or {} if kind is FieldKind.CATEGORIES else None
        limits = NUMBERS.get(name, (0, 0))
        return AskedSetting(
            name,
            kind,
            setting_title(name),
            typed,
            shown,
            values,
            limits,
            actions,
            is_set=getattr(kept, name) is not None,
        )

    @property
    def _surface(self) -> str:
        return self._requester.destination.surface

    def _check_at(self, scope: Scope, name: str) -> None:
        """Raise ``InvalidRequest`` where there is no such setting at that scope."""
        if name not in settings_at(scope, self._surface):
            setting_of(name, "")
            raise _not_here()

    async def wider_actions(self, scope: Scope) -> Mapping[Category, Action]:
        """The content policy's action on each category where a scope sets nothing."""
        return (await self._wider(scope)).categories or {}

    async def may_set(self, scope: Scope) -> bool:
        """Whether the requester may change the settings of a scope, so that a form is of use."""
        return scope is Scope.MEMBER or await self._team.role(self._requester) is Role.ADMIN


def _typed(name: str, kept: Preferences, wider: Preferences) -> tuple[str, str]:
    """A setting as it is typed now, and its description."""
    shown = unmarked(team_cards.setting_in_effect(name, kept, wider))
    return typed_setting(getattr(kept, name)), shown


def _not_here() -> InvalidRequest:
    return InvalidRequest(gettext("That can't be set here."), field="name")


def settings_at(scope: Scope, surface: str = "slack") -> tuple[str, ...]:
    """The names of what can be set at a scope, on a platform."""
    every = [
        f.name
        for f in fields(Preferences)
        if f.name not in NO_SETTINGS and PREFERENCES_OF.get(f.name, surface) == surface
    ]
    if scope is Scope.MEMBER:
        return tuple(name for name in every if name in MEMBER_PREFERENCES)
    if scope is Scope.CHANNEL:
        return tuple(name for name in every if name not in WORKSPACE_PREFERENCES)
    return tuple(name for name in every if name not in CHANNEL_PREFERENCES)
