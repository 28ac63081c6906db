"""Buttons: what pressing one does, as a short text that a platform keeps in its message.

The text names the action and the job or picture, and nothing else: who may do it is looked up when
it is pressed, so old buttons keep working and forged ones do no harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

_CODE = re.compile(r"limner:([a-z]+):([0-9A-Za-z:._-]{0,80})")


class ButtonAction(StrEnum):
    """The action of a button. Most name a job; those about one picture name that."""

    RERENDER = "rerender"
    RERESEARCH = "reresearch"
    VARY = "vary"
    EDIT = "edit"
    """Asks what to change, then edits."""
    SOURCES = "sources"
    REFERENCES = "references"
    CANCEL = "cancel"
    DELETE = "delete"
    """Deletes the pictures of a job, or the one picture that it names."""
    ASK_DELETION = "askdelete"
    """Asks whether pictures are to be deleted, and of a set which."""
    APPROVE = "approve"
    REJECT = "reject"
    """Asks for a reason, then rejects."""
    GO = "go"
    """Render with the references as they are now."""
    KEEP = "keep"
    """A menu: which references to keep."""
    REPLACE = "replace"
    """Asks for pictures to put in the place of references, then renders."""
    APPEAL = "appeal"
    """Send a refused request to the moderators."""
    ALLOW = "allow"
    """Let a refused request through, once."""
    REVEAL = "reveal"
    """Look at the refused pictures of a job, where they are kept."""
    DISMISS = "dismiss"
    """Leave it refused."""
    REPORT = "report"
    """Notify the moderators about a delivered picture."""
    CLEAR = "clear"
    """Leave a reported picture as it is."""
    REVOKE = "revoke"
    CANVAS = "canvas"
    """Let every link to a job's page end."""
    LIFT = "lift"
    """Let a suspended person ask again; about the person."""
    UP = "up"
    DOWN = "down"
    SHOW = "show"
    """Show a job anew, from a list."""
    MORE = "more"
    """The next items of the library, after the one that it names."""
    TEXT = "text"
    """Asks for other words, then changes a draft's."""
    PICTURE = "picture"
    """Put another picture in the place of a draft's."""
    STORY = "story"
    """Put another story in the place of a draft."""
    UPSCALE = "upscale"
    """Enlarge a picture."""
    CHANGE = "change"
    """Change a picture as the message says to which the offer was made."""
    NEW = "new"
    """Draw what that message says."""
    PICK = "pick"
    """Do what that message wants with the picture of a set that is picked: about the wish and the
    picture, or the job for all its pictures (``change:ID``)."""
    RUN = "run"
    """Run a sub-command (the subject, with colons for blanks) for the user who pressed the
    button."""
    FORGET = "forget"
    """Delete all that is kept of the person (``me``) or the workspace (``all``): asks once more,
    and with ``-yes`` behind it deletes."""
    SETTING = "setting"
    """Asks for the value of a setting, then sets it: in a menu about a scope and a group of
    settings (``workspace:people``), in a form about the settings (``workspace:approvals``, several
    by dots)."""
    NOTHING = "nothing"
    """Take an offer or a question back."""
    ANNOTATE = "annotate"
    """Have a posted story say what changed; about a workspace and a story."""
    RETELL = "retell"
    """Remove a posted story and find another one; about a workspace and a story."""


OFFERED: Final = frozenset({ButtonAction.CHANGE, ButtonAction.NEW, ButtonAction.PICK})
"""Actions that do what the message says that their buttons were offered for."""


class ButtonLook(StrEnum):
    """The style of a button."""

    PRIMARY = "primary"
    PLAIN = "plain"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """A button on a card; its label is ``words(language)[action]`` on the platform."""

    action: ButtonAction
    subject: str
    look: ButtonLook = ButtonLook.PLAIN
    number: int | None = None
    """The number of the picture in its set, shown in the label, or 0 for all of a set; it is no
    part of the code."""

    @property
    def code(self) -> str:
        """The text that a platform keeps and gives back when it is pressed; ≤ 100 characters."""
        return f"limner:{self.action.value}:{self.subject}"

    @classmethod
    def read(cls, code: str) -> Self | None:
        """The button behind a text; None for what is no button of ours."""
        match = _CODE.fullmatch(code)
        if match is None or match[1] not in set(ButtonAction):
            return None
        return cls(ButtonAction(match[1]), match[2])
