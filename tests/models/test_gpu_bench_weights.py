"""The GPU bench with weights that are here: whole pictures by each preset, compared with
``quality``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels


def test_presets_with_real_weights_are_compared_with_quality(
    models: TinyModels, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from evaluation import gpu_bench

    rows = tmp_path / "rows.jsonl"
    gpu_bench.main(
        [
            *("--tiny", "--model", "z-image-turbo", "--steps", "1", "--device", "cpu"),
            *("--way", "stock", "--way", "small-card", "--json", str(rows)),
            *("--weights", f"z-image-turbo={models['z-image']}"),
        ]
    )
    shown = capsys.readouterr().out
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    pictures = {row["way"]: row for row in found if row.get("weights") == "real"}
    assert list(pictures) == ["quality", "small-card"]
    quality, small = pictures["quality"], pictures["small-card"]
    assert not quality["note"], shown
    assert quality["of_stock"] == 1.0
    assert quality["psnr_db"] is None
    assert small["step_s"] > 0
    assert 10 < small["psnr_db"] < 100, "weights in 8 bits draw nearly the same picture"
    assert "z-image-turbo, small-card, real weights: " in shown
    assert "dB from quality" in shown
    assert "needs real weights" not in shown


def test_how_far_pictures_are_apart_is_given_in_decibels() -> None:
    from evaluation.gpu_real_weights import SAME_DB, lpips_distance, psnr_db

    black, grey = Image.new("RGB", (8, 8)), Image.new("RGB", (8, 8), (16, 16, 16))
    assert psnr_db([black, grey], [black, grey]) == SAME_DB
    assert psnr_db([black], [grey]) == pytest.approx(24.05, abs=0.01)
    assert psnr_db([black, black], [grey, black]) == pytest.approx(27.06, abs=0.01)
    assert lpips_distance([black], [grey]) is None  # the package is not installed


@pytest.mark.parametrize("text", ["z-image-turbo", "nothing=/x", "qwen-image="])
def test_a_folder_is_named_for_a_model_of_the_bench(text: str) -> None:
    from evaluation import gpu_bench

    with pytest.raises(SystemExit):
        gpu_bench.main(["--weights", text])
