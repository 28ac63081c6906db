"""Messages in chat whose words have to be written anew although they were finished."""

from __future__ import annotations

from dataclasses import replace

from domain.stores import UnitOfWork
from domain.team import MessageKind


async def show_again(unit: UnitOfWork, job_id: str, *, ended: bool) -> None:
    """Have a job's finished messages brought up to date; once it ``ended`` without a delivery that
    says so, or changed after it, also the message that lived through it."""
    for message in await unit.messages.of_job(job_id):
        if message.kind is MessageKind.CANVAS:
            continue
        if message.kind is not MessageKind.LIVE:
            await unit.messages.add(replace(message, open=True))
        elif ended:
            await unit.messages.add(replace(message, kind=MessageKind.RESULT, open=True))
