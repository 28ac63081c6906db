"""What several processes agree about, and what a new one loads."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

from agent.news.cluster import Batch, events
from agent.news.fingerprint import fingerprint
from evaluation.peers.news_corpus import corpus
from storage.file_cache import FileCache

ROOT = Path(__file__).parents[2]


def write_and_read(folder: str, seed: int) -> None:
    async def go() -> None:
        cache = FileCache(Path(folder), max_bytes=500_000)
        for n in range(60):
            key = str((n * 7 + seed) % 20)
            await cache.put("fetch", key, key.encode() * 20_000, ttl_s=60)
            found = await cache.get("fetch", str((n + seed) % 20))
            assert found is None or found == str((n + seed) % 20).encode() * 20_000
        await cache.aclose()

    asyncio.run(go())


def test_processes_share_a_cache(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_and_read, args=(str(folder), n)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    kept = [path for path in folder.rglob("*") if path.is_file() and path.name != ".swept"]
    assert sum(path.stat().st_size for path in kept) < 1_000_000
    assert not [path for path in kept if path.name.startswith(".")]


def test_another_process_finds_the_same_events() -> None:
    """Texts are hashed with another seed in each process; nothing may depend on it."""
    code = (
        "from agent.news.cluster import Batch, events\n"
        "from agent.news.fingerprint import fingerprint\n"
        "from evaluation.peers.news_corpus import corpus\n"
        "batch = Batch([x.item for x in corpus()])\n"
        "print([(event, fingerprint(batch, event)) for event in events(batch)])"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed},
    )
    batch = Batch([x.item for x in corpus()])
    here = [(event, fingerprint(batch, event)) for event in events(batch)]
    assert done.stdout == f"{here}\n"


def test_the_bot_process_never_loads_torch() -> None:
    """Everything that answers people, and the generators as data, without one heavy library."""
    code = (
        "import sys, app.application, app.cli.root, app.doctor, generation.registry\n"
        "from generation.catalogue import CATALOGUE\n"
        "renderers = generation.registry.Renderers(\n"
        "    default='qwen-image', offered=tuple(CATALOGUE.values()))\n"
        "assert renderers.max_references('qwen-image') == 3\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'numpy', 'httpx2',\n"
        "    'prometheus_client', 'opentelemetry'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
