"""Setting preferences: which ones exist at a scope, who may set them, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from domain.errors import InvalidRequest, Refused
from domain.stores import Store, UnitOfWork
from domain.team import (
    CHANNEL_PREFERENCES,
    MEMBER_PREFERENCES,
    NO_SETTINGS,
    WORKSPACE_PREFERENCES,
    Preferences,
    Role,
    Scope,
)
from domain.translation.messages import gettext
from jobs.admission.requests import Requester, logged, record, with_role
from jobs.linked.links import check_linkable
from jobs.services.approvals import check_review_channel
from jobs.services.presets import scope_id_of


async def set_preferences(
    store: Store, requester: Requester, scope: Scope, changes: Mapping[str, Any]
) -> Preferences:
    """Set preferences at a scope; None takes one back. Gives what is set there now.

    Raises:
        InvalidRequest: One of them cannot be set at that scope, or pictures would wait for
            approval without a review channel.
        Refused: Only admins may set it.
    """
    _check_scope(scope, changes)
    check_linkable(requester.workspace_id, changes.get("linked"))
    async with store.workspace(requester.workspace_id) as unit:
        check_may_set(scope, (await with_role(unit, requester)).role)
        before = await unit.preferences.get(scope, scope_id_of(requester, scope))
        after = replace(before, **changes)
        if changes.keys() & {"approvals", "review_channel"}:
            await check_review_channel(unit, requester, scope, after)
        await unit.preferences.save(scope, scope_id_of(requester, scope), after)
        if "training" in changes:
            await _forget_training_data(unit, requester, scope, after)
        changed = {name: logged(value) for name, value in changes.items()}
        await record(unit, requester, "settings", scope.value, **changed)
    return after


def check_may_set(scope: Scope, role: Role) -> None:
    """Check that a person with that role may change the settings of a scope. Raises ``Refused``."""
    if scope is not Scope.MEMBER and role is not Role.ADMIN:
        raise Refused(gettext("Only an admin can change the settings of the channel or the team."))


async def _forget_training_data(
    unit: UnitOfWork, requester: Requester, scope: Scope, now: Preferences
) -> None:
    """Remove the training data of a person who no longer agrees."""
    if scope is Scope.MEMBER and now.training is False:
        await unit.trajectories.forget(requester.member_id)
    elif scope is Scope.WORKSPACE and now.training is not True:
        await unit.trajectories.forget()


_PER = {
    Scope.MEMBER: gettext("per person"),
    Scope.CHANNEL: gettext("per channel"),
    Scope.WORKSPACE: gettext("for the whole team"),
}


def _check_scope(scope: Scope, changes: Mapping[str, Any]) -> None:
    known = {field.name for field in fields(Preferences)} - NO_SETTINGS
    if scope is Scope.MEMBER:
        known &= MEMBER_PREFERENCES
    if scope is Scope.CHANNEL:
        known -= WORKSPACE_PREFERENCES
    if scope is Scope.WORKSPACE:
        known -= CHANNEL_PREFERENCES
    for name in changes:
        if name not in known:
            raise InvalidRequest(
                gettext(
                    "{name!r} can't be set {per}. You can set {known}.",
                    name=name,
                    per=_PER[scope],
                    known=", ".join(sorted(known)),
                ),
                field=name,
            )
