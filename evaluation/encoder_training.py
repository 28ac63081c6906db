"""Trains a purpose of the packaged text encoder: a small change of its upper layers and a head.

Low-rank changes of the upper half's matrices (LoRA: Hu et al. 2021, https://arxiv.org/abs/2106.09685)
and its normalisations are trained with AdamW (Loshchilov and Hutter 2019,
https://arxiv.org/abs/1711.05101); the lower half stays as it is. Computed in numbers of 16 bits
(bfloat16), for which the frozen matrices are kept in both orders: a processor multiplies by a
matrix much faster along its rows. Needs torch, and uses a GPU that it finds; without one, a thread
takes about 2,500 pieces a second.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from domain.encoder.network import HEADS, NORMS, PARTS, WIDTH, Purpose
from domain.encoder.packaged import SIZE, PackagedWeights, find_packaged_file
from domain.encoder.pieces import BEGIN, END, PADDING

FIRST_CHANGED: Final = 6
"""The lowest layer that is changed."""
RANK: Final = 16
"""Columns of the narrow matrices."""
HIDDEN: Final = 192
RATE: Final = 1e-3
"""Size of the largest steps; they grow over the first ``WARMING`` and shrink to nothing."""
NORM_RATE: Final = 3e-4
WARMING: Final = 100
DECAY: Final = 0.01
KEPT: Final = 0.9
"""Share of what a layer adds, and of the head's cells, that is not left out at random."""
SMOOTHING: Final = 0.03
"""Share of a row's certainty that all classes get."""
LONGEST_STEP: Final = 1.0
POOL: Final = 50
"""So many steps' rows are sorted by length together, so that a step has few empty places."""
_HALF: Final = torch.bfloat16


@dataclass(frozen=True, slots=True)
class Row:
    """A text or several that are read together, by their pieces; the number of its class, or of
    each piece's class (-1: open) where the purpose judges pieces; and how much it counts."""

    pieces: Sequence[Sequence[int]]
    classes: Sequence[int]
    share: float = 1.0

    @property
    def ids(self) -> list[int]:
        """With the marks between."""
        found = [BEGIN]
        for part in self.pieces:
            found += [*part, END]
        return found


class _FrozenProduct(torch.autograd.Function):
    """The product with a matrix that is not trained."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, matrix: Tensor, bias: Tensor, turned: Tensor) -> Tensor:
        ctx.turned = turned
        return functional.linear(rows, matrix, bias)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        return functional.linear(slopes[0].contiguous(), ctx.turned), None, None, None


class _Changed(nn.Module):
    """A frozen matrix with a trained change of low rank."""

    matrix: Tensor
    bias: Tensor
    turned: Tensor

    def __init__(self, matrix: Tensor, bias: Tensor, *, rank: int) -> None:
        super().__init__()
        out, into = matrix.shape
        self.register_buffer("matrix", matrix.to(_HALF))
        self.register_buffer("bias", bias.to(_HALF))
        self.register_buffer("turned", matrix.t().contiguous().to(_HALF))
        self.down = nn.Parameter(torch.randn(rank, into) / math.sqrt(into))
        self.up = nn.Parameter(torch.zeros(out, rank))

    def forward(self, rows: Tensor) -> Tensor:
        kept: Tensor = _FrozenProduct.apply(rows, self.matrix, self.bias, self.turned)  # type: ignore[no-untyped-call]
        change = functional.linear(functional.linear(rows, self.down.to(_HALF)), self.up.to(_HALF))
        return kept + 2 * change


class _Layer(nn.Module):
    """A layer of the encoder; ``rank`` says by how much it is trained, 0 that it stays, and
    ``kept`` what share of what it adds is not left out then."""

    def __init__(self, packaged: PackagedWeights, number: int, *, rank: int, kept: float) -> None:
        super().__init__()
        self.changes, self.kept = rank > 0, kept
        self.parts = nn.ModuleDict()
        for name in PARTS:
            bias = torch.from_numpy(packaged.get(f"l{number}.{name}.b").copy())
            matrix = torch.from_numpy(packaged.get(f"l{number}.{name}.w").copy())
            matrix = matrix.reshape(len(bias), -1)
            if rank:
                self.parts[name] = _Changed(matrix, bias, rank=rank)
            else:
                self.register_buffer(f"{name}_w", matrix.to(_HALF))
                self.register_buffer(f"{name}_b", bias.to(_HALF))
        self.norms = nn.ParameterDict(
            {
                f"{name}_{kind}": nn.Parameter(
                    torch.from_numpy(packaged.get(f"l{number}.{name}.{kind}").copy()), rank > 0
                )
                for name in NORMS
                for kind in ("w", "b")
            }
        )

    def _times(self, name: str, rows: Tensor) -> Tensor:
        if self.changes:
            found: Tensor = self.parts[name](rows)
            return found
        return functional.linear(rows, getattr(self, f"{name}_w"), getattr(self, f"{name}_b"))

    def _normed(self, name: str, rows: Tensor) -> Tensor:
        weight, bias = self.norms[f"{name}_w"], self.norms[f"{name}_b"]
        return functional.layer_norm(rows.float(), (SIZE,), weight, bias, 1e-12).to(_HALF)

    def forward(self, rows: Tensor, hidden: Tensor) -> Tensor:
        count, length, _size = rows.shape
        asked, found, told = (
            self._times(name, rows).view(count, length, HEADS, WIDTH).transpose(1, 2)
            for name in ("q", "k", "v")
        )
        sums = (asked @ found.transpose(-1, -2)).float() * WIDTH**-0.5 + hidden
        heard = (sums.softmax(-1).to(_HALF) @ told).transpose(1, 2).reshape(count, length, SIZE)
        rows = self._normed("aln", rows + self._some(self._times("ao", heard)))
        inner = functional.gelu(self._times("fi", rows))
        return self._normed("oln", rows + self._some(self._times("fo", inner)))

    def _some(self, rows: Tensor) -> Tensor:
        return functional.dropout(rows, 1 - self.kept, self.training and self.changes)


class _Network(nn.Module):
    """The encoder with a head of ``classes`` over whole texts, or over each piece; its layers from
    ``first`` on are trained."""

    places: Tensor
    kind: Tensor
    norm_w: Tensor
    norm_b: Tensor

    def __init__(
        self, classes: int, *, each_piece: bool, hidden: int, kept: float, first: int, rank: int
    ) -> None:
        super().__init__()
        packaged = PackagedWeights(find_packaged_file())
        self.each_piece, self.first = each_piece, first
        table = torch.from_numpy(packaged.get("emb.word")).reshape(-1, SIZE)
        self.table = nn.Embedding.from_pretrained(table, freeze=True)  # type: ignore[no-untyped-call]
        for name, own in (
            ("places", "pos"),
            ("kind", "type"),
            ("norm_w", "ln.w"),
            ("norm_b", "ln.b"),
        ):
            numbers = torch.from_numpy(packaged.get(f"emb.{own}").copy())
            self.register_buffer(name, numbers.reshape(-1, SIZE).squeeze(0))
        self.layers = nn.ModuleList(
            [
                _Layer(packaged, n, rank=rank if n >= first else 0, kept=kept)
                for n in range(packaged.layers)
            ]
        )
        width = SIZE if each_piece else 2 * SIZE
        self.into = nn.Linear(width, hidden)
        self.out = nn.Linear(hidden, classes)

    def begin_with(self, purpose: Purpose) -> None:
        """Takes over what was trained before, with as many classes, cells and columns."""
        pairs: list[tuple[Tensor, Any]] = [
            (self.into.weight, purpose.into), (self.into.bias, purpose.into_bias),
            (self.out.weight, purpose.out), (self.out.bias, purpose.out_bias),
        ]  # fmt: skip
        for number, change in purpose.changes.items():
            layer: Any = self.layers[number]
            pairs += [(own, change[name.replace("_", ".")]) for name, own in layer.norms.items()]
            for name, part in layer.parts.items():
                pairs += [(part.down, change[f"{name}.A"]), (part.up, change[f"{name}.B"] / 2)]
        with torch.no_grad():
            for own, before in pairs:
                own.copy_(torch.from_numpy(np.array(before, np.float32)))

    def forward(self, ids: Tensor) -> Tensor:
        there = (ids != PADDING).float()
        hidden = torch.where(there[:, None, None, :] > 0, 0.0, -1e4)
        with torch.no_grad():
            rows = self.table(ids) + self.places[: ids.shape[1]] + self.kind[0]
            rows = functional.layer_norm(rows, (SIZE,), self.norm_w, self.norm_b, 1e-12).to(_HALF)
            for layer in self.layers[: self.first]:
                rows = layer(rows, hidden)
        for layer in self.layers[self.first :]:
            rows = layer(rows, hidden)
        rows = rows.float()
        if not self.each_piece:
            mean = (rows * there[..., None]).sum(1) / there.sum(1, keepdim=True)
            rows = torch.cat([rows[:, 0], mean], 1)
        read = functional.dropout(torch.tanh(self.into(rows)), 1 - KEPT, self.training)
        found: Tensor = self.out(read)
        return found


def train_purpose(
    rows: Sequence[Row],
    names: Sequence[str],
    *,
    each_piece: bool = False,
    epochs: float = 4,
    pieces_a_step: int = 600,
    hidden: int = HIDDEN,
    kept: float = KEPT,
    seed: int = 0,
    first_changed: int = FIRST_CHANGED,
    rank: int = RANK,
    rate: float = RATE,
    begin_with: Purpose | None = None,
) -> Purpose:
    """What was trained on these rows to tell these classes apart, by a head with ``hidden`` cells;
    ``kept`` is the share of what a layer adds that is not left out at random, ``rank`` the columns
    of the narrow matrices, from the layer ``first_changed`` on, ``rate`` the size of the largest
    steps. ``begin_with`` was trained before, with the same layers, columns, cells and classes. The
    same rows and seed give the same numbers on the same machine."""
    torch.set_num_threads(1)  # with more, small steps wait for each other
    torch.manual_seed(seed)
    network = _Network(
        len(names),
        each_piece=each_piece, hidden=hidden, kept=kept, first=first_changed, rank=rank,
    )  # fmt: skip
    if begin_with is not None:
        network.begin_with(begin_with)
    network.to("cuda" if torch.cuda.is_available() else "cpu").train()
    steps = list(_steps(rows, epochs=epochs, pieces=pieces_a_step, seed=seed))
    optimizer = torch.optim.AdamW(_groups(network, rate), weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / WARMING, max(0.0, 1 - step / len(steps)))
    )
    trained = [each for each in network.parameters() if each.requires_grad]
    for step in steps:
        loss = _loss(network, step)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, LONGEST_STEP)
        optimizer.step()
        schedule.step()
    return _purpose(network, names)


def _groups(network: _Network, rate: float) -> list[dict[str, Any]]:
    named = [(name, each) for name, each in network.named_parameters() if each.requires_grad]
    norms = [each for name, each in named if ".norms." in name]
    others = [each for name, each in named if ".norms." not in name]
    return [{"params": others, "lr": rate}, {"params": norms, "lr": NORM_RATE * rate / RATE}]


def _steps(rows: Sequence[Row], *, epochs: float, pieces: int, seed: int) -> Iterator[list[Row]]:
    """The rows of each step, of about as many pieces."""
    order = random.Random(seed)  # noqa: S311
    wanted = round(epochs * len(rows))
    while wanted > 0:
        drawn = list(rows)
        order.shuffle(drawn)
        drawn = drawn[:wanted]
        wanted -= len(drawn)
        steps: list[list[Row]] = []
        pool = max(1, POOL * pieces // 20)
        for start in range(0, len(drawn), pool):
            some: list[Row] = []
            for row in sorted(drawn[start : start + pool], key=lambda row: len(row.ids)):
                if some and (len(some) + 1) * len(row.ids) > pieces:
                    steps.append(some)
                    some = []
                some.append(row)
            steps.append(some)
        order.shuffle(steps)
        yield from steps


def _loss(network: _Network, rows: Sequence[Row]) -> Tensor:
    device = network.kind.device
    ids = _padded([row.ids for row in rows], PADDING).to(device)
    sums = network(ids)
    shares = torch.tensor([row.share for row in rows], device=device)
    if not network.each_piece:
        wanted = torch.tensor([row.classes[0] for row in rows], device=device)
        losses = functional.cross_entropy(sums, wanted, reduction="none", label_smoothing=SMOOTHING)
        return (losses * shares).sum() / shares.sum()
    wanted = _padded([[-1, *row.classes, -1] for row in rows], -1).to(device)
    losses = functional.cross_entropy(
        sums.transpose(1, 2), wanted, reduction="none", ignore_index=-1
    )
    return (losses * shares[:, None]).sum() / ((wanted >= 0) * shares[:, None]).sum()


def _padded(rows: Sequence[Sequence[int]], filler: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows])


def _purpose(network: _Network, names: Sequence[str]) -> Purpose:
    changes: dict[int, dict[str, Any]] = {}
    for number in range(network.first, len(network.layers)):
        layer: Any = network.layers[number]
        changes[number] = {f"{n.replace('_', '.')}": _array(p) for n, p in layer.norms.items()}
        for name, part in layer.parts.items():
            changes[number][f"{name}.A"] = _array(part.down)
            changes[number][f"{name}.B"] = _array(2 * part.up)
    return Purpose(
        tuple(names),
        changes,
        *(_array(each) for each in (network.into.weight, network.into.bias)),
        *(_array(each) for each in (network.out.weight, network.out.bias)),
    )


def _array(tensor: Tensor) -> Any:
    return tensor.detach().cpu().numpy().astype(np.float32)
