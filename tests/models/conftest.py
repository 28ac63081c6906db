"""What tests of models share: a real vLLM on the CPU with a tiny Qwen3-VL of random weights,
started once, and settings for tiny models of diffusers."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.environment import CannotBeHadError, prepare

ROOT = Path(__file__).parent.parent.parent
START_S = 300.0
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
}


@pytest.fixture(scope="session")
def model_base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running server, ending in ``/v1``."""
    place = os.environ.get("LIMNER_TEST_MODEL_ENVIRONMENT", str(ROOT / ".venv-models"))
    try:
        python = prepare(Path(place))
    except CannotBeHadError as error:
        pytest.skip(f"vLLM for the CPU cannot be had here: {error}")
    folder = tmp_path_factory.mktemp("model")
    script = ROOT / "tests" / "models" / "tiny_model.py"
    subprocess.run([str(python), str(script), str(folder / "tiny")], check=True, env=_environment())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "serve.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [
                *(str(python.parent / "vllm"), "serve", str(folder / "tiny")),
                *("--host", "127.0.0.1", "--port", str(port), "--served-model-name", "tiny"),
                *("--dtype", "float32", "--max-model-len", "16384", "--max-num-seqs", "4"),
                *("--enforce-eager", "--limit-mm-per-prompt", '{"image":32,"video":0}'),
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )
    try:
        _wait_until_ready(server, port, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, **QUIET}


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"the model server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def small_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edit pipelines of Qwen and LongCat with references of 64 × 64 instead of a megapixel,
    which is a constant in their modules."""
    importlib.import_module("generation.backends.diffusion")  # sets the scene for diffusers
    edit_plus = importlib.import_module(
        "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus"
    )
    monkeypatch.setattr(edit_plus, "VAE_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(edit_plus, "CONDITION_IMAGE_SIZE", 64 * 64)
    longcat = importlib.import_module(
        "diffusers.pipelines.longcat_image.pipeline_longcat_image_edit"
    )
    original = longcat.calculate_dimensions

    def small(_area: int, ratio: float) -> tuple[int, int]:
        found: tuple[int, int] = original(64 * 64, ratio)
        return found

    monkeypatch.setattr(longcat, "calculate_dimensions", small)
