"""HanTa's models as numbers in files that every process maps: what the library itself unpacks takes
30 MB for English, and 800 MB for Dutch.

The library works with them as with the dictionaries that it makes: the same values in the same
order, so that each sentence has the same tags. What it needs for lemmas alone is left out.
"""

from __future__ import annotations

import gzip
import json
import mmap
import os
import pickle
import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from domain.made_once import made_once
from domain.unpacked_weights import PieceTable, open_unpacked, sorted_pieces

if TYPE_CHECKING:
    from HanTa.HanoverTagger import HanoverTagger
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

_PACKAGE: Final = "HanTa"
_LAYOUT: Final = 1
"""Of the files; raised when what they hold changes."""
_CONTENTS: Final = "contents.json"
_NUMBERS: Final = "numbers.bin"
_PARTS: Final = (
    *("tag2int", "int2tag", "LP_s_t", "LP_len_t", "Int_t", "LP_hapax_t", "LP_trans", "LP_m_t"),
    *("stemdict", "LP_trans_word", "LP_wtag", "LP_case_t", "nonstemtags", "lemmasuffixtable"),
    *("capitalizedlemmata", "cache"),
)
"""What the library's file holds, by the library's names, in its order."""
_LARGE: Final = ("LP_m_t", "LP_trans_word", "cache")
_FOR_LEMMAS: Final = ("stemdict", "nonstemtags", "lemmasuffixtable", "capitalizedlemmata")
_NOTHING: Final[Mapping[int, float]] = {}
_KEPT_PARTS: Final = 4096
"""Words, and parts of words, whose tags are remembered."""
_KEPT_PAIRS: Final = 256
"""The same of pairs of tags; what may follow one takes some kilobytes."""

_kept_in: Path | None = None


def keep_tag_models(folder: Path | None) -> None:
    """Keeps the models that are asked for in ``folder``: 4 MB for English or German, 90 MB for
    Dutch. Without this, or where it cannot be written, each process unpacks them anew."""
    global _kept_in
    _kept_in = folder


@made_once
def get_tagger(model: str) -> HanoverTagger:
    """The tagger of one of HanTa's models, such as "en", opened once."""
    return open_tagger(model, _kept_in)


def open_tagger(model: str, folder: Path | None) -> HanoverTagger:
    """The tagger of a model that is kept in ``folder``, or without one is this process's own."""
    from HanTa.HanoverTagger import HanoverTagger

    name = f"tags-{version(_PACKAGE)}-{_LAYOUT}-{model}"
    unpack = partial(_unpack, model)
    parts = open_unpacked(folder, name, _read, unpack, module=__name__, arguments=(model,))
    tagger = HanoverTagger(None, model=parts)
    tagger.strict = False  # as for a model that it reads from its own file
    return tagger


class _Table:
    """The tags of texts, with logarithms of probabilities."""

    def __init__(self, name: str, numbers: Mapping[str, memoryview[Any]]) -> None:
        keys, ids, self._starts, self._tags, self._logs = (
            numbers[f"{name}.{part}"] for part in ("keys", "ids", "starts", "tags", "logs")
        )
        self._places = PieceTable(keys, ids)
        self.find = lru_cache(_KEPT_PARTS)(self._find)

    def _find(self, text: str) -> Mapping[int, float]:
        place = self._places.get(text)
        if place is None:
            return _NOTHING
        start, end = self._starts[place], self._starts[place + 1]
        return dict(zip(self._tags[start:end], self._logs[start:end], strict=True))


class _Words:
    """The tags of frequent words, as the library asks for them."""

    def __init__(self, table: _Table) -> None:
        self._find = table.find

    def __contains__(self, word: str) -> bool:
        return bool(self._find(word))

    def __getitem__(self, word: str) -> Iterable[tuple[int, float]]:
        return self._find(word).items()


class _PartsOfWords:
    """How probable parts of words are for one tag, as the library asks for it: about one part for
    many tags, one after another."""

    def __init__(self, tag: int, table: _Table) -> None:
        self._tag, self._find = tag, table.find

    def __contains__(self, part: str) -> bool:
        return self._tag in self._find(part)

    def __getitem__(self, part: str) -> float:
        return self._find(part)[self._tag]


class _Followers:
    """How probable each tag is behind two others, as the library asks for it."""

    def __init__(self, tags: Sequence[int], numbers: Mapping[str, memoryview[Any]]) -> None:
        self._tags = tags
        self._pairs, self._logs = numbers["followers.pairs"], numbers["followers.logs"]
        self._find = lru_cache(_KEPT_PAIRS)(self._read)

    def __getitem__(self, pair: tuple[int, int]) -> Mapping[int, float]:
        return self._find(pair)

    def _read(self, pair: tuple[int, int]) -> Mapping[int, float]:
        key = _pair_key(pair)
        at = bisect_left(self._pairs, key)
        if at == len(self._pairs) or self._pairs[at] != key:
            raise KeyError(pair)
        start = at * len(self._tags)
        return dict(zip(self._tags, self._logs[start : start + len(self._tags)], strict=True))


def _pair_key(pair: tuple[int, int]) -> int:
    return (pair[0] << 16) + pair[1]


def _read(folder: Path) -> tuple[Any, ...]:
    """The parts of a model in the library's order. Raises ``OSError``, ``ValueError`` or
    ``KeyError`` where something is missing or damaged."""
    contents = json.loads((folder / _CONTENTS).read_text("utf-8"))
    with (folder / _NUMBERS).open("rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if len(whole) != contents["bytes"]:
        raise ValueError("a part of the numbers is missing")
    numbers: dict[str, memoryview[Any]] = {
        name: whole[start:end].cast(form) for name, form, start, end in contents["numbers"]
    }
    parts_of_words = _Table("parts", numbers)
    found = {name: _restored(value) for name, value in contents["small"].items()}
    found |= {
        "LP_m_t": {tag: _PartsOfWords(tag, parts_of_words) for tag in contents["tags"]},
        "LP_trans_word": _Followers(contents["followers"], numbers),
        "cache": _Words(_Table("words", numbers)),
    }
    found |= {name: {} for name in _FOR_LEMMAS}
    return tuple(found[name] for name in _PARTS)


def _unpack(model: str, folder: Path) -> None:
    """Writes a model as numbers. Raises ``OSError``."""
    import numpy as np

    parts = dict(zip(_PARTS, _packaged(model), strict=True))
    arrays = _tables("words", parts["cache"])
    of_parts: dict[str, list[tuple[int, float]]] = {}
    for tag, logs in parts["LP_m_t"].items():
        for part, log in logs.items():
            of_parts.setdefault(part, []).append((tag, log))
    arrays |= _tables("parts", of_parts)
    followers = dict(sorted(parts["LP_trans_word"].items(), key=lambda item: _pair_key(item[0])))
    tags = list(next(iter(followers.values())))
    if any(list(row) != tags for row in followers.values()):
        raise OSError(f"HanTa's model {model!r} has another form")
    arrays["followers.pairs"] = np.array([_pair_key(pair) for pair in followers], np.int64)
    arrays["followers.logs"] = np.array([list(row.values()) for row in followers.values()])
    ends = list(accumulate(array.nbytes for array in arrays.values()))
    with (folder / _NUMBERS).open("wb") as file:
        for array in arrays.values():
            file.write(array.tobytes())
    contents = {
        "bytes": ends[-1],
        "numbers": [
            (name, array.dtype.char, end - array.nbytes, end)
            for (name, array), end in zip(arrays.items(), ends, strict=True)
        ],
        "tags": list(parts["LP_m_t"]),
        "followers": tags,
        "small": {
            name: _plain(value)
            for name, value in parts.items()
            if name not in (*_LARGE, *_FOR_LEMMAS)
        },
    }
    (folder / _CONTENTS).write_text(json.dumps(contents), "utf-8")


def _packaged(model: str) -> tuple[Any, ...]:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:  # pragma: no cover - a broken installation
        raise FileNotFoundError("HanTa is not installed")
    with gzip.open(Path(spec.origin).parent / f"morphmodel_{model}.pgz") as file:
        found: tuple[Any, ...] = pickle.load(file)  # noqa: S301 - a file of the package's own
        return found


def _tables(name: str, pairs: Mapping[str, Iterable[tuple[int, float]]]) -> Arrays:
    import numpy as np

    keys, ids = sorted_pieces({text: number for number, text in enumerate(pairs)})
    rows = [tuple(row) for row in pairs.values()]
    return {
        f"{name}.keys": keys,
        f"{name}.logs": np.array([log for row in rows for _, log in row], np.float64),
        f"{name}.starts": np.array([0, *accumulate(map(len, rows))], np.int32),
        f"{name}.ids": ids,
        f"{name}.tags": np.array([tag for row in rows for tag, _ in row], np.int16),
    }


def _plain(value: Any) -> Any:
    """A value for JSON; a dictionary as pairs, since its keys are numbers."""
    if isinstance(value, dict):
        entries = cast("Mapping[Any, Any]", value)
        return {"pairs": [(key, _plain(each)) for key, each in entries.items()]}
    return value


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        entries = cast("list[tuple[Any, Any]]", value["pairs"])
        return {_key(key): _restored(each) for key, each in entries}
    return value


def _key(key: Any) -> Any:
    return tuple(cast("list[int]", key)) if isinstance(key, list) else key


if __name__ == "__main__":
    os.nice(10)
    _unpack(sys.argv[2], Path(sys.argv[1]))
