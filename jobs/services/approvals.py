"""The settings that are needed so that a picture which needs approval is reviewed before it is
posted."""

from __future__ import annotations

from domain.errors import InvalidRequest
from domain.requests import LOCAL_WORKSPACE
from domain.stores import UnitOfWork
from domain.team import Preferences, Scope
from domain.translation.messages import gettext
from jobs.admission.requests import Requester


async def check_review_channel(
    unit: UnitOfWork, requester: Requester, scope: Scope, after: Preferences
) -> None:
    """See that approvals come with a review channel other than the channel they are for;
    ``after`` is what would be set at that scope.

    Raises:
        InvalidRequest: Pictures would wait for approval, and no channel is there for that.
    """
    if scope is Scope.MEMBER or requester.workspace_id == LOCAL_WORKSPACE:
        return
    wide = after if scope is Scope.WORKSPACE else await unit.preferences.get(Scope.WORKSPACE)
    holds = after.over(wide)
    if not holds.approvals:
        return
    here = requester.destination.channel if scope is Scope.CHANNEL else None
    if {holds.review_channel, wide.review_channel} - {None, "", here}:
        return
    raise InvalidRequest(
        gettext(
            "Pictures that need approval wait in a review channel, and none is set. Set "
            "review_channel to another channel first, or approvals to 0."
        ),
        field="approvals",
    )
