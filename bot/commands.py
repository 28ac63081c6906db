"""What can be asked, in words or options that know no platform; every answer is a card."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from bot.cards import (
    EvidenceCard,
    IllustrationCard,
    JobsCard,
    StatusCard,
    evidence_card,
    illustration_cards,
    job_card,
    jobs_card,
)
from bot.texts import plain
from domain.errors import InvalidRequest, NotFound
from domain.requests import (
    MAX_PROMPT_CHARS,
    AspectRatio,
    Request,
    ResearchDepth,
    Rights,
)
from jobs.admission import Asker
from jobs.desk import Desk

MAX_STYLE_CHARS = 500


def _choice(kind: type[StrEnum], field: str) -> Callable[[str], StrEnum]:
    def read(value: str) -> StrEnum:
        try:
            return kind(value.lower())
        except ValueError:
            raise InvalidRequest(
                f"The {field} {value[:40]!r} is not usable; choose {', '.join(kind)}.", field=field
            ) from None

    return read


def _number(field: str) -> Callable[[str], int]:
    def read(value: str) -> int:
        if re.fullmatch(r"-?[0-9]{1,19}", value):
            return int(value)
        raise InvalidRequest(
            f"The {field} {value[:40]!r} is not usable; give a whole number.", field=field
        )

    return read


def _yes_or_no(value: str) -> bool:
    if value.lower() in ("yes", "true", "on", "1"):
        return True
    if value.lower() in ("no", "false", "off", "0"):
        return False
    raise InvalidRequest(
        f"The private {value[:40]!r} is not usable; say yes or no.", field="private"
    )


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "research": _choice(ResearchDepth, "research"),
    "rights": _choice(Rights, "rights"),
    "generator": lambda value: plain(value, most=100),
    "seed": _number("seed"),
    "aspect": AspectRatio.parse,
    "count": _number("count"),
    "style": lambda value: plain(value, most=MAX_STYLE_CHARS),
    "private": _yes_or_no,
}
OPTIONS: Final = tuple(_READERS)
"""The options of ``imagine``, by their names on every surface."""

_TOKEN = re.compile(r'(?:"[^"]{0,600}"|“[^”]{0,600}”|\S)+')
_SHORT = re.compile(r"([A-Za-z]+):(.+)", re.DOTALL)
_LONG = re.compile(r"(--|—)([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """The prompt, and the options typed after it.

    Options stand at the end, as ``key:value``, ``--key value`` or ``--key=value``; a value with
    blanks is quoted, and ``--private`` needs none. Phones write ``—`` for ``--`` and curly quotes
    for straight ones; both count. A text that begins with ``-- `` is all prompt.

    Raises:
        InvalidRequest: An option is unknown, lacks its value or stands there twice.
    """
    text = text.strip()
    if re.match(r"--\s", text):
        return text[2:].strip(), {}
    if len(text) > MAX_PROMPT_CHARS * 4:
        return text, {}
    tokens = list(_TOKEN.finditer(text))
    options: dict[str, str] = {}
    while tokens:
        taken = _option(tokens[-2].group() if len(tokens) > 1 else "", tokens[-1].group())
        if taken is None:
            break
        name, value, used = taken
        if name in options:
            raise InvalidRequest(f"The option {name!r} is given twice; give it once.", field=name)
        options[name] = value
        del tokens[-used:]
    prompt = text[: tokens[-1].end()] if tokens else ""
    return prompt, options


def request_of(asker: Asker, prompt: str, options: Mapping[str, str]) -> Request:
    """A checked request; options that are not given keep their defaults.

    Raises:
        InvalidRequest: The prompt or an option cannot be used; the message says what to do.
    """
    unknown = next((name for name in options if name not in _READERS), None)
    if unknown is not None:
        raise _unknown(unknown)
    parts = {name: _READERS[name](value) for name, value in options.items()}
    return Request.checked(
        prompt,
        workspace_id=asker.workspace_id,
        member_id=asker.member_id,
        destination=asker.destination,
        **parts,
    )


class Commands:
    """What one person may ask of the desk; each command is one call and gives a card."""

    def __init__(self, desk: Desk, asker: Asker) -> None:
        self._desk = desk
        self._asker = asker

    async def imagine(
        self,
        text: str,
        *,
        event_key: str,
        options: Mapping[str, str] | None = None,
        pictures: Sequence[tuple[str, bytes]] = (),
    ) -> StatusCard:
        """Accept a request; without ``options`` they are looked for at the end of the text.

        ``pictures`` are references that the asker brings along: name and bytes.

        Raises:
            InvalidRequest: The text or an option cannot be used.
            UnusableReference: One of the pictures cannot be used.
        """
        prompt, options = (text, options) if options is not None else split_options(text)
        request = request_of(self._asker, prompt, options)
        brought = [
            await self._desk.attach(self._asker.workspace_id, name, data) for name, data in pictures
        ]
        job = await self._desk.submit(request.with_attachments(tuple(brought)), event_key=event_key)
        return await self.job(job.id)

    async def regenerate(
        self,
        identifier: str,
        *,
        event_key: str,
        seed: int | None = None,
        generator: str | None = None,
    ) -> StatusCard:
        """Make a picture again from its recipe; a job with a single picture names it too.

        Raises:
            InvalidRequest: The generator cannot serve it, or the job has several pictures.
            NotFound: There is no such picture here.
            NotPossibleNow: It has not been rendered yet.
        """
        illustration_id = await illustration_id_of(self._desk, self._asker.workspace_id, identifier)
        job = await self._desk.rerender(
            self._asker, illustration_id, event_key=event_key, seed=seed, generator=generator
        )
        return await self.job(job.id)

    async def research(self, identifier: str, *, event_key: str) -> StatusCard:
        """Search anew for what a job or a picture was asked with. Raises ``NotFound``."""
        job_id = await job_id_of(self._desk, self._asker.workspace_id, identifier)
        job = await self._desk.reresearch(self._asker, job_id, event_key=event_key)
        return await self.job(job.id)

    async def job(self, identifier: str) -> StatusCard:
        """How a job stands. Raises ``NotFound``."""
        job_id = await job_id_of(self._desk, self._asker.workspace_id, identifier)
        return job_card(await self._desk.view(self._asker.workspace_id, job_id))

    async def jobs(self, *, everybody: bool = False, limit: int = 20) -> JobsCard:
        """The asker's newest jobs, or those of everybody in the workspace."""
        member_id = None if everybody else self._asker.member_id
        return jobs_card(
            await self._desk.recent(self._asker.workspace_id, member_id=member_id, limit=limit)
        )

    async def illustrations(self, identifier: str) -> tuple[IllustrationCard, ...]:
        """The finished pictures of a job. Raises ``NotFound``."""
        job_id = await job_id_of(self._desk, self._asker.workspace_id, identifier)
        return illustration_cards(await self._desk.view(self._asker.workspace_id, job_id))

    async def sources(self, identifier: str) -> EvidenceCard:
        """What a job or a picture rests on. Raises ``NotFound``."""
        job_id = await job_id_of(self._desk, self._asker.workspace_id, identifier)
        return evidence_card(await self._desk.view(self._asker.workspace_id, job_id))

    async def cancel(self, identifier: str) -> StatusCard:
        """Stop a job, waiting or running.

        Raises:
            NotFound: There is no such job here.
            NotPossibleNow: It is over already.
        """
        job_id = await job_id_of(self._desk, self._asker.workspace_id, identifier)
        await self._desk.cancel(self._asker, job_id)
        return await self.job(job_id)


async def job_id_of(desk: Desk, workspace_id: str, identifier: str) -> str:
    """The job that an id of a job or a picture means. Raises ``NotFound``."""
    identifier = identifier.strip().upper()
    try:
        return (await desk.illustration(workspace_id, identifier)).job_id
    except NotFound:
        return (await desk.view(workspace_id, identifier)).job.id


async def illustration_id_of(desk: Desk, workspace_id: str, identifier: str) -> str:
    """The picture that an id of a picture, or of a job with a single one, means.

    Raises:
        NotFound: There is no such picture here.
        InvalidRequest: It is a job that has none, or several.
    """
    identifier = identifier.strip().upper()
    try:
        return (await desk.illustration(workspace_id, identifier)).id
    except NotFound:
        try:
            view = await desk.view(workspace_id, identifier)
        except NotFound:
            raise NotFound("picture", identifier) from None
    if len(view.illustrations) != 1:
        ids = ", ".join(i.id for i in view.illustrations) or "none yet"
        raise InvalidRequest(
            f"The job {identifier!r} has these pictures: {ids}; name one of them.", field="id"
        )
    return view.illustrations[0].id


def _option(before: str, last: str) -> tuple[str, str, int] | None:
    """The option that the last words are (name, value, words used); None where they are prose."""
    short = _SHORT.fullmatch(last)
    if short and short[1].lower() in _READERS:
        return short[1].lower(), _unquoted(short[2]), 1
    for word, value, used in ((last, None, 1), (before, last, 2)):
        long = _LONG.fullmatch(word)
        if long is None or (used == 2 and long[3] is not None):
            continue
        name = long[2].lower()
        if name not in _READERS:
            if long[1] == "—":
                continue
            raise _unknown(name)
        if name == "private" and used == 1 and long[3] is None:
            return name, "yes", 1
        given = value if used == 2 else long[3]
        if not given:
            raise InvalidRequest(f"The option '--{name}' needs a value after it.", field=name)
        return name, _unquoted(given), used
    return None


def _unquoted(value: str) -> str:
    if len(value) > 1 and (value[0], value[-1]) in (('"', '"'), ("“", "”")):
        return value[1:-1]
    return value


def _unknown(name: str) -> InvalidRequest:
    return InvalidRequest(
        f"There is no option {name[:40]!r}; the options are {', '.join(OPTIONS)}. Begin with "
        "“-- ” to have every word taken as the prompt.",
        field="option",
    )
