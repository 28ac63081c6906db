"""What all tests share: no network but loopback, and both kinds of database."""

from __future__ import annotations

import gc
import importlib.util
import ipaddress
import logging
import os
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import settings

from agent.language.frequencies import keep_word_lists
from agent.language.tag_models import keep_tag_models
from domain.encoder.text_encoder import keep_encoder_weights
from domain.sentence_vectors import keep_sentence_weights
from storage import schema
from tests.fakes.migrated import Upgrade, copying
from tests.fakes.postgres import PostgresPeer, postgres_peer

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels
    from tests.fakes.object_store import ObjectStorePeer


NEED_MODELS = (
    "integration/test_untrusted_text.py",
    "unit/test_special_tokens.py",
)
"""Tests that import torch, diffusers or what comes with them."""
collect_ignore = [] if importlib.util.find_spec("torch") else list(NEED_MODELS)


def pytest_report_header() -> list[str]:
    """Say what is left out where torch is not installed; see CONTRIBUTING.md."""
    return [f"torch is not installed; left out: {', '.join(collect_ignore)}"] * bool(collect_ignore)


def pytest_collection_finish() -> None:
    """Keep the garbage collector from going through all imported modules again and again."""
    gc.freeze()


# The same examples in every run, without a limit of time: whether a commit is good may depend
# neither on chance nor on how busy the machine is. To look for new ones: pytest
# --hypothesis-profile random
settings.register_profile(
    "repeatable", derandomize=True, print_blob=True, deadline=None, max_examples=40
)
settings.register_profile("random", print_blob=True, deadline=None, max_examples=400)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse every connection of this process that would leave the machine."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(original: Any) -> Any:
        def check(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                host = str(address[0])
                if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                    raise AssertionError(f"a test tried to reach {host!r}")
            return original(self, address)

        return check

    patch.setattr(socket.socket, "connect", guarded(connect))
    patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def weights(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where language data are unpacked, once for all tests and all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "weights"
    keep_sentence_weights(folder)
    keep_encoder_weights(folder)
    keep_word_lists(folder)
    keep_tag_models(folder)
    return folder


@pytest.fixture(scope="session")
def data_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that are not there yet. Most tests keep no data, and ``tmp_path`` would make
    a folder for each of them, looking through the names of all others."""
    return map(tmp_path_factory.mktemp("data").joinpath, map(str, count()))


@pytest.fixture(autouse=True)
def own_settings(
    monkeypatch: pytest.MonkeyPatch, data_folders: Iterator[Path], weights: Path
) -> None:
    """No test sees this machine's settings or data."""
    for name in [name for name in os.environ if name.startswith(("LIMNER_", "AWS_"))]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("LIMNER_DATA_DIR", str(next(data_folders)))
    monkeypatch.setenv("LIMNER_WEIGHTS_DIR", str(weights))


@pytest.fixture(scope="session")
def copied_schema(tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """What makes a new database without running each migration again."""
    return copying(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(autouse=True)
def migrated_once(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, copied_schema: Upgrade
) -> None:
    """New databases are copies, but where migrations are what is tested."""
    if request.path.name != "test_schema.py":
        monkeypatch.setattr(schema, "upgrade", copied_schema)


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """No test writes into the log of another one."""
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    structlog.reset_defaults()
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresPeer]:
    """A real Postgres, started when the first test asks for it."""
    with postgres_peer() as peer:
        yield peer


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStorePeer]:
    """An object store with S3's interface, started when the first test asks for it."""
    from tests.fakes.object_store import object_store_peer

    with object_store_peer() as peer:
        yield peer


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'limner.sqlite'}"
    peer: PostgresPeer = request.getfixturevalue("postgres")
    return peer.new_database()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    """The folders of tiny models of every family."""
    pytest.importorskip("torch")
    from evaluation.peers.tiny_models import TinyModels

    return TinyModels(tmp_path_factory.mktemp("models"))


@pytest.fixture
def without_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims are judged as where the text encoder's package is not installed; what it adds is
    tested in ``test_entailment``."""

    def found(_claim: str, _assessed: object) -> None:
        return None

    monkeypatch.setattr("agent.research.support.learned.find_entailment", found)
