"""The command line as people and programs use it: output, exit statuses, and words for errors."""

from __future__ import annotations

import array
import fcntl
import io
import json
import os
import resource
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import IO, Any

import pytest
from PIL import Image

from app.cli.places import read_picture, read_prompt, writable_path
from bot.text import plain
from domain.errors import InvalidRequest, UnusableReference
from storage.schema import REVISION
from tests import forks
from tests.fakes.web import picture

ROOT = Path(__file__).parent.parent.parent


def limner(
    *arguments: str, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, with the library as the only place to search."""
    known = {**os.environ, "LIMNER_SEARCH_PROVIDERS": "library", **environment}
    return forks.run("app", *arguments, stdin=stdin, env=known)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a failure: no traceback, nothing else."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['limner', '--help']\nfrom app.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pydantic', 'sqlalchemy', 'dbos', 'rich', 'PIL', 'aiohttp', 'torch'}\n"
        "sys.exit(f'loaded: {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in (
        "demo",
        "imagine",
        "regenerate",
        "research",
        "sources",
        "jobs",
        "cancel",
        "library",
        "run",
        "worker",
        "db",
        "doctor",
    ):
        assert f"  {command} " in done.stdout


def test_a_command_loads_no_part_that_only_other_processes_need() -> None:
    """The web is reached, served and watched by those that do it."""
    code = (
        "import sys\nimport app.cli.make\n"
        "others = {'aiohttp', 'apscheduler', 'discord', 'slack_bolt', 'alembic'}\n"
        "sys.exit(f'loaded: {others & set(sys.modules)}' if others & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_picture_its_sources_its_regeneration_and_its_job(tmp_path: Path) -> None:
    bridge = tmp_path / "bridge.jpg"
    bridge.write_bytes(picture(1, size=(640, 480)))
    mine = tmp_path / "mine.png"
    mine.write_bytes(picture(5, kind="PNG"))
    (tmp_path / "bridge.txt").write_text("The Golden Gate Bridge is painted in orange vermilion.")
    added = answer(
        limner(
            "library",
            "add",
            str(bridge),
            str(tmp_path / "bridge.txt"),
            "--title",
            "Golden Gate Bridge",
            "--author",
            "Ann \x1b[31mAuthor",
            "--license",
            "CC0 1.0",
            "--tag",
            "red",
            "--json",
        )
    )
    assert [item["kind"] for item in added["added"]] == ["picture", "page"]

    out = tmp_path / "out.png"
    made = answer(
        limner(
            "imagine",
            "-",
            "--reference",
            str(mine),
            "--aspect",
            "16:9",
            "--seed",
            "7",
            "--out",
            str(out),
            "--json",
            stdin="the Golden Gate\nBridge in fog",
        )
    )
    assert made["status"] == "done"
    assert made["hops"] == 2
    shown = made["illustrations"][0]
    assert (shown["path"], shown["width"], shown["height"]) == (str(out), 1712, 960)
    assert shown["recipe"]["seed"] == 7
    with Image.open(out) as image:
        assert image.size == (1712, 960)
    assert [r["title"] for r in made["references"]] == ["mine.png", "Golden Gate Bridge"]
    assert set(made["references"][1]) == {
        "img_id",
        "title",
        "url",
        "page_url",
        "license",
        "author",
        "note",
        "sha256",
    }
    cited = made["evidence"][0]
    assert cited["passage"] == "The Golden Gate Bridge is painted in orange vermilion."
    assert {"n", "title", "url", "claim", "fetched_at", "sha256", "license"} <= set(cited)
    assert set(made["timing"]) == {"queued_s", "research_s", "render_s", "total_s"}
    assert all(seconds is not None for seconds in made["timing"].values())

    again = answer(limner("regenerate", shown["id"].lower(), "--json"))
    assert (again["parent_id"], again["identical"]) == (shown["id"], True)
    assert again["illustrations"][0]["sha256"] == shown["sha256"]

    researched = answer(limner("research", made["job_id"], "--json"))
    assert researched["changes"]["kept"]

    listed = answer(limner("jobs", "--json"))["jobs"]
    assert [job["kind"] for job in listed] == ["reresearch", "rerender", "illustrate"]

    sources = limner("sources", shown["id"])
    assert "[1] " in sources.stdout
    assert "sha256" in sources.stdout
    assert "\x1b" not in sources.stdout

    person = limner("imagine", "the Golden Gate Bridge", "--count", "2")
    assert person.returncode == 0, person.stderr
    assert person.stdout.count(".png") == 2
    assert "Search images of: Golden Gate Bridge" in person.stderr
    assert "limner regenerate" in person.stdout

    over = limner("cancel", made["job_id"])
    assert over.returncode == 1
    assert "already done" in told(over)
    item = added["added"][0]["id"]
    assert limner("library", "remove", item).returncode == 0
    assert item not in limner("library", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["imagine", ""], 2, "The prompt is empty"),
        (["imagine", "\x01\x02 \u202e"], 2, "The prompt is empty"),
        (["imagine", "word " * 4000], 2, "The prompt is 19,999 characters long. Shorten it"),
        (
            ["imagine", "a cat", "--aspect", "9:1"],
            2,
            "'9:1' isn't a usable aspect ratio",
        ),
        (["imagine", "a cat", "--aspect", "big"], 2, "'big' isn't a usable aspect ratio"),
        (["imagine", "a cat", "--generator", "dalle"], 2, "There is no generator 'dalle'"),
        (["imagine", "a cat", "--seed", "-1"], 2, "The seed must be a whole number"),
        (["imagine", "a cat", "--count", "5"], 2, "The count must be from 1 to 4"),
        (["imagine", "a cat", "--reference", "{tmp}/none.png"], 1, "the file doesn't exist"),
        (["imagine", "a cat", "--reference", "{tmp}"], 1, "it is a folder"),
        (["imagine", "a cat", "--reference", "{tmp}/empty.png"], 1, "the file is empty"),
        (["imagine", "a cat", "--reference", "{tmp}/text.png"], 1, "isn't a PNG, JPEG, WebP, GIF"),
        (["imagine", "a cat", "--reference", "{tmp}/cut.png"], 1, "damaged or incomplete"),
        (["imagine", "a cat", "--reference", "{tmp}/huge.png"], 1, "larger than 20 MB"),
        (["imagine", "a cat", *["--reference", "{tmp}/good.png"] * 6], 2, "attach at most 5"),
        (["imagine", "a cat --ar 99:1"], 2, "aspect"),
        (["imagine", "a cat --speed fast"], 2, "There is no option 'speed'"),
        (["imagine", "a cat", "--out", "{tmp}"], 2, "it is a folder"),
        (["imagine", "a cat", "--out", "{tmp}/no/x.png"], 2, "its folder doesn't exist"),
        (["regenerate", "nothing"], 1, "There is no picture 'NOTHING' here"),
        (["research", "nothing"], 1, "There is no job 'NOTHING' here"),
        (["sources", "nothing"], 1, "There is no job 'NOTHING' here"),
        (["jobs", "nothing"], 1, "There is no job 'NOTHING' here"),
        (["cancel", "nothing"], 1, "There is no job 'NOTHING' here"),
        (["library", "remove", "nothing"], 1, "limner library list"),
        (["library", "add", "{tmp}/none"], 2, "isn't a file, a folder or an http(s) address"),
        (["library", "add", "http://127.0.0.1/x"], 1, "couldn't be read"),
    ],
)
def test_wrong_input_is_one_sentence(
    arguments: list[str], status: int, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("I am a text.")
    (tmp_path / "cut.png").write_bytes(picture(1, kind="PNG")[:400])
    (tmp_path / "good.png").write_bytes(picture(1))
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(20_000_001)
    done = limner(*(a.format(tmp=tmp_path) for a in arguments))
    assert done.returncode == status, done.stderr
    assert sentence in told(done)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"LIMNER_GENERATOR": "x"}, "LIMNER_GENERATOR is wrong"),
        ({"LIMNER_SEARCH_PROVIDERS": "bing"}, "LIMNER_SEARCH_PROVIDERS is wrong"),
        ({"LIMNER_DATABASE_URL": "mysql://x"}, "LIMNER_DATABASE_URL is wrong"),
        ({"LIMNER_FETCH_TIMEOUT_S": "never"}, "LIMNER_FETCH_TIMEOUT_S is wrong"),
        ({"LIMNER_FETCH_ALLOWED_NETWORKS": "all"}, "LIMNER_FETCH_ALLOWED_NETWORKS is wrong"),
        ({"LIMNER_DATA_DIR": "/dev/null/x"}, "/dev/null/x"),
        ({"LIMNER_DATABASE_URL": "postgresql://u:SECRET@127.0.0.1:1/x"}, "can't be used"),
    ],
)
def test_wrong_settings_are_one_sentence(environment: dict[str, str], sentence: str) -> None:
    done = limner("imagine", "a cat", **environment)
    assert done.returncode == 1
    assert sentence in told(done)
    assert "SECRET" not in done.stderr


def test_what_options_do_not_allow_is_wrong_usage() -> None:
    for arguments in (
        ["imagine"],
        ["imagine", "x", "--research", "much"],
        ["nonsense"],
        ["worker"],
        ["worker", "--queue", "none"],
    ):
        done = limner(*arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("Usage: ")


def test_usage_says_what_was_asked_for_and_spent() -> None:
    assert limner("imagine", "a cat", "--research", "off").returncode == 0
    own = limner("usage")
    assert own.stdout.startswith("You requested 1 picture today and 1 this month.")
    assert "render · storyboard: 1 picture" in own.stdout
    team = json.loads(limner("usage", "--team", "--json").stdout)
    assert (team["jobs_today"], team["totals"][0]["kind"]) == (1, "render")


def test_a_failure_is_json_too_when_asked(tmp_path: Path) -> None:
    done = limner("imagine", "a cat", "--reference", str(tmp_path / "none.png"), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "failed"
    assert json.loads(done.stdout)["error"] == told(done)


@pytest.mark.parametrize(
    "prompt",
    ["رائدة الفضاء مع 🦊, 富士山", "a\tcat\r\nwith\x00out\x1b[31m end"],
)
def test_any_script_makes_a_picture(prompt: str, tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    done = limner("imagine", "-", "--research", "off", "--out", str(out), stdin=prompt)
    assert done.returncode == 0, done.stderr
    with Image.open(out) as image:
        assert image.size == (1280, 1280)


def test_options_may_stand_in_the_prompt_and_braces_draw_a_picture_each() -> None:
    done = limner("imagine", "a {red, blue} cube --ar 16:9 --no shadow", "--seed", "7", "--json")
    assert done.returncode == 0, done.stderr
    made = [json.loads(line)["illustrations"][0] for line in done.stdout.splitlines()]
    asked = [picture["recipe"]["request"] for picture in made]
    assert asked == ["a red cube, without shadow", "a blue cube, without shadow"]
    assert all(picture["width"] > picture["height"] for picture in made)
    assert {picture["recipe"]["seed"] for picture in made} == {7}


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    import sqlite3

    assert limner("db", "upgrade").returncode == 0
    assert limner("db", "check").returncode == 0
    database = Path(os.environ["LIMNER_DATA_DIR"]) / "limner.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = limner("imagine", "a cat")
    assert done.returncode == 1
    assert "newer Limner" in told(done)
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
        connection.execute("UPDATE alembic_version SET version_num = ?", (REVISION,))
    connection.close()
    assert limner("jobs").returncode == 0


def test_a_full_disk_pauses_a_command_and_nothing_is_lost(tmp_path: Path) -> None:
    """No file may grow beyond 200 kB, as on a disk that is nearly full."""
    assert limner("db", "upgrade").returncode == 0
    assert limner("imagine", "a cat", "--research", "off").returncode == 0

    def limit() -> None:
        hears_interrupts()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    big = tmp_path / "big.png"
    big.write_bytes(picture(3, size=(1400, 1400)))
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "imagine", "a cat", "--reference", str(big)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=limit,
    )
    assert process.stderr is not None
    said = ""
    while "Paused: " not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said + rest
    assert "can't be used" in said
    assert "is saved. It continues" in rest
    assert limner("jobs").returncode == 0
    assert limner("imagine", "a cat", "--reference", str(big)).returncode == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("~nobody-here/x.png", "its folder doesn't exist"),
        ("{tmp}/" + "x" * 300, "file name too long"),
        ("{tmp}/\udcff.png", "its name isn't UTF-8"),
        ("/dev/null", "it isn't a regular file"),
    ],
)
def test_a_path_that_takes_no_picture_is_refused(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        writable_path(name.format(tmp=tmp_path))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("~nobody-here/x.png", "the file doesn't exist"),
        ("/dev/zero", "larger than 20 MB"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_reference_that_cannot_be_read_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(UnusableReference, match=sentence):
        read_picture(name)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xff\xfe c\x00a\x00t\x00", "is not UTF-8 text"),
        (b"cat " * 300_000, "is larger than 1 MB"),
    ],
)
def test_an_unusable_standard_input_is_refused(
    data: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    with pytest.raises(InvalidRequest, match=sentence):
        read_prompt()


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, in which ``$LIMNER`` is the command."""
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
        env={**os.environ, "LIMNER": f"{sys.executable} -m app", **environment},
    )


def test_no_standard_input_at_all_is_one_sentence() -> None:
    done = shell("$LIMNER imagine - <&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is closed" in told(done)


def test_an_output_that_nobody_can_write_to_is_one_sentence_and_the_rest_in_the_log() -> None:
    done = shell("$LIMNER db upgrade >/dev/full")
    assert done.returncode == 1
    log = Path(os.environ["LIMNER_DATA_DIR"]) / "limner.log"
    assert "No space left on device" in told(done)
    assert str(log) in told(done)
    assert "Traceback" in log.read_text()
    assert shell("$LIMNER jobs nothing --json >/dev/full").returncode == 1


def test_an_output_that_nobody_reads_is_no_error_of_ours() -> None:
    done = shell("($LIMNER db upgrade; echo $? >&2) | true")
    assert done.stderr.strip() in ("0", "1")


def test_what_breaks_before_anything_works_is_one_sentence_too() -> None:
    """A fault of ours, before there are logs: nothing of the inside reaches the screen."""
    code = (
        "import sys\nfrom app.cli import edge\ndef work(settings):\n"
        "    secret = 'hunter2'\n    raise ZeroDivisionError(secret)\n"
        "edge.run(work, as_json=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"] == told(done)
    assert "wrong inside Limner (ZeroDivisionError); see" in told(done)
    assert "hunter2" not in done.stdout + done.stderr


def hears_interrupts() -> None:
    """Shells have what they start in the background ignore interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def unread(pipe: IO[str]) -> int:
    """The number of unread bytes in a pipe."""
    number = array.array("i", [0])
    fcntl.ioctl(pipe.fileno(), termios.FIONREAD, number)
    return number[0]


def test_an_interrupt_ends_the_wait_for_a_prompt() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "imagine", "-"],
        preexec_fn=hears_interrupts,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    process.stdin.write("a f")
    process.stdin.flush()
    try:
        while unread(process.stdin) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "Stopped.\n"
    finally:
        process.kill()
        process.communicate()


def test_an_interrupt_cancels_the_job(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "imagine", "Golden Gate Bridge"],
        preexec_fn=hears_interrupts,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "LIMNER_SEARCH_PROVIDERS": "wikipedia",
            "LIMNER_WIKIPEDIA_BASE_URL": "http://127.0.0.2",
            "LIMNER_FETCH_ALLOWED_NETWORKS": "127.0.0.2/32",
        },
    )
    assert process.stderr is not None
    while "Search" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "was cancelled" in err
    jobs = answer(limner("jobs", "--json"))["jobs"]
    assert [job["status"] for job in jobs] == ["cancelled"]


def test_a_service_that_has_stopped_does_not_wait_for_what_a_thread_computes() -> None:
    script = (
        "import sys, threading, time, app.service\n"
        "async def run(*_a, **_k): threading.Thread(target=time.sleep, args=(300,)).start()\n"
        "app.service.run = run\n"
        "sys.argv = ['limner', 'run']\n"
        "from app.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=120)
    assert done.returncode == 0


def test_a_service_works_for_others_until_it_is_asked_to_stop() -> None:
    service = subprocess.Popen([sys.executable, "-m", "app", "run"], cwd=ROOT)
    try:
        assert limner("imagine", "a cat", "--research", "off").returncode == 0
        found = answer(limner("doctor", "--json"))
        assert found["ok"]
    finally:
        time.sleep(0.5)
        service.send_signal(signal.SIGTERM)
        assert service.wait(20) == 0


def test_the_doctor_warns_of_what_is_odd() -> None:
    done = limner("doctor", LIMNER_FETCH_ALLOWED_NETWORKS="127.0.0.1/32", LIMNER_GENERATR="x")
    assert done.returncode == 0, done.stdout
    assert "LIMNER_GENERATR" in done.stdout
    assert "127.0.0.1/32" in done.stdout
    assert sum(line.startswith("warn") for line in done.stdout.splitlines()) == 2


def test_what_strangers_wrote_cannot_steer_the_terminal() -> None:
    assert plain("a\x1b[2Jb\r\n\x07c\u202ed\u200be") == "a[2Jb cde"
    assert plain("[red]x[/red]") == "[red]x[/red]"
    assert len(plain("x" * 1000)) == 500


def test_a_service_says_what_it_works_with_and_when_it_stops() -> None:
    environment = {**os.environ, "LIMNER_SEARCH_PROVIDERS": "library"}
    environment["LIMNER_DATABASE_URL"] = ""
    with subprocess.Popen(
        [sys.executable, "-m", "app", "run"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as service:
        assert service.stderr is not None
        said: list[str] = []
        for line in service.stderr:
            said.append(line)
            if "limner doctor" in line:
                service.send_signal(signal.SIGTERM)
    text = "".join(said)
    assert service.returncode == 0
    for words in ("started", "SQLite", "set LIMNER_DISCORD_TOKEN", "storyboard", "stopping"):
        assert words in text
    assert "\x1b" not in text


def test_a_model_without_its_library_says_at_once_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n")
    done = limner(
        "imagine",
        "a fox",
        LIMNER_GENERATOR="sdxl",
        LIMNER_DATA_DIR=str(tmp_path / "data"),
        PYTHONPATH=str(tmp_path),
    )
    assert done.returncode == 1
    assert "pip install 'limner[diffusers]'" in told(done)
    assert answer(limner("jobs", "--json", LIMNER_DATA_DIR=str(tmp_path / "data")))["jobs"] == []
