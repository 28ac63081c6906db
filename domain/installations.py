"""An installation of a chat app in a workspace, with its token there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Installation:
    """``workspace_id`` is the tenant that installed the app, or the organisation that did so for
    all of its workspaces. The tokens are secrets and never shown.

    ``expires_at`` is when the token ends, for tokens that are exchanged for new ones now and then.
    """

    workspace_id: str
    token: str = field(repr=False)
    bot_id: str
    bot_member_id: str
    scopes: tuple[str, ...]
    installed_at: datetime
    installed_by: str = ""
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
