"""Display names of the states of jobs and of news posts, and of what is doubtful in these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.news import Doubt, SlotStatus
from domain.requests import JobStatus
from domain.translation.messages import Message, gettext, pgettext

STATUS_WORDS: Final[Mapping[JobStatus, Message]] = {
    JobStatus.QUEUED: pgettext("job", "queued"),
    JobStatus.RESEARCHING: pgettext("job", "researching"),
    JobStatus.CHOOSING: pgettext("job", "choosing"),
    JobStatus.RENDERING: pgettext("job", "rendering"),
    JobStatus.REVIEWING: pgettext("job", "reviewing"),
    JobStatus.DELIVERING: pgettext("job", "delivering"),
    JobStatus.DONE: pgettext("job", "done"),
    JobStatus.FAILED: pgettext("job", "failed"),
    JobStatus.CANCELLED: pgettext("job", "cancelled"),
}
SLOT_WORDS: Final[Mapping[SlotStatus, Message]] = {
    SlotStatus.DUE: pgettext("post", "due"),
    SlotStatus.WORKING: pgettext("post", "working"),
    SlotStatus.POSTED: pgettext("post", "posted"),
    SlotStatus.EMPTY: pgettext("post", "empty"),
    SlotStatus.SKIPPED: pgettext("post", "skipped"),
    SlotStatus.FAILED: pgettext("post", "failed"),
    SlotStatus.REJECTED: pgettext("post", "rejected"),
    SlotStatus.EXPIRED: pgettext("post", "expired"),
}
DOUBT_WORDS: Final[Mapping[Doubt, Message]] = {
    Doubt.ACCUSES: gettext("it may accuse somebody, or leave out their answer"),
    Doubt.CONFLICT: gettext("its sources don't agree, or one goes further"),
    Doubt.FIRMER: gettext("its headline may say more than its sources bear out"),
    Doubt.OMITS: gettext("it may leave out something that several sources report"),
    Doubt.HEADLINES: gettext("only headlines of its sources could be quoted"),
    Doubt.UNCLEAR: gettext("it may be hard to understand by itself"),
    Doubt.WORDING: gettext("its wording may not be fit to print"),
}
