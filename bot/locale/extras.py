"""The words of presets, of descriptions and blends of pictures, of accounts and of privacy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.locale.words import Words
from domain.translation.messages import gettext, pgettext

EXTRA_COMMANDS: Final[Mapping[str, Words]] = {
    "job.poll": Words(
        pgettext("job.poll", "poll"), gettext("Let the channel vote on the pictures of a set")
    ),
    "job.hours": Words(
        pgettext("job.hours", "hours"), gettext("How long the vote is open, 1 to 168 hours")
    ),
    "describe": Words(pgettext("describe", "describe"), gettext("Describe what a picture shows")),
    "describe.picture": Words(pgettext("describe.picture", "picture"), gettext("The picture")),
    "describe.address": Words(
        pgettext("describe.address", "address"), gettext("Or the web address of a picture")
    ),
    "blend": Words(pgettext("blend", "blend"), gettext("Combine two to four pictures into one")),
    "blend.first": Words(pgettext("blend.first", "first"), gettext("The first picture")),
    "blend.second": Words(pgettext("blend.second", "second"), gettext("The second picture")),
    "blend.third": Words(pgettext("blend.third", "third"), gettext("Another picture")),
    "blend.fourth": Words(pgettext("blend.fourth", "fourth"), gettext("Another picture")),
    "blend.prompt": Words(
        pgettext("blend.prompt", "prompt"), gettext("What the picture should show")
    ),
    "preset": Words(pgettext("preset", "preset"), gettext("Save options that you use often")),
    "preset.save": Words(pgettext("preset.save", "save"), gettext("Save options under a name")),
    "preset.use": Words(pgettext("preset.use", "use"), gettext("Draw something with a preset")),
    "preset.list": Words(pgettext("preset.list", "list"), gettext("Show your presets")),
    "preset.delete": Words(pgettext("preset.delete", "delete"), gettext("Delete a preset")),
    "preset.name": Words(pgettext("preset.name", "name"), gettext("Name of the preset")),
    "preset.options": Words(
        pgettext("preset.options", "options"), gettext('Such as aspect:16:9 style:"ink drawing"')
    ),
    "preset.prompt": Words(
        pgettext("preset.prompt", "prompt"), gettext("What the picture should show")
    ),
    "link-account": Words(
        pgettext("link_account", "link-account"),
        gettext("Let your accounts on Discord and Slack count as one person"),
    ),
    "link-account.code": Words(
        pgettext("link_account.code", "code"),
        gettext("The code that your other account got; without one you get a code"),
    ),
    "unlink-account": Words(
        pgettext("unlink_account", "unlink-account"),
        gettext("Let your accounts count as two people again"),
    ),
    "privacy": Words(
        pgettext("privacy", "privacy"),
        gettext("Export or delete everything Limner stores about you"),
    ),
    "privacy.export": Words(
        pgettext("privacy.export", "export"), gettext("Get everything as an archive")
    ),
    "privacy.delete": Words(
        pgettext("privacy.delete", "delete"), gettext("Delete everything (asks twice first)")
    ),
    "privacy.team": Words(
        pgettext("privacy.team", "team"), gettext("For everyone here (admins only)")
    ),
    "preset.channel": Words(
        pgettext("preset.channel", "channel"), gettext("For everybody in this channel")
    ),
}
