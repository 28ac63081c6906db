"""The words of commands, buttons and forms; their translations are in the catalogues of the domain.

``COMMANDS`` has names (lowercase without blanks, ≤ 32 characters) and descriptions (≤ 100) of
commands and their options, by paths such as ``imagine`` and ``imagine.aspect``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from bot.buttons import ButtonAction
from bot.locale.button_labels import BUTTONS
from bot.locale.extras import EXTRA_COMMANDS
from bot.locale.provenance import PROVENANCE_COMMANDS
from bot.locale.words import Words
from domain.translation.catalogue import languages
from domain.translation.messages import Message, changed, gettext, joined, pgettext, translated

LANGUAGES: Final = languages()


COMMANDS: Mapping[str, Words] = {
    "imagine": Words(pgettext("imagine", "imagine"), gettext("Research a subject, then draw it")),
    "imagine.prompt": Words(
        pgettext("imagine.prompt", "prompt"), gettext("What the picture should show")
    ),
    "imagine.reference": Words(
        pgettext("imagine.reference", "reference"), gettext("Reference image")
    ),
    "imagine.research": Words(
        pgettext("imagine.research", "research"), gettext("How much research to do")
    ),
    "imagine.aspect": Words(
        pgettext("imagine.aspect", "aspect"), gettext("Aspect ratio, such as 16:9")
    ),
    "imagine.style": Words(pgettext("imagine.style", "style"), gettext("Style of the picture")),
    "imagine.count": Words(
        pgettext("imagine.count", "count"), gettext("Number of pictures, 1 to 4")
    ),
    "imagine.seed": Words(pgettext("imagine.seed", "seed"), gettext("Seed")),
    "imagine.generator": Words(pgettext("imagine.generator", "generator"), gettext("Image model")),
    "imagine.rights": Words(
        pgettext("imagine.rights", "rights"), gettext("Which images may be used as references")
    ),
    "imagine.private": Words(
        pgettext("imagine.private", "private"), gettext("Show the result only to you")
    ),
    "imagine.choose": Words(
        pgettext("imagine.choose", "choose"), gettext("Pick the reference images before drawing")
    ),
    "edit": Words(pgettext("edit", "edit"), gettext("Edit an earlier picture")),
    "edit.image": Words(pgettext("edit.image", "image"), gettext("Picture or job to edit")),
    "edit.instruction": Words(
        pgettext("edit.instruction", "instruction"), gettext("What should change")
    ),
    "edit.reference": Words(
        pgettext("edit.reference", "reference"), gettext("Another reference image")
    ),
    "sources": Words(pgettext("sources", "sources"), gettext("Show a picture's sources")),
    "sources.job": Words(pgettext("sources.job", "job"), gettext("Picture or job")),
    "job": Words(pgettext("job", "job"), gettext("Your jobs")),
    "job.status": Words(pgettext("job.status", "status"), gettext("Check a job's progress")),
    "job.cancel": Words(pgettext("job.cancel", "cancel"), gettext("Cancel a job")),
    "job.history": Words(pgettext("job.history", "history"), gettext("Your latest jobs")),
    "job.report": Words(
        pgettext("job.report", "report"), gettext("Report a picture to the moderators")
    ),
    "job.queue": Words(
        pgettext("job.queue", "queue"), gettext("Show what moderators need to review")
    ),
    "job.id": Words(pgettext("job.id", "id"), gettext("Job")),
    "gallery": Words(pgettext("gallery", "gallery"), gettext("The most liked pictures")),
    "library": Words(
        pgettext("library", "library"),
        gettext("Pages and pictures that are searched before the web"),
    ),
    "library.add": Words(
        pgettext("library.add", "add"), gettext("Add a file or web address to the library")
    ),
    "library.file": Words(pgettext("library.file", "file"), gettext("Picture, text or PDF")),
    "library.address": Words(
        pgettext("library.address", "address"), gettext("Address of a web page or picture")
    ),
    "library.title": Words(pgettext("library.title", "title"), gettext("Name or title")),
    "library.author": Words(pgettext("library.author", "author"), gettext("Author")),
    "library.license": Words(
        pgettext("library.license", "license"), gettext("License, such as CC BY 4.0")
    ),
    "library.list": Words(pgettext("library.list", "list"), gettext("List what's in the library")),
    "library.remove": Words(
        pgettext("library.remove", "remove"), gettext("Remove something from the library")
    ),
    "library.id": Words(pgettext("library.id", "id"), gettext("Item")),
    "settings": Words(
        pgettext("settings", "settings"), gettext("Your, this channel's and the server's settings")
    ),
    "settings.user": Words(pgettext("settings.user", "user"), gettext("Your defaults")),
    "settings.channel": Words(
        pgettext("settings.channel", "channel"), gettext("This channel's defaults and limits")
    ),
    "settings.team": Words(
        pgettext("settings.team", "team"), gettext("The server's defaults and limits")
    ),
    "settings.name": Words(
        pgettext("settings.name", "name"),
        gettext("Setting to change (leave empty to see them all)"),
    ),
    "settings.value": Words(
        pgettext("settings.value", "value"),
        gettext("New value (leave empty to choose it in a form)"),
    ),
    "usage": Words(
        pgettext("usage", "usage"), gettext("How many pictures you made and what they cost")
    ),
    "usage.team": Words(pgettext("usage.team", "team"), gettext("Everyone's usage (admins only)")),
    "help": Words(pgettext("help", "help"), gettext("What Limner can do")),
    "news": Words(pgettext("news", "news"), gettext("Illustrate the news on a schedule")),
    "news.add": Words(pgettext("news.add", "add"), gettext("Create a schedule")),
    "news.list": Words(
        pgettext("news.list", "list"),
        gettext("List all schedules with their next and latest posts"),
    ),
    "news.preview": Words(
        pgettext("news.preview", "preview"), gettext("Try out a schedule; only you see the result")
    ),
    "news.run": Words(pgettext("news.run", "run"), gettext("Run a schedule now")),
    "news.pause": Words(pgettext("news.pause", "pause"), gettext("Pause a schedule")),
    "news.resume": Words(pgettext("news.resume", "resume"), gettext("Resume a schedule")),
    "news.edit": Words(pgettext("news.edit", "edit"), gettext("Change a schedule")),
    "news.remove": Words(pgettext("news.remove", "remove"), gettext("Delete a schedule")),
    "news.schedule": Words(pgettext("news.schedule", "schedule"), gettext("Schedule")),
    "news.name": Words(pgettext("news.name", "name"), gettext("Name or title")),
    "news.when": Words(
        pgettext("news.when", "when"),
        gettext("When to post, such as weekdays at 9, or a cron expression"),
    ),
    "news.time_zone": Words(
        pgettext("news.time_zone", "time_zone"), gettext("Time zone, such as Europe/Berlin")
    ),
    "news.topic": Words(pgettext("news.topic", "topic"), gettext("What the news should be about")),
    "news.feeds": Words(pgettext("news.feeds", "feeds"), gettext("Addresses of RSS or Atom feeds")),
    "news.channel": Words(
        pgettext("news.channel", "channel"), gettext("Channel to post in (default: this channel)")
    ),
    "news.approvals": Words(
        pgettext("news.approvals", "approvals"), gettext("Approvals needed before posting, 0 to 2")
    ),
    "news.review": Words(
        pgettext("news.review", "review"), gettext("Channel where drafts are approved")
    ),
    "news.style": Words(pgettext("news.style", "style"), gettext("Style of the pictures")),
    "news.generator": Words(pgettext("news.generator", "generator"), gettext("Image model")),
    "news.language": Words(pgettext("news.language", "language"), gettext("Language of the posts")),
    "news.quiet": Words(
        pgettext("news.quiet", "quiet"), gettext("Days to skip, such as sun, 2026-12-24")
    ),
    "news.grace": Words(
        pgettext("news.grace", "grace"),
        gettext("Skip a post that is more than this many hours late, 0 to 48"),
    ),
    "news.lead": Words(
        pgettext("news.lead", "lead"),
        gettext("Hours before posting that the draft is ready for approval, 0 to 48"),
    ),
    "news.ends": Words(pgettext("news.ends", "ends"), gettext("Last day, such as 2026-12-31")),
    "news.sources": Words(
        pgettext("news.sources", "sources"), gettext("Independent sources a story needs, 1 to 5")
    ),
    "admin": Words(
        pgettext("admin", "admin"), gettext("Limits and permissions for the whole server")
    ),
    "admin.quota": Words(
        pgettext("admin.quota", "quota"), gettext("Daily and parallel limits; 0 for no limit")
    ),
    "admin.person": Words(
        pgettext("admin.person", "person"), gettext("Pictures per person per day")
    ),
    "admin.team": Words(
        pgettext("admin.team", "team"), gettext("Pictures per day for everyone together")
    ),
    "admin.together": Words(
        pgettext("admin.together", "together"),
        gettext("Jobs per person at the same time; more wait in the queue"),
    ),
    "admin.roles": Words(
        pgettext("admin.roles", "roles"), gettext("Who can request pictures and who moderates")
    ),
    "admin.allowed": Words(
        pgettext("admin.allowed", "allowed"),
        gettext("Role that can request pictures (leave empty to choose several)"),
    ),
    "admin.moderators": Words(
        pgettext("admin.moderators", "moderators"),
        gettext("Role that can delete and approve (leave empty to choose several)"),
    ),
    "admin.policy": Words(
        pgettext("admin.policy", "policy"), gettext("What may be drawn and who approves it")
    ),
    "admin.blocked": Words(
        pgettext("admin.blocked", "blocked"), gettext("Blocked words, comma-separated, or “none”")
    ),
    "admin.review": Words(
        pgettext("admin.review", "review"), gettext("Channel where pictures are approved")
    ),
    "admin.approvals": Words(
        pgettext("admin.approvals", "approvals"), gettext("Approvals needed, 0 to 2")
    ),
    "admin.audit": Words(pgettext("admin.audit", "audit"), gettext("Who did what")),
    "admin.pause": Words(pgettext("admin.pause", "pause"), gettext("Pause or resume Limner")),
    "admin.on": Words(pgettext("admin.on", "on"), gettext("Whether Limner is paused")),
    "form.story": Words(
        pgettext("form.story", "words"), gettext("Headline first, then one sentence per line")
    ),
    "form.reason": Words(pgettext("form.reason", "reason"), gettext("Why it should not be posted")),
    "form.value": Words(
        pgettext("form.value", "value"), gettext("New value (leave empty for the default)")
    ),
    "form.which": Words(
        pgettext("form.which", "references"), gettext("Which references to replace")
    ),
    "form.files": Words(pgettext("form.files", "pictures"), gettext("Reference images")),
    "form.address": Words(
        pgettext("form.address", "address"), gettext("Or the address of a picture")
    ),
    "menu.illustrate": Words(pgettext("menu.illustrate", "Illustrate this"), ""),
    "menu.edit": Words(pgettext("menu.edit", "Edit image"), ""),
    "menu.reference": Words(pgettext("menu.reference", "Use as reference"), ""),
    "menu.sources": Words(pgettext("menu.sources", "Show sources"), ""),
    **EXTRA_COMMANDS,
    **PROVENANCE_COMMANDS,
}
PHRASES: Mapping[str, Message] = {
    "illustrate": gettext("Illustrate"),
    "more": gettext("Show more"),
    "change": gettext("Change"),
    "settings": gettext("Settings"),
    "sources": gettext("Sources"),
    "page": gettext("Evidence page"),
    "reject": gettext("Reject"),
    "replace.order": gettext("Replaced in this order; extra images are added."),
    "replace.title": gettext("Replace references"),
    "delete.title": gettext("Delete the picture?"),
    "delete.text": gettext("This removes it for everyone. Sources and recipe are kept."),
    "delete.every": gettext("Delete all"),
    "pick.every": gettext("All of them"),
    "change.one": gettext("Change no. {number}"),
    "delete.no": gettext("Keep it"),
    "home.reviews": gettext("Needs approval"),
    "home.jobs": gettext("Your jobs"),
    "home.schedules": gettext("Scheduled news"),
    "home.usage": gettext("Usage"),
    "paused.job": gettext("Paused: Limner's storage can't be reached. The job resumes by itself."),
}
"""Short words of forms and pages, by what they are for."""


_GRID: Mapping[ButtonAction, str] = {
    ButtonAction.UPSCALE: "U",
    ButtonAction.VARY: "V",
    ButtonAction.PICK: "",
}
"""The prefixes of the button labels of a set's pictures, in every language."""


def phrase(name: str, language: str | None = None) -> str:
    """A short text of a form or a page. Raises ``KeyError`` where there is none of that name."""
    return translated(PHRASES[name], language)


def label(action: ButtonAction, language: str | None = None, *, number: int | None = None) -> str:
    """The label of a button, for one picture of a set with its number (``U2``, ``V3``); English
    where a language is not known."""
    if number == 0:
        picks = action is ButtonAction.PICK
        return phrase("pick.every" if picks else "delete.every", language)
    if number is not None and action in _GRID:
        return f"{_GRID[action]}{number}"
    if number is not None and action is ButtonAction.CHANGE:
        return translated(PHRASES["change.one"].format(number=number), language)
    text = translated(BUTTONS[action], language)
    return f"{text} {number}" if number is not None else text


def words(path: str, language: str | None = None) -> Words:
    """The name and description of a command or an option.

    Raises:
        KeyError: There is none of that path.
    """
    known = COMMANDS[path]
    return Words(translated(known.name, language), translated(known.description, language))


def discord_command(path: str) -> str:
    """A command as the reader's Discord shows it: ``/job history``, ``/auftrag verlauf``."""
    return changed(joined(*_path_names(path)), "/{}".format)


def slack_command(path: str) -> str:
    """The same as it is typed on Slack: ``/illustrate library add``, ``/illustrate queue``."""
    named = _path_names(path)
    return joined("/illustrate", *(named[1:] if path.startswith("job.") else named))


def _path_names(path: str) -> list[str]:
    parent = path.partition(".")[0]
    return [COMMANDS[parent].name, *([COMMANDS[path].name] if path != parent else [])]


@cache
def names(path: str) -> frozenset[str]:
    """The name of a command or an option in any language, in lower case."""
    return frozenset(words(path, language).name.casefold() for language in LANGUAGES)
