"""The terminal as a surface: files written whole, receipts, and progress that untrusted text cannot
steer."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.cards.builders import result_card
from bot.cards.evidence import evidence_card
from bot.terminal.render import Progress, change_lines, event_status
from bot.terminal.surface import TerminalSurface, receipt_paths
from bot.terminal.view import card_lines, result_lines
from domain.errors import StorageUnavailable
from domain.illustrations import Delivery, DeliveryKind, JobEvent, Picture
from domain.requests import Destination, Job
from domain.research import EvidenceChange, Research
from evaluation.peers.values import (
    NOON,
    a_delivery,
    a_grounding,
    a_hop,
    a_job,
    a_source,
    an_illustration,
)
from jobs.common.views import JobView

FIRST, SECOND = b"the first picture", b"the second picture"


class Drawn:
    """A job with pictures, their bytes, and a surface that writes into ``folder``."""

    def __init__(self, folder: Path, *pictures: bytes, out: Path | None = None) -> None:
        self.job: Job = a_job()
        self.bytes = {hashlib.sha256(data).hexdigest(): data for data in pictures}
        self.illustrations = tuple(
            an_illustration(self.job, position=n, sha256=sha256)
            for n, sha256 in enumerate(self.bytes)
        )
        self.out = out
        self.surface = TerminalSurface(view=self.view, copy=self.copy, folder=folder)

    async def view(self, workspace_id: str, job_id: str) -> JobView:
        assert (workspace_id, job_id) == ("w1", self.job.id)
        research = Research(
            hops=(a_hop(),), sources=(a_source(), a_source(2)), grounded=a_grounding()
        )
        return JobView(self.job, research, self.illustrations, (), 0)

    async def copy(
        self,
        workspace_id: str,
        illustration_id: str,
        *,
        max_bytes: int,
        media_types: Sequence[str],
    ) -> Picture:
        assert workspace_id == "w1"
        [picture] = [each for each in self.illustrations if each.id == illustration_id]
        return Picture(self.bytes[picture.sha256 or ""], media_types[0], 1, 1)

    def delivery(self, kind: DeliveryKind = DeliveryKind.RESULT) -> Delivery:
        place = Destination("terminal", "here", str(self.out) if self.out else None)
        return replace(a_delivery(self.job, kind), destination=place)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_picture_lies_in_the_folder_under_its_id(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path / "pictures", FIRST)
    assert await drawn.surface.find(drawn.delivery()) is None
    receipt = await drawn.surface.send(drawn.delivery())
    [path] = receipt_paths(receipt)
    assert Path(path) == tmp_path / "pictures" / f"{drawn.illustrations[0].id}.png"
    assert contents(tmp_path / "pictures") == {Path(path).name: FIRST}
    assert await drawn.surface.find(drawn.delivery()) == receipt


async def test_a_jpeg_is_called_one(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path, FIRST)
    drawn.illustrations = (replace(drawn.illustrations[0], media_type="image/jpeg"),)
    [path] = receipt_paths(await drawn.surface.send(drawn.delivery()))
    assert path.endswith(".jpg")


async def test_several_pictures_are_numbered_beside_the_path_asked_for(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path / "unused", FIRST, SECOND, out=tmp_path / "cat.png")
    paths = receipt_paths(await drawn.surface.send(drawn.delivery()))
    assert paths == [str(tmp_path / "cat-1.png"), str(tmp_path / "cat-2.png")]
    assert contents(tmp_path) == {"cat-1.png": FIRST, "cat-2.png": SECOND}


async def test_what_was_there_is_replaced_and_a_changed_file_is_no_receipt(tmp_path: Path) -> None:
    out = tmp_path / "cat.png"
    out.write_bytes(b"an older picture")
    drawn = Drawn(tmp_path, FIRST, out=out)
    assert await drawn.surface.find(drawn.delivery()) is None
    await drawn.surface.send(drawn.delivery())
    assert out.read_bytes() == FIRST
    out.write_bytes(FIRST[:-1])
    assert await drawn.surface.find(drawn.delivery()) is None


async def test_a_failure_writes_nothing(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path / "pictures", FIRST)
    receipt = await drawn.surface.send(drawn.delivery(DeliveryKind.FAILURE))
    assert json.loads(receipt) == {"paths": []}
    assert not (tmp_path / "pictures").exists()
    assert await drawn.surface.find(drawn.delivery(DeliveryKind.FAILURE)) is None


async def test_a_full_disk_is_said_and_leaves_the_old_picture_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "cat.png"
    out.write_bytes(b"an older picture")
    drawn = Drawn(tmp_path, FIRST, out=out)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable, match=r"No space left on device.*limner regenerate"):
        await drawn.surface.send(drawn.delivery())
    assert contents(tmp_path) == {"cat.png": b"an older picture"}


async def test_a_file_in_the_way_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("I am a file.")
    drawn = Drawn(tmp_path / "pictures", FIRST)
    with pytest.raises(StorageUnavailable, match="can't be saved"):
        await drawn.surface.send(drawn.delivery())


@pytest.mark.parametrize("receipt", [None, "", "nonsense", "[]", "7", '{"paths": null}', "{}"])
def test_a_receipt_of_another_surface_has_no_paths(receipt: str | None) -> None:
    assert receipt_paths(receipt) == []


HOSTILE = "[red]\x1b[2J\x1b]0;title\x07 \u202egnp.exe\n\rforged line"
JOURNEY: list[tuple[str, dict[str, Any]]] = [
    ("queued", {"kind": "illustrate"}),
    ("research_started", {}),
    ("thinking", {"number": 1, "text": HOSTILE * 10}),
    (
        "hop_started",
        {"number": 1, "thought": HOSTILE, "tool": "search", "arguments": {"queries": [HOSTILE]}},
    ),
    (
        "hop_finished",
        {
            "number": 1,
            "summary": HOSTILE,
            "found": 2,
            "dropped": 1,
            "problems": [HOSTILE],
            "seconds": 0.5,
        },
    ),
    ("hop_started", {"number": 2, "thought": "", "tool": HOSTILE, "arguments": {"url": HOSTILE}}),
    ("grounded", {"prompt": HOSTILE, "references": [HOSTILE], "evidence": 1, "notes": []}),
    ("render_started", {"illustration_id": "x", "generator": HOSTILE}),
    ("render_progress", {"fraction": 0.5}),
    ("rendered", {"illustration_id": "x"}),
    ("taken_over", {"task": "t"}),
    ("delivered", {"receipt": "{}", "kind": "result"}),
    ("a kind of later days", {}),
    ("done", {}),
]


def shown(*, terminal: bool) -> str:
    page = io.StringIO()
    console = Console(file=page, force_terminal=terminal, width=200, color_system=None)
    with Progress(console) as progress:
        for seq, (kind, data) in enumerate(JOURNEY, 1):
            progress.show(JobEvent("j", seq, kind, NOON, data))
    return page.getvalue()


def test_progress_is_plain_lines_where_there_is_no_terminal() -> None:
    lines = shown(terminal=False).splitlines()
    words = "[red][2J]0;title gnp.exe forged line"
    assert lines == [
        f"1. Search: {words}",
        f"   found {words}, 1 dropped  (0.5 s)",
        f"   ! {words}",
        f"2. {words}: {words}",
        f"Found 1 reference ({words}) and 1 citation",
        f"Drawing with {words}",
        "Continuing the work of a process that stopped",
    ]


def test_progress_on_a_terminal_shows_what_goes_on_and_obeys_nobody() -> None:
    page = shown(terminal=True)
    assert "Delivering" in page
    assert "\x1b[2J\x1b]" not in page
    assert "\x1b]0" not in page
    assert "\x07" not in page
    assert "\u202e" not in page
    assert "[red]" in page


def test_what_goes_on_is_said_for_a_renders_progress() -> None:
    event = JobEvent("j", 1, "render_progress", NOON, {"fraction": 0.5})
    assert event_status(event) == "Rendering 50%"


async def test_a_result_names_files_sources_notes_and_what_to_do_next(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path, FIRST)
    drawn.job = replace(drawn.job, notes=("Searched only the library.",))
    view = await drawn.view("w1", drawn.job.id)
    evidence = evidence_card(view)
    lines = list(result_lines(result_card(view), evidence, ["/pictures/cat.png"]))
    assert lines[0] == "/pictures/cat.png"
    assert lines[2] == "Identical to the original, bit for bit."
    assert "[1] She commanded a shuttle: Eileen Collins (NASA · CC BY-SA 4.0)" in lines
    assert "[2] She likes cats (no source found)" in lines
    assert "Note: Searched only the library." in lines
    assert lines[-2] == f"Redraw:  limner regenerate {drawn.illustrations[0].id}"
    assert lines[-1] == f"Sources: limner sources {drawn.job.id}"
    assert any("sha256" in line for line in card_lines(evidence))


def test_a_change_of_evidence_is_told_by_address() -> None:
    change = EvidenceChange(added=("http://a\x1b[31m",), kept=("http://b",))
    assert list(change_lines(change)) == ["New: http://a[31m", "Unchanged: http://b"]
    assert list(change_lines(EvidenceChange())) == ["Neither run cited any sources."]
