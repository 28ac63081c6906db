"""Channels of two workspaces that show the same jobs: how one names the other, and what is known of
a job that both show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from domain.errors import InvalidRequest
from domain.requests import JobStatus
from domain.translation.messages import gettext

SAME_EVERYWHERE: Final = frozenset({"discord"})
"""The surfaces on which an id is that of one person in every workspace. On Slack two workspaces may
give the same id to two people."""
_CODE = re.compile(r"([a-z]+:[A-Za-z0-9._:-]{1,120})/([A-Za-z0-9._-]{1,60})")


@dataclass(frozen=True, slots=True)
class ChannelCode:
    """A channel named across workspaces, such as ``discord:123/456`` or ``slack:T0001/C0123``."""

    workspace_id: str
    channel: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as the other channel's settings show it.

        Raises:
            InvalidRequest: It is none.
        """
        match = _CODE.fullmatch(text.strip())
        if match is None:
            raise InvalidRequest(
                (
                    gettext(
                        "{text!r} isn't a channel's link code. Copy the code from "
                        "the other channel's settings; it looks like "
                        "'slack:T0001/C0123'.",
                        text=text.strip()[:60],
                    )
                ),
                field="linked",
            )
        return cls(match[1], match[2])

    @property
    def surface(self) -> str:
        """The surface that it is a channel of."""
        return self.workspace_id.partition(":")[0]

    def __str__(self) -> str:
        return f"{self.workspace_id}/{self.channel}"


@dataclass(frozen=True, slots=True)
class MirroredJob:
    """A job that a linked channel shows too.

    ``here`` is where it was asked for, ``there`` that channel. ``changes`` counts what was done to
    the job's pictures beside its log; ``seq`` numbers its last event. ``withheld`` says that the
    policy there does not allow it.
    """

    job_id: str
    here: ChannelCode
    there: ChannelCode
    changes: int
    status: JobStatus
    seq: int
    withheld: bool = False


def member_elsewhere(member_id: str, *, of: str, on: str) -> str:
    """The id of a member of one workspace in another one, by the surfaces of the two: an outside
    user's id says where it comes from, as in ``slack:U123``, and one of its own does not."""
    if of == on and of in SAME_EVERYWHERE:
        return member_id
    own = f"{on}:"
    return member_id.removeprefix(own) if member_id.startswith(own) else f"{of}:{member_id}"
