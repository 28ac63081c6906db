"""The members of a linked channel that are one person: those who linked their accounts."""

from __future__ import annotations

from contextlib import suppress

from domain.accounts import Account
from domain.errors import InvalidRequest
from domain.links import ChannelCode, member_elsewhere
from domain.requests import Job
from domain.stores import UnitOfWork
from domain.team import Scope


async def names_of_person(unit: UnitOfWork, job: Job, member_id: str) -> frozenset[str]:
    """All ids of a person in the workspace of a job: that one, and those of the accounts that they
    linked with it."""
    place = job.request.routing.destination
    account = Account(job.request.origin.workspace_id, member_id)
    surface, _, elsewhere = member_id.partition(":")
    if elsewhere:  # a member of the linked channel, see ``member_elsewhere``
        linked = (await unit.preferences.get(Scope.CHANNEL, place.channel)).linked
        with suppress(InvalidRequest):
            there = ChannelCode.parse(linked or "").workspace_id
            if there.startswith(f"{surface}:"):
                account = Account(there, elsewhere)
    here = job.request.origin.workspace_id
    names = {
        one.member_id
        if one.workspace_id == here
        else member_elsewhere(one.member_id, of=one.surface, on=place.surface)
        for one in await unit.accounts.joined(account)
    }
    return frozenset({member_id, *names})
