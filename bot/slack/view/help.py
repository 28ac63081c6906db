"""Help on Slack: the commands that the reader's role allows."""

from __future__ import annotations

from bot.cards.models import NoteCard
from domain.team import Role
from domain.translation.messages import gettext


def help_card(role: Role) -> NoteCard:
    """What can be asked for, and how."""
    return NoteCard(
        gettext("I research a subject, draw it, and show my sources."),
        (*_PICTURES, *_of_role(role), *_TALK),
    )


_PICTURES = (
    gettext("/illustrate opens a form; /illustrate a red panda in the rain starts right away."),
    gettext(
        'Put options at the end: aspect:16:9 research:deep style:"ink drawing" count:2 --private'
    ),
    gettext("/illustrate -- library of Alexandria: everything after -- is the prompt."),
    gettext("/illustrate edit [ID] what should change"),
    gettext("/illustrate verify ADDRESS: where a picture comes from"),
    gettext("/illustrate describe ADDRESS: what a picture shows"),
    gettext("/illustrate preset [save NAME OPTIONS | use NAME PROMPT | delete NAME]"),
    gettext(
        "/illustrate link-account [CODE] · unlink-account: your accounts on Discord and Slack "
        "count as one person"
    ),
)
_TALK = (
    gettext("In a channel or thread: mention @Limner and say what to draw."),
    gettext("In a picture's thread, say what should change: the second one at night."),
    gettext("U1 to U4 enlarge a picture of a set, V1 to V4 vary it; ask: who built it? sources?"),
    gettext(
        "React with 👍 or 👎 to vote. In a message's menu: Illustrate this, Edit image, Show "
        "sources, Verify image."
    ),
)


def _of_role(role: Role) -> tuple[str, ...]:
    """The commands that do more for moderators and admins."""
    admin, member = role is Role.ADMIN, role is Role.MEMBER
    return (
        gettext(
            "/illustrate sources [ID] · status [ID] · cancel ID · report ID · gallery · "
            "usage [team]"
        )
        if admin
        else gettext(
            "/illustrate sources [ID] · status [ID] · cancel ID · report ID · gallery · usage"
        ),
        gettext("/illustrate privacy [export | delete] [team]: everything I store about you")
        if admin
        else gettext("/illustrate privacy [export | delete]: everything I store about you"),
        gettext("/illustrate library")
        if member
        else gettext("/illustrate library [list | add [ADDRESS] | remove ID]"),
        *(() if member else (_NEWS,)),
        _SETTINGS[role],
    )


_NEWS = gettext(
    "/illustrate news [add | edit NAME | preview NAME | run NAME | pause NAME | remove NAME]"
)
_SETTINGS = {
    Role.MEMBER: gettext("/illustrate settings [NAME VALUE]"),
    Role.MODERATOR: gettext("/illustrate settings [NAME VALUE] · queue"),
    Role.ADMIN: gettext(
        "/illustrate settings [user | channel | team] [NAME VALUE] · audit · queue"
    ),
}
