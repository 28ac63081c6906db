"""Presets, descriptions and blends: what people keep under a name, and pictures in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.models import NoteCard, Reply
from bot.commands.describing import describe
from bot.commands.ports import Services
from bot.commands.typed import run_command
from bot.intents.subcommands import Ask, Sub, read_ask
from domain.errors import InvalidRequest, NotFound, NotPossibleNow, Refused
from domain.requests import Destination
from domain.team import Role, Scope
from jobs.admission.requests import Requester
from tests.fakes.job_service import Office, an_office
from tests.fakes.web import picture

ANN = Requester("w1", "ann", Destination("discord", "c1"))
BOB = Requester("w1", "bob", Destination("discord", "c1"))
ADMIN = Requester("w1", "boss", Destination("discord", "c1"), Role.ADMIN)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


def said(reply: Reply) -> str:
    assert isinstance(reply.card, NoteCard)
    return "\n".join((reply.card.text, *reply.card.lines))


async def test_a_preset_stands_for_its_options(office: Office) -> None:
    commands = office.commands(ANN)
    await commands.presets.save("Poster", 'aspect:3:4 style:"linocut print" count:2')
    assert "poster: aspect:3:4" in said(await commands.presets.list())
    await commands.presets.use("poster", "a fox count:1", event_key="e1")
    [job] = await office.job_service.recent("w1")
    request = job.request
    assert (str(request.aspect), request.style, request.count) == ("3:4", "linocut print", 1)
    await commands.imagine("a cat --preset poster", event_key="e2")
    [job] = await office.job_service.recent("w1", limit=1)
    assert (job.request.prompt, job.request.count) == ("a cat", 2)


async def test_a_preset_belongs_to_a_person_or_to_a_channel(office: Office) -> None:
    await office.commands(ANN).presets.save("mine", "aspect:1:1")
    with pytest.raises(InvalidRequest, match="no preset 'mine'"):
        await office.commands(BOB).imagine("a cat --preset mine", event_key="e1")
    with pytest.raises(Refused):
        await office.commands(BOB).presets.save("ours", "aspect:2:1", channel=True)
    await office.commands(ADMIN).presets.save("ours", "aspect:2:1", channel=True)
    await office.commands(BOB).imagine("a cat --preset ours", event_key="e2")
    assert "(this channel)" in said(await office.commands(BOB).presets.list())
    elsewhere = Requester("w1", "bob", Destination("discord", "c2"))
    with pytest.raises(InvalidRequest, match="none yet"):
        await office.commands(elsewhere).imagine("a cat --preset ours", event_key="e3")


async def test_presets_are_deleted_and_hold_options_only(office: Office) -> None:
    presets = office.commands(ANN).presets
    for options in ("a red fox", "aspect:1:1 and more", "aspect:9:1:1", "private:yes", "preset:x"):
        with pytest.raises(InvalidRequest):
            await presets.save("x", options)
    with pytest.raises(InvalidRequest, match="name of a preset"):
        await presets.save("../x", "aspect:1:1")
    await presets.save("x", "aspect:1:1")
    await presets.delete("X")
    with pytest.raises(NotFound):
        await presets.delete("x")


async def test_presets_are_typed_in_both_languages(office: Office) -> None:
    commands = office.commands(ADMIN)
    await run_command(commands, read_ask("preset save wide aspect:21:9 --channel"))
    assert "wide: aspect:21:9 (this channel)" in said(
        await run_command(commands, read_ask("vorgabe liste"))
    )
    await run_command(commands, read_ask("vorgabe löschen wide --kanal"))
    assert "No presets yet" in said(await run_command(commands, read_ask("preset")))


async def test_no_setting_is_called_presets(office: Office) -> None:
    with pytest.raises(InvalidRequest):
        await office.team.prefer(ADMIN, Scope.MEMBER, presets={"a": "b"})


@pytest.mark.parametrize(
    ("text", "sub"),
    [
        ("describe", Sub.DESCRIBE),
        ("describe this", Sub.DESCRIBE),
        ("describe https://example.org/a.png", Sub.DESCRIBE),
        ("describe the battle of Hastings", Sub.PROMPT),
        ("blend", Sub.BLEND),
        ("blend these two", Sub.BLEND),
        ("blend of coffee and tea", Sub.PROMPT),
        ("preset of a camera", Sub.PROMPT),
    ],
)
def test_only_what_fits_is_a_sub_command(text: str, sub: Sub) -> None:
    assert read_ask(text).sub is sub


async def test_two_pictures_become_references_of_one(office: Office) -> None:
    both = [("a.png", picture(1)), ("b.png", picture(2))]
    await office.commands(ANN).blend("", event_key="e1", pictures=both)
    [job] = await office.job_service.recent("w1")
    assert len(job.request.attachments) == 2
    assert "blends the reference images" in job.request.prompt
    with pytest.raises(InvalidRequest, match="two to four"):
        await office.commands(ANN).blend("", event_key="e2", pictures=both[:1])


class Seeing:
    """Describes every picture in the same words."""

    async def describe(self, picture: bytes, *, language: str = "en") -> str:
        return f"{len(picture) > 0} {language}: a fox @everyone"


async def test_a_picture_is_described_where_a_model_sees(office: Office) -> None:
    blind = office.services
    with pytest.raises(NotPossibleNow, match="no vision model"):
        await describe(blind, ANN, pictures=[("a.png", picture(1))])
    seeing = Services(blind.jobs, blind.team, blind.library, describer=Seeing())
    reply = await describe(seeing, ANN, pictures=[("a.png", picture(1))])
    assert "a fox" in said(reply)
    assert reply.private
    with pytest.raises(InvalidRequest, match="Send a picture"):
        await describe(seeing, ANN)


def test_ask_of_a_preset() -> None:
    assert read_ask("preset use poster a fox") == Ask(Sub.PRESET, "use poster a fox")


async def test_a_team_that_sells_pictures_is_not_given_a_model_that_forbids_it(
    office: Office,
) -> None:
    office.licenses[None] = "FLUX non-commercial license"
    await office.commands(ANN).imagine("a fox", event_key="e1")
    await office.team.prefer(ADMIN, Scope.WORKSPACE, commercial=True)
    with pytest.raises(Refused, match=r"forbids commercial use \(FLUX non-commercial license\)"):
        await office.commands(ANN).imagine("a fox", event_key="e2")
    office.licenses[None] = "Apache-2.0"
    await office.commands(ANN).imagine("a fox", event_key="e3")
