"""Names of settings, and the defaults that apply where none is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.translation.messages import Message, gettext, pgettext

SETTING_TITLES: Final[Mapping[str, Message]] = {
    "generator": pgettext("setting", "Image model"),
    "research": pgettext("setting", "Research"),
    "rights": pgettext("setting", "Rights of reference images"),
    "commercial": pgettext("setting", "References allow commercial use"),
    "derivatives": pgettext("setting", "References allow changes"),
    "unsupported": pgettext("setting", "Details that no source supports"),
    "aspect": pgettext("setting", "Aspect ratio"),
    "style": pgettext("setting", "Style"),
    "language": pgettext("setting", "Language"),
    "time_zone": pgettext("setting", "Time zone of news schedules"),
    "house_style": pgettext("setting", "House style of news"),
    "checkpoint": pgettext("setting", "Choose references before drawing"),
    "threads": pgettext("setting", "A thread for each picture"),
    "follow_ups": pgettext("setting", "Replies in threads change pictures"),
    "review_channel": pgettext("setting", "Review channel"),
    "approvals": pgettext("setting", "Approvals needed"),
    "allowed_groups": pgettext("setting", "Who can request pictures"),
    "moderator_groups": pgettext("setting", "Moderators"),
    "daily_per_member": pgettext("setting", "Pictures per person per day"),
    "daily_per_workspace": pgettext("setting", "Pictures per day, all together"),
    "jobs_per_member": pgettext("setting", "Jobs per person at the same time"),
    "blocked": pgettext("setting", "Blocked words"),
    "paused": pgettext("setting", "Limner is paused"),
    "categories": pgettext("setting", "Content policy by category"),
    "people_approval": pgettext("setting", "Pictures of people wait for approval"),
    "unjudged": pgettext("setting", "What could not be judged"),
    "keep_refused": pgettext("setting", "Keep the words of refused requests"),
    "suspends": pgettext("setting", "Repeated violations suspend people"),
    "search_messages": pgettext("setting", "Search this workspace's messages"),
    "training": pgettext("setting", "Research may be used for training"),
    "linked": pgettext("setting", "Linked channel"),
    "watermark": pgettext("setting", "Invisible watermark"),
    "links": pgettext("setting", "Pages open for anyone with the link"),
    "publish": pgettext("setting", "Public pages for this channel's pictures"),
    "notify": pgettext("setting", "Reply when a slow picture is ready"),
}
"""At most 45 characters in every language, as titles of fields are."""
GROUP_TITLES: Final[Mapping[str, Message]] = {
    "pictures": gettext("Change how pictures are made…"),
    "chat": gettext("Change how pictures are shown…"),
    "people": gettext("Change who may do what…"),
    "policy": gettext("Change what may be drawn…"),
}
"""Texts of the settings menus."""
_YES, _NO = gettext("yes"), gettext("no")
DEFAULT_VALUES: Final[Mapping[str, Message]] = {
    "research": pgettext("research", "auto"),
    "rights": pgettext("rights", "any"),
    "unsupported": pgettext("unsupported", "mark"),
    "approvals": gettext("none"),
    "allowed_groups": gettext("everyone"),
    "moderator_groups": gettext("none"),
    "blocked": gettext("none"),
    **dict.fromkeys(("commercial", "derivatives", "follow_ups", "notify", "links"), _YES),
    **dict.fromkeys(("people_approval", "suspends"), _YES),
    **dict.fromkeys(("checkpoint", "threads", "paused", "training", "publish"), _NO),
    "search_messages": _NO,
}
"""By setting; those are missing that the operator or the request decides."""
