"""Display names of the states of jobs and of news posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.news import SlotStatus
from domain.requests import JobStatus
from domain.translation.messages import Message, pgettext

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
