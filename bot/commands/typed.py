"""Sub-commands that are typed in a message or stand behind a button, and what is nearly one."""

from __future__ import annotations

import re
from typing import Final

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards.models import NoteCard, Reply
from bot.commands.service import Commands
from bot.intents.subcommands import (
    Ask,
    Sub,
    library_verb,
    news_verb,
    preset_verb,
    read_ask,
    wants_deletion,
)
from bot.locale.talk import talk_phrase
from bot.text import plain
from domain.team import Scope

_FOR_CHANNEL: Final = re.compile(r"(?:^|\s)--(?:channel|kanal)\b")


def suggestion_card(command: str, *, words: str, language: str | None = None) -> NoteCard:
    """Asks whether a sub-command was meant; drawing what was typed is the other choice."""
    buttons = [Button(ButtonAction.NEW, "-"), Button(ButtonAction.NOTHING, "-")]
    subject = command.replace(" ", ":")
    if re.fullmatch(r"[\w:-]{1,80}", subject, re.ASCII):
        buttons.insert(0, Button(ButtonAction.RUN, subject, ButtonLook.PRIMARY))
    text = talk_phrase("suggest", language, command=plain(command, most=100))
    return NoteCard(text, (), tuple(buttons), words=words)


async def run_typed(commands: Commands, subject: str, help_card: NoteCard) -> Reply:
    """Do the sub-command of a button, with colons for blanks. Raises as :func:`run_command`."""
    ask = read_ask(subject.replace(":", " "))
    if ask.sub is Sub.HELP:
        return Reply(help_card, private=True)
    return await run_command(commands, ask)


async def run_command(commands: Commands, ask: Ask) -> Reply:
    """What a sub-command shows that needs no form; for the others, their list.

    Raises:
        LimnerError: It cannot be done; the message says why.
    """
    match ask.sub:
        case Sub.SETTINGS:
            name, _, value = ask.words.partition(" ")
            scope = ask.scope or Scope.MEMBER
            return await commands.settings(scope, name or None, value if name else None)
        case Sub.NEWS:
            return await _news(commands, ask.words)
        case Sub.LIBRARY:
            verb, rest = library_verb(ask.words)
            if verb == "add" and rest:
                return await commands.library.add(address=rest)
            if verb == "remove":
                return await commands.library.remove(rest)
            return await commands.library.list()
        case Sub.PRIVACY:
            privacy = commands.privacy
            if not ask.words:
                return privacy.choices()
            if wants_deletion(ask):
                return await privacy.delete(everybody=ask.everybody)
            return await privacy.export(everybody=ask.everybody)
        case Sub.LINK_ACCOUNT:
            return await commands.accounts.link(ask.words or None)
        case Sub.UNLINK_ACCOUNT:
            return await commands.accounts.unlink()
        case Sub.PRESET:
            return await _preset(commands, ask.words)
        case Sub.USAGE:
            return await commands.usage(everybody=ask.everybody)
        case Sub.AUDIT:
            return await commands.audit()
        case Sub.QUEUE:
            return await commands.queue()
        case Sub.GALLERY:
            return await commands.gallery()
        case Sub.SOURCES if ask.subject:
            return await commands.sources(ask.subject)
        case Sub.REPORT if ask.subject:
            return await commands.report(ask.subject)
        case Sub.CANCEL if ask.subject:
            return await commands.cancel(ask.subject)
        case Sub.STATUS if ask.subject:
            return await commands.job(ask.subject)
        case _:
            return await commands.jobs()


async def _preset(commands: Commands, words: str) -> Reply:
    """A preset's sub-commands other than drawing: ``save NAME OPTIONS``, ``delete NAME``."""
    verb, rest = preset_verb(words)
    name, _, options = rest.partition(" ")
    channel = bool(_FOR_CHANNEL.search(options))
    if verb == "save":
        kept = _FOR_CHANNEL.sub("", options).strip()
        return await commands.presets.save(name, kept, channel=channel)
    if verb == "delete":
        return await commands.presets.delete(name, channel=channel)
    return await commands.presets.list()


async def _news(commands: Commands, words: str) -> Reply:
    verb, named = news_verb(words)
    if not named or verb in ("add", "edit"):
        return await commands.news.list()
    match verb:
        case "preview":
            return await commands.news.preview(named)
        case "run":
            return await commands.news.run(named)
        case "pause":
            return await commands.news.pause(named)
        case "resume":
            return await commands.news.resume(named)
        case "remove":
            return await commands.news.remove(named)
        case _:
            return await commands.news.list()


def typed(ask: Ask) -> str:
    """A sub-command as it is typed."""
    scope = {Scope.MEMBER: "user", Scope.CHANNEL: "channel", Scope.WORKSPACE: "team"}
    words = [ask.sub.value]
    if ask.sub is Sub.PRIVACY:
        return " ".join((*words, ask.words, *(["team"] if ask.everybody else []))).strip()
    if ask.sub is Sub.SETTINGS and ask.scope is not None:
        words.append(scope[ask.scope])
    if ask.everybody:
        words.append("team")
    return " ".join((*words, ask.words)).strip()
