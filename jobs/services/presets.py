"""Options that a member, or a channel, keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from domain.errors import InvalidRequest, NotFound, Refused
from domain.stores import Store
from domain.team import Role, Scope
from domain.translation.messages import gettext
from jobs.admission.requests import Requester, record, with_role

MAX_PRESETS = 50
"""How many presets a member, or a channel, may keep."""


async def keep_preset(
    store: Store, requester: Requester, scope: Scope, *, name: str, options: str | None
) -> Mapping[str, str]:
    """Save options under a name, of the member or of the channel; None takes them back. Gives all
    that is kept there.

    Raises:
        InvalidRequest: So many are kept already.
        NotFound: There is none of that name to be taken back.
        Refused: Only admins may change a channel's.
    """
    scope_id = scope_id_of(requester, scope)
    async with store.workspace(requester.workspace_id) as unit:
        role = (await with_role(unit, requester)).role
        if scope is not Scope.MEMBER and role is not Role.ADMIN:
            raise Refused(gettext("Only an admin can change the channel's presets."))
        before = await unit.preferences.get(scope, scope_id)
        kept = dict(before.presets or {})
        if options is None and name not in kept:
            raise NotFound("preset", name)
        if options is None:
            del kept[name]
        else:
            kept[name] = options
        if len(kept) > MAX_PRESETS:
            raise InvalidRequest(
                gettext("Keep at most {most} presets; delete one first.", most=MAX_PRESETS),
                field="name",
            )
        await unit.preferences.save(scope, scope_id, replace(before, presets=kept or None))
        await record(unit, requester, "preset", scope.value, name=name, options=options)
    return kept


def scope_id_of(requester: Requester, scope: Scope) -> str:
    """Whose preferences a scope names, for that person in that place."""
    match scope:
        case Scope.WORKSPACE:
            return ""
        case Scope.CHANNEL:
            return requester.destination.channel
        case Scope.MEMBER:
            return requester.member_id
