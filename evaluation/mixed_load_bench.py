"""An hour of an installation's life: Slack's people, kills every minute, and nothing may be lost.

``python -m evaluation.mixed_load_bench`` starts what ``docs/howto/operate.md`` recommends: one
process that answers the chats (``limner run --queue delivery --queue news``) and workers for the
rest, on Postgres, with a model, a search service, pages and Slack on loopback. Fifty workspaces
send 500 commands within ten seconds and then a steady stream; of ten people five want something
that the model researches, three a plain picture, and two vary a picture that was posted before.
Each minute a worker is killed, and twice the process that answers; what is sent while it is away is
counted apart, since Slack itself answers then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp
import psycopg

from domain.requests import Destination
from domain.team import Role, Scope
from evaluation.crew import Crew, crew, free_port
from evaluation.databases import postgres
from evaluation.load_bench import Traffic
from evaluation.load_figures import Server
from evaluation.measuring import Taken, percentile, taken
from evaluation.peers.running import running_peers
from evaluation.peers.script import request_for
from evaluation.peers.slack import SIGNING_SECRET, FakeSlack, fake_slack
from evaluation.peers.slack_installations import installed
from evaluation.peers.slack_limits import SlackLimits
from evaluation.peers.slack_team import Message, Team
from evaluation.running import until_healthy, watching_house
from evaluation.tables import Row, print_table, verdict
from jobs.admission.requests import Requester

CHATS: Final = ("run", "--queue", "delivery", "--queue", "news")
WORKER: Final = ("worker", "--queue", "research", "--queue", "generation")
CHANNEL: Final = "C0001"
HOSTS: Final = 40
LOOK_S: Final = 5.0
PATIENCE_S: Final = 900.0
WARM_UP_S: Final = 240.0
"""Of a process's life: its pools and caches fill."""
AFTER_BURST_S: Final = 300.0
"""Until the jobs of a burst are done."""
MOST_GROWTH: Final = 0.1
MOST_ACK_S: Final = 0.3


@dataclass
class People:
    """Everybody who types and presses, over HTTP as Slack sends it."""

    fake: FakeSlack
    url: str
    session: aiohttp.ClientSession
    teams: Sequence[Team]
    chance: random.Random
    acks: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """When each acknowledged request was sent, and its acknowledgement's seconds."""
    typed: set[str] = field(default_factory=set[str])
    """The people whose command was acknowledged."""
    pressed: int = 0
    away: int = 0
    """Requests that nobody took: the process that answers was killed."""

    async def all(self, traffic: Traffic) -> None:
        """Send at each moment, however long the answers take."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as asking:
            for number, moment in enumerate(traffic.moments):
                await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
                asking.create_task(self._one(number), name=f"person {number}")

    async def _one(self, number: int) -> None:
        team, user, kind = self.teams[number % len(self.teams)], f"U{number:05d}", number % 10
        shown = [m for m in team.channel(CHANNEL).messages.values() if m.pictures]
        if kind >= 8 and shown:
            self.pressed += await self._sent(self._press(team, user, self.chance.choice(shown)))
            return
        words = request_for(f"City{number}x") if kind < 5 else f"a red cube, number {number}"
        if await self._sent({**self.fake.slash_body(words, user), "team_id": team.id}):
            self.typed.add(user)

    def _press(self, team: Team, user: str, message: Message) -> dict[str, str]:
        body = self.fake.press_body(message.button("vary"), user, CHANNEL, message.ts)
        body["team"]["id"] = team.id
        return {"payload": json.dumps(body)}

    async def _sent(self, fields: Mapping[str, Any]) -> bool:
        body, headers = self.fake.form(fields)
        sent = time.monotonic()
        try:
            async with self.session.post(self.url, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{answer.status}: {await answer.text()}")
        except aiohttp.ClientConnectionError:
            self.away += 1
            return False
        self.acks.append((sent, time.monotonic() - sent))
        return True


@dataclass
class Life:
    """The process that answers, from one start to its end."""

    looks: list[Taken] = field(default_factory=list[Taken])

    def medians(self, name: str) -> tuple[float, float] | None:
        """A figure in the first and last third of what follows the warm-up; None for a short
        life."""
        values = [float(getattr(look, name)) for look in self.looks[int(WARM_UP_S / LOOK_S) :]]
        third = len(values) // 3
        if not third:
            return None
        return statistics.median(values[:third]), statistics.median(values[-third:])


@dataclass
class Hour:
    """All that was seen."""

    people: People
    lives: list[Life] = field(default_factory=list[Life])
    sizes: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    """The number of finished jobs, and the size of the database then."""
    kills: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    unknown: int = 0
    """Acknowledged commands that no job is of."""
    unseen: int = 0
    """Finished jobs without a picture in a channel."""
    doubled: int = 0
    missed_looks: int = 0
    """Of those at the process and the database all the while."""
    blobs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What ``limner db check --blobs`` finds in the end."""

    @property
    def lost(self) -> int:
        """Acknowledged requests without their picture."""
        return self.unknown + self.unseen + self.statuses.total() - self.statuses["done"]


async def hour(folder: Path, database_url: str, traffic: Traffic, *, workers: int) -> Hour:
    """Let it live through the traffic, and wait until everything accepted is done."""
    port = free_port()
    async with (
        running_peers(hosts=HOSTS) as peers,
        fake_slack() as fake,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        fake.limits = SlackLimits()
        environment = {
            **await installed(fake, database_url, traffic.workspaces),
            **peers.environment(),
            "LIMNER_DATA_DIR": str(folder / "data"),
            "LIMNER_DATABASE_URL": database_url,
            "LIMNER_HTTP_PORT": str(port),
            "LIMNER_SLACK_API_BASE": f"{fake.base_url}/api/",
            "LIMNER_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        }
        for team in fake.teams.values():
            team.channel(CHANNEL)
            team.users |= {f"U{n:05d}": {} for n in range(len(traffic.moments))}
        url = f"http://127.0.0.1:{port}/slack/events"
        teams = list(fake.teams.values())
        people = People(fake, url, session, teams, random.Random(1))  # noqa: S311 - the same each time
        found = Hour(people)
        server = Server(database_url)
        await _deliver_without_approval(environment, fake)
        async with crew(environment, [CHATS, *[WORKER] * workers]) as group:
            await until_healthy(session, port)
            beside = [
                asyncio.create_task(_killing(group, found, traffic)),
                asyncio.create_task(_looking(group, found, server)),
            ]
            await people.all(traffic)
            beside[0].cancel()
            await _until_done(server, people)
            beside[1].cancel()
            ended = await asyncio.gather(*beside, return_exceptions=True)
            for error in ended:
                if isinstance(error, Exception):
                    traceback.print_exception(error)
            found.kills = group.kills
            _count(found, server)
        found.blobs = await _checked(environment)
        return found


async def _deliver_without_approval(environment: Mapping[str, str], fake: FakeSlack) -> None:
    """No model looks at pictures here, so boards of web pictures would wait for a moderator."""
    async with watching_house(environment) as application:
        for team in fake.teams.values():
            admin = Requester(
                f"slack:{team.id}", "UADMIN", Destination("slack", CHANNEL), Role.ADMIN
            )
            await application.team.prefer(admin, Scope.WORKSPACE, people_approval=False)


async def _killing(group: Crew, found: Hour, traffic: Traffic) -> None:
    """Kill the workers in turn, and the process that answers after each third of the time."""
    lasting_s = traffic.burst_s + traffic.steady_s
    chats, *workers = group.ports
    found.lives.append(Life())
    began, number = time.monotonic(), 0
    while True:
        number += 1
        await asyncio.sleep(max(0.0, began + number * traffic.kill_every_s - time.monotonic()))
        await group.replace(workers[number % len(workers)])
        if time.monotonic() - began > len(found.lives) * lasting_s / 3 and len(found.lives) < 3:
            await group.replace(chats)
            found.lives.append(Life())


async def _looking(group: Crew, found: Hour, server: Server) -> None:
    """Look at the process that answers and at the database all the while."""
    for number in count():
        await asyncio.sleep(LOOK_S)
        try:
            await _look(group, found, server, sizes=number % 12 == 0)
        except (OSError, psycopg.Error) as error:
            found.missed_looks += 1
            print(f"a look failed: {error!r}", file=sys.stderr)


async def _look(group: Crew, found: Hour, server: Server, *, sizes: bool) -> None:
    pid = group.processes[group.ports[0]].pid
    if found.lives:
        found.lives[-1].looks.append(await asyncio.to_thread(taken, pid))
    if sizes:
        done = (await asyncio.to_thread(server.outcomes))["done"]
        found.sizes.append((done, await asyncio.to_thread(lambda: server.size_bytes)))


async def _until_done(server: Server, people: People) -> None:
    """Wait until no job is under way and each finished one is shown."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        statuses = server.outcomes()
        if (
            set(statuses) <= {"done", "failed", "cancelled"}
            and len(set(_shown(people))) >= (statuses["done"])
        ):
            return
        await asyncio.sleep(1.0)


def _shown(people: People) -> Iterator[str]:
    """The job of each message that shows a picture."""
    for team in people.teams:
        for channel in team.channels.values():
            yield from (str(m.job_id) for m in channel.messages.values() if m.pictures)


def _count(found: Hour, server: Server) -> None:
    found.statuses = server.outcomes()
    shown = Counter(_shown(found.people))
    done = {str(job) for [job] in server.rows("SELECT id FROM jobs WHERE status = 'done'")}
    askers = {str(member) for [member] in server.rows("SELECT member_id FROM jobs")}
    known = {asker.rpartition(":")[2] for asker in askers}
    found.unknown = len(found.people.typed - known)
    found.unseen = len(done - set(shown))
    found.doubled = sum(count - 1 for count in shown.values())


async def _checked(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """What ``limner db check --blobs`` says in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "limner", "db", "check", "--blobs", "--json"),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    printed, _ = await process.communicate()
    checked: Mapping[str, Any] = json.loads(printed)
    return checked


def rows(found: Hour, traffic: Traffic) -> Iterator[Row]:
    """The figures."""
    people = found.people
    seconds = [each for _, each in people.acks]
    p99 = percentile(seconds, 0.99)
    yield Row(
        "requests",
        str(len(traffic.moments)),
        f"{len(people.typed)} commands, {people.pressed} presses, {people.away} while away",
    )
    yield Row("kills", str(found.kills), f"{len(found.lives) - 1} of the process that answers")
    yield Row(
        "acknowledged, p50 / p99 / most",
        f"{1e3 * statistics.median(seconds):.0f} / {1e3 * p99:.0f} / {1e3 * max(seconds):.0f} ms",
        "",
        verdict(p99, MOST_ACK_S),
    )
    burst_ends = min(sent for sent, _ in people.acks) + traffic.burst_s + AFTER_BURST_S
    later = [each for sent, each in people.acks if sent > burst_ends]
    if later:
        late_p99 = percentile(later, 0.99)
        yield Row(
            "acknowledged after the burst, p99",
            f"{1e3 * late_p99:.0f} ms",
            f"of {len(later)}",
            verdict(late_p99, MOST_ACK_S),
        )
    yield Row(
        "lost",
        str(found.lost),
        f"{dict(found.statuses)}, {found.unknown} of no job, {found.unseen} not shown",
        verdict(found.lost, 0),
    )
    yield Row("shown twice", str(found.doubled), "", verdict(found.doubled, 0))
    for name, title in {"pss_mib": "memory (PSS, MiB)", "files": "descriptors"}.items():
        for number, life in enumerate(found.lives, 1):
            if (medians := life.medians(name)) is not None:
                before, after = medians
                growth = after / before - 1
                yield Row(
                    f"life {number}: {title}",
                    f"{before:.0f} → {after:.0f}",
                    f"{growth:+.0%}",
                    "flat" if growth <= MOST_GROWTH else "GROWS",
                )
    yield from _size_rows(found.sizes)
    if found.missed_looks:
        yield Row("looks that failed", str(found.missed_looks), "at the process or the database")
    missing = len(found.blobs["missing"])
    yield Row(
        "files that the database names",
        str(found.blobs["named"]),
        f"{missing} missing; {found.blobs['unused']} others are older than two days",
        verdict(missing, 0),
    )


def _size_rows(sizes: Sequence[tuple[int, float]]) -> Iterator[Row]:
    """The database's growth a job in each third of the jobs."""
    for third in range(3):
        part = sizes[third * len(sizes) // 3 : (third + 1) * len(sizes) // 3 + 1]
        if len(part) > 1 and part[-1][0] > part[0][0]:
            each = (part[-1][1] - part[0][1]) / (part[-1][0] - part[0][0])
            name = f"database a job, third {third + 1}"
            yield Row(name, f"{each / 1e3:.0f} kB", f"{part[-1][0]} jobs done")


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--workspaces", type=int, default=50)
    parser.add_argument("--burst", type=int, default=500)
    parser.add_argument("--per-minute", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill-every", type=float, default=60.0, metavar="SECONDS")
    asked = parser.parse_args()
    steady_s = asked.minutes * 60 - 10.0
    traffic = Traffic(
        asked.workspaces, asked.burst, 10.0, steady_s, asked.per_minute, asked.kill_every
    )
    with tempfile.TemporaryDirectory() as name, postgres() as server:
        found = asyncio.run(
            hour(
                Path(name),
                server.new_database(),
                traffic,
                workers=asked.workers,
            )
        )
    print_table(f"{asked.minutes:g} minutes of an installation", list(rows(found, traffic)))


if __name__ == "__main__":
    main()
