"""Button labels."""

from __future__ import annotations

from collections.abc import Mapping

from bot.buttons import ButtonAction
from domain.translation.messages import Message, gettext

BUTTONS: Mapping[ButtonAction, Message] = {
    ButtonAction.RERENDER: gettext("Redraw"),
    ButtonAction.RERESEARCH: gettext("Redo research"),
    ButtonAction.VARY: gettext("Vary"),
    ButtonAction.EDIT: gettext("Edit…"),
    ButtonAction.SOURCES: gettext("Sources"),
    ButtonAction.REFERENCES: gettext("References"),
    ButtonAction.CANCEL: gettext("Cancel"),
    ButtonAction.DELETE: gettext("Delete"),
    ButtonAction.ASK_DELETION: gettext("Delete…"),
    ButtonAction.APPROVE: gettext("Approve"),
    ButtonAction.REJECT: gettext("Reject…"),
    ButtonAction.GO: gettext("Draw now"),
    ButtonAction.KEEP: gettext("References to keep"),
    ButtonAction.REPLACE: gettext("Replace…"),
    ButtonAction.APPEAL: gettext("Ask a moderator"),
    ButtonAction.ALLOW: gettext("Allow this once"),
    ButtonAction.REVEAL: gettext("Look at the picture"),
    ButtonAction.DISMISS: gettext("Keep refused"),
    ButtonAction.LIFT: gettext("Lift suspension"),
    ButtonAction.REPORT: gettext("Report"),
    ButtonAction.CLEAR: gettext("Leave it"),
    ButtonAction.REVOKE: gettext("Revoke links"),
    ButtonAction.CANVAS: gettext("Make a canvas"),
    ButtonAction.UP: gettext("Like"),
    ButtonAction.DOWN: gettext("Dislike"),
    ButtonAction.SHOW: gettext("Show"),
    ButtonAction.TEXT: gettext("Edit text…"),
    ButtonAction.PICTURE: gettext("Another picture"),
    ButtonAction.STORY: gettext("Another story"),
    ButtonAction.ANNOTATE: gettext("Add a note to the post"),
    ButtonAction.RETELL: gettext("Replace the post"),
    ButtonAction.MORE: gettext("Show more"),
    ButtonAction.UPSCALE: gettext("Upscale"),
    ButtonAction.CHANGE: gettext("Change the picture"),
    ButtonAction.NEW: gettext("New picture"),
    ButtonAction.PICK: gettext("Picture"),
    ButtonAction.RUN: gettext("Show"),
    ButtonAction.FORGET: gettext("Delete everything"),
    ButtonAction.SETTING: gettext("Change a setting…"),
    ButtonAction.NOTHING: gettext("Nothing"),
}
