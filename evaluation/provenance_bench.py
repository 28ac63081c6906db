"""Measures which changed pictures lead back to their origin, layer by layer.

500 pictures, each changed in 12 ways: 200 boards and cards of one layout, 100 painted ones, 100
that were made from one of these, and 100 that Limner never made. Run
``python -m evaluation.provenance_bench`` (an hour of one core), or with ``--quick`` (every tenth
picture).

Discord and Slack keep what was uploaded, metadata included; what people save from a chat is often
the preview, so previews are what is measured: Discord's media proxy gives WebP 550 pixels wide
(``?format=webp&width=550``), Slack's ``thumb_720`` is at most 720 pixels a side.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from domain.provenance import watermark_of
from generation.provenance import watermark
from generation.provenance.hashes import asked_hashes, hashes_of, nearest
from generation.provenance.keypoints import Points, compare, keypoints
from generation.provenance.reading_worker import CANDIDATES, LEAST_SURE

WORDS: Final = (
    *("harbour", "bridge", "lantern", "orchard", "violin", "glacier", "compass", "meadow"),
    *("turbine", "parrot", "canyon", "saddle", "market", "thunder", "pepper", "castle"),
)
SIZE: Final = (1280, 853)
LEAST_FOUND: Final = 0.95


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture; ``family`` is what it may lead to: itself, its parent, its children."""

    name: str
    picture: Image.Image
    family: str | None
    """None for a picture that Limner never made."""


def _board(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    board = Image.new("RGB", SIZE, (250, 248, 244))
    draw = ImageDraw.Draw(board)
    draw.text((40, 24), " ".join(random.choice(WORDS, 4)).title(), "black", font_size=52)
    for column in range(0 if seed % 2 else 3):  # every second one is a card: words alone
        board.paste(_painting(seed * 7 + column, (380, 290)), (40 + column * 410, 130))
    for line in range(9 if seed % 2 == 0 else 18):
        text = f"{line + 1}. " + " ".join(random.choice(WORDS, 11))
        draw.text((40, (460 if seed % 2 == 0 else 130) + line * 38), text, (40,) * 3, font_size=26)
    return board


def _painting(seed: int, size: tuple[int, int] = (1024, 1024)) -> Image.Image:
    random = np.random.default_rng(seed)
    rough = Image.fromarray(random.integers(0, 255, (14, 14, 3), dtype=np.uint8))
    picture = rough.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = int(random.integers(0, size[0])), int(random.integers(0, size[1]))
        r = int(random.integers(4, max(6, size[0] // 12)))
        shape = draw.ellipse if random.random() < 0.5 else draw.rectangle
        shape((x - r, y - r, x + r, y + r), tuple(int(c) for c in random.integers(0, 255, 3)))
    noise = random.normal(0, 6, (size[1], size[0], 1))
    grain = np.clip(np.asarray(picture, np.float32) + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(grain).filter(ImageFilter.GaussianBlur(0.6))


def _edited(parent: Image.Image, seed: int) -> Image.Image:
    edited = ImageEnhance.Color(parent).enhance(0.8)
    side = parent.width // 4
    random = np.random.default_rng(seed)
    place = (int(random.integers(0, parent.width - side)), int(parent.height * 0.4))
    edited.paste(_painting(seed + 90_000, (side, side)), place)
    return edited


def _photographs() -> Iterator[Image.Image]:
    """Sample photographs of scikit-image and scikit-learn, where they are installed."""
    for package, folder in (("skimage", "data"), ("sklearn", "datasets/images")):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for path in sorted((Path(spec.origin).parent / folder).glob("*.[jp][pn]g")):
            with Image.open(path) as opened:
                if min(opened.size) >= 256:
                    yield ImageOps.fit(opened.convert("RGB"), (1024, 1024))


def samples(step: int) -> Iterator[Sample]:
    """All 500 pictures, or every ``step``-th."""
    for n in range(0, 200, step):
        yield Sample(f"board-{n}", _board(n), f"board-{n}")
    for n in range(0, 100, step):
        yield Sample(f"painting-{n}", _painting(n + 5_000), f"painting-{n}")
    for n in range(0, 100, step):
        yield Sample(f"edit-{n}", _edited(_painting(n + 5_000), n), f"painting-{n}")
    foreign = [*_photographs()]
    for n in range(0, 100, step):
        strange = foreign[n] if n < len(foreign) else _painting(n + 70_000)
        yield Sample(f"foreign-{n}", strange, None)


def _again(picture: Image.Image, kind: str, **options: int) -> Image.Image:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    with Image.open(out) as opened:
        return opened.convert("RGB")


def _sized(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, round(picture.height * width / picture.width)))


def _cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = (int(side * (1 - share)) for side in picture.size)
    left, top = (picture.width - width) // 3, (picture.height - height) * 2 // 3
    return picture.crop((left, top, left + width, top + height))


def _framed(picture: Image.Image, left: int, top: int, color: str) -> Image.Image:
    frame = Image.new("RGB", (picture.width + 2 * left, picture.height + 2 * top), color)
    frame.paste(picture, (left, top))
    return frame


CHANGES: Final[Mapping[str, Callable[[Image.Image], Image.Image]]] = {
    "discord": lambda p: _again(_sized(p, 550), "WEBP", quality=80),
    "slack": lambda p: _again(_sized(p, 720), "JPEG", quality=80),
    "webp": lambda p: _again(p, "WEBP", quality=80),
    "jpeg 60": lambda p: _again(p, "JPEG", quality=60),
    "half size": lambda p: _again(_sized(p, p.width // 2), "JPEG", quality=85),
    "crop 10 %": lambda p: _again(_cropped(p, 0.10), "JPEG", quality=85),
    "crop 25 %": lambda p: _again(_cropped(p, 0.25), "JPEG", quality=85),
    "screenshot": lambda p: _framed(_sized(p, int(p.width * 0.8)), 120, 70, "#313338"),
    "turned 2°": lambda p: p.rotate(2, Image.Resampling.BICUBIC),
    "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.25),
    "caption bar": lambda p: ImageOps.pad(p, (p.width, p.height + 140), color="white"),
    "greyscale": lambda p: p.convert("L").convert("RGB"),
}
"""Each gives pixels alone, so that metadata is stripped by all of them."""


class Index:
    """The kept data of the pictures that Limner made."""

    def __init__(self, made: list[Sample]) -> None:
        self.made = made
        self.marks = np.stack(
            [np.frombuffer(watermark_of("bench", each.name), np.uint8) for each in made]
        )
        self.hashes = [hashes_of(each.picture) for each in made]
        self._points: dict[int, Points] = {}

    def by_watermark(self, picture: Image.Image) -> Sample | None:
        """The picture whose watermark is read."""
        for turned in (False, True):
            best, place = LEAST_SURE, None
            for reading in watermark.read(picture, turned=turned):
                scores = reading.score(self.marks)
                if scores.max() > best:
                    best, place = float(scores.max()), int(scores.argmax())
            if place is not None:
                return self.made[place]
        return None

    def by_look(self, picture: Image.Image) -> Sample | None:
        """The most alike of those that hashes find and points confirm."""
        asked, found = keypoints(picture), list[tuple[float, int]]()
        for place in nearest(asked_hashes(picture), self.hashes, most=CANDIDATES):
            if place not in self._points:
                self._points[place] = keypoints(self.made[place].picture)
            match = compare(asked, self._points[place])
            if match.same:
                found.append((match.alike, place))
        return self.made[max(found)[1]] if found else None


@dataclass(frozen=True, slots=True)
class Quality:
    """How near a watermarked picture is to what it was: PSNR in dB, the mean of SSIM over blocks of
    8 x 8 pixels (Wang et al., IEEE TIP 2004), and the root mean square of the difference where the
    picture is flat, in levels of 255."""

    psnr: float
    ssim: float
    in_flat: float


def quality(before: Image.Image, after: Image.Image) -> Quality:
    """How near two pictures of one size are, by their luminance."""
    x, y = (np.asarray(each.convert("L"), np.float64) for each in (before, after))
    height, width = (side // 8 * 8 for side in x.shape)

    def blocks(values: np.ndarray) -> np.ndarray:
        rows = values[:height, :width].reshape(height // 8, 8, width // 8, 8)
        return rows.transpose(0, 2, 1, 3).reshape(-1, 64)

    x, y = blocks(x), blocks(y)
    mean_x, mean_y = x.mean(axis=1), y.mean(axis=1)
    covariance = ((x - mean_x[:, None]) * (y - mean_y[:, None])).mean(axis=1)
    level, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mean_x * mean_y + level) * (2 * covariance + contrast)
    alike /= (mean_x**2 + mean_y**2 + level) * (x.var(axis=1) + y.var(axis=1) + contrast)
    flat = x.std(axis=1) < 1
    in_flat = float(np.sqrt(((x - y)[flat] ** 2).mean())) if flat.any() else 0.0
    return Quality(float(10 * np.log10(255**2 / ((x - y) ** 2).mean())), alike.mean(), in_flat)


def main() -> None:
    """Print the table; leave with 1 where a picture leads to a wrong one or too few lead home."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every tenth picture")
    parser.add_argument("--every", type=int, default=1, help="every so many-th picture")
    asked = parser.parse_args()
    every = [*samples(10 if asked.quick else asked.every)]
    made = [each for each in every if each.family is not None]
    index = Index(made)
    right: dict[str, Counter[str]] = {name: Counter() for name in CHANGES}
    wrong: Counter[str] = Counter()
    near: list[Quality] = []
    for sample in every:
        marked = sample.picture
        if sample.family is not None:
            marked = watermark.with_watermark(marked, watermark_of("bench", sample.name))
            near.append(quality(sample.picture, marked))
        for name, change in CHANGES.items():
            found = change(marked)
            by = {"watermark": index.by_watermark(found), "look-up": index.by_look(found)}
            for layer, hit in by.items():
                right[name][layer] += hit is not None and hit.family == sample.family
                wrong[layer] += hit is not None and hit.family != sample.family
            first = by["watermark"] or by["look-up"]
            right[name]["union"] += first is not None and first.family == sample.family
            wrong["union"] += first is not None and first.family != sample.family
    sys.stdout.write(f"{len(made)} made, {len(every) - len(made)} never made by Limner\n")
    for name, counts in right.items():
        shares = (f"{layer} {counts[layer] / len(made):.1%}" for layer in _LAYERS)
        sys.stdout.write(f"{name:12} {'  '.join(shares)}\n")
    sys.stdout.write(
        f"PSNR {np.mean([q.psnr for q in near]):.1f} dB, at least "
        f"{min(q.psnr for q in near):.1f}; SSIM {np.mean([q.ssim for q in near]):.4f}, at least "
        f"{min(q.ssim for q in near):.4f}; "
        f"in flat parts {np.mean([q.in_flat for q in near if q.in_flat]):.2f} levels\n"
    )
    total = sum(counts["union"] for counts in right.values()) / (len(made) * len(CHANGES))
    sys.stdout.write(f"union {total:.2%}, wrong {dict(wrong)}\n")
    sys.exit(0 if total >= LEAST_FOUND and not wrong["union"] else 1)


_LAYERS: Final = ("watermark", "look-up", "union")

if __name__ == "__main__":
    main()
