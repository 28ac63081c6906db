"""The table that a terminal shows while Limner runs."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from app.overview import queue_loads
from bot.terminal.overview import Overview, QueueLoad, overview_table
from storage.figures import Figures


def shown(overview: Overview, language: str = "en") -> str:
    console = Console(file=StringIO(), width=100)
    console.print(overview_table(overview, language))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_part_that_does_not_work_says_why_and_cannot_steer_the_terminal() -> None:
    trouble = "Limner isn't connected\x1b[2J to slack now."
    text = shown(Overview({"database": "", "slack": trouble}, [], 0, 5.0))
    assert "works" in text
    assert "Limner isn't connected" in text
    assert "\x1b" not in text


def test_a_queue_says_its_load_and_where_nothing_works_on_it() -> None:
    busy = QueueLoad("research", waiting=3, running=2, oldest_s=41.7, processes=1)
    left = QueueLoad("delivery-discord", waiting=7)
    text = shown(Overview({}, [busy, left], 12, 130.0))
    assert "2 running, 3 waiting, the oldest for 41 s" in text
    assert "delivery to Discord" in text
    assert "no process works on it, 7 waiting" in text
    assert "12" in text
    assert "2 minutes" in text


def test_the_table_is_in_the_language_of_the_terminal() -> None:
    text = shown(Overview({"disk": ""}, [QueueLoad("news", processes=1)], 0, 60.0), "de_DE.UTF-8")
    assert "Limner läuft seit 1 Minute" in text
    assert "Nachrichten" in text


def test_queues_of_other_processes_are_listed_after_the_own() -> None:
    figures = Figures({}, {("generation", "waiting"): 4}, {"generation": 9.0}, {"research": 2})
    loads = queue_loads(["research", "delivery-terminal.host"], figures)
    assert [load.name for load in loads] == ["research", "delivery-terminal", "generation"]
    assert loads[2] == QueueLoad("generation", waiting=4, oldest_s=9.0)
    assert loads[0].processes == 2
