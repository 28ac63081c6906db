"""Locates and identifies a model's weights: a commit of the hub, or the hash of a folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import huggingface_hub
import huggingface_hub.errors as hub_errors

from domain.errors import GeneratorUnavailable
from domain.translation.messages import Message, gettext

INDEX = "model_index.json"
_WITHOUT_WEIGHTS = ("Scheduler", "Tokenize", "Processor", "FeatureExtractor")
"""Parts of the names of classes that are loaded from small files alone."""
_OPTIONAL = frozenset({"safety_checker", "image_encoder"})
_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_WRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@dataclass(frozen=True, slots=True)
class Described:
    """The facts about a model that are known without loading it."""

    source: str
    revision: str
    pipeline: str
    """The class of diffusers that runs it."""
    denoiser: str
    """The class of its transformer or U-Net; empty where it has neither."""
    scheduler: str
    """Its scheduler's class, and the beginning of the SHA-256 of its configuration."""


@dataclass(frozen=True, slots=True)
class FoundLora:
    """A LoRA's file; ``revision`` is a commit of the hub, or what it was asked for in a folder."""

    path: Path
    revision: str
    sha256: str


class Weights:
    """Finds models; what it knows of folders is kept in ``cache`` by their files' time and size."""

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache / "model-hashes.json" if cache else None

    def describe(self, source: str, revision: str = "") -> Described:
        """The identity of a model, by its small files alone.

        Raises:
            GeneratorUnavailable: There is no such model, or it cannot be had.
        """
        if _is_folder(source):
            folder, exactly = Path(source).expanduser(), f"sha256:{self.hash_of(source)}"
        else:
            folder = _hub_file(source, INDEX, revision).parent
            exactly = folder.name
            _scheduler_of_hub(source, exactly)
        index = _json(folder / INDEX)
        if "_class_name" not in index:
            raise GeneratorUnavailable(
                gettext(
                    "The folder {source!r} isn't a diffusers model: it has no {index}.",
                    source=source,
                    index=INDEX,
                )
            )
        scheduler = _json(folder / "scheduler" / "scheduler_config.json")
        return Described(
            source=source,
            revision=exactly,
            pipeline=str(index["_class_name"]),
            denoiser=_class_in(index, "transformer") or _class_in(index, "unet"),
            scheduler=_scheduler_words(scheduler),
        )

    def are_here(self, source: str, revision: str = "") -> bool:
        """Whether all of a model's weights are on this machine, and not only its small files.

        Raises:
            GeneratorUnavailable: It is a folder that is not there, or one without weights.
        """
        if _is_folder(source):
            missing = list(_parts_without_weights(self.check_folder(source)))
            if missing:
                raise GeneratorUnavailable(
                    gettext(
                        "The folder {source!r} lacks the weights of {parts}. Limner only loads "
                        "safetensors files.",
                        source=source,
                        parts=", ".join(missing),
                    )
                )
            return True
        found: object = huggingface_hub.try_to_load_from_cache(
            source, INDEX, revision=revision or None
        )
        return isinstance(found, str) and not any(_parts_without_weights(Path(found).parent))

    def folder(self, source: str, revision: str) -> Path:
        """The folder with all its files; downloads what is missing.

        Raises:
            GeneratorUnavailable: It cannot be had.
        """
        if _is_folder(source):
            return Path(source).expanduser()
        import diffusers

        with _translate_errors(source):
            found: Any = diffusers.DiffusionPipeline.download(
                source, revision=revision, use_safetensors=True
            )
        return Path(found)

    def tokenizer(self, source: str, revision: str, part: str) -> tuple[Path, str]:
        """The folder of a model's tokenizer and the name of its class; its small files are
        downloaded where they are missing. Raises ``GeneratorUnavailable``."""
        if _is_folder(source):
            folder = self.check_folder(source)
        else:
            with _translate_errors(source):
                found: Any = huggingface_hub.snapshot_download(
                    source, revision=revision or None, allow_patterns=[INDEX, f"{part}/*"]
                )
            folder = Path(found)
        return folder / part, _class_in(_json(folder / INDEX), part)

    def lora(self, source: str, file: str, revision: str = "") -> FoundLora:
        """A LoRA's file, the commit it is of, and its SHA-256. Raises ``GeneratorUnavailable``."""
        if _is_folder(source):
            path = Path(source).expanduser() / file
            if not path.is_file():
                raise GeneratorUnavailable(gettext("There is no LoRA {path!r}.", path=str(path)))
        else:
            path = _hub_file(source, file, revision)
            revision = path.parents[len(Path(file).parts) - 1].name
        return FoundLora(path, revision, self._file_hash(path.resolve(), self._known()))

    def check_folder(self, folder: str) -> Path:
        """The folder, which must be there. Raises ``GeneratorUnavailable``."""
        top = Path(folder).expanduser()
        if not top.is_dir():
            raise GeneratorUnavailable(
                gettext("There is no model folder {folder!r}.", folder=folder)
            )
        return top

    def hash_of(self, folder: str) -> str:
        """SHA-256 over the names and contents of a folder's files; quick when it has not changed.

        Raises:
            GeneratorUnavailable: There is no such folder.
        """
        top = self.check_folder(folder)
        known = self._known()
        whole = hashlib.sha256()
        for path in sorted(p for p in top.rglob("*") if p.is_file()):
            name = path.relative_to(top).as_posix()
            if not any(part.startswith(".") for part in Path(name).parts):
                whole.update(f"{name}\0{self._file_hash(path, known)}\n".encode())
        return whole.hexdigest()

    def _file_hash(self, path: Path, known: dict[str, list[Any]]) -> str:
        about = path.stat()
        stamp = [about.st_size, about.st_mtime_ns]
        kept = known.get(str(path))
        if kept is not None and kept[:2] == stamp:
            return str(kept[2])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        known[str(path)] = [*stamp, digest]
        self._keep(known)
        return digest

    def _known(self) -> dict[str, list[Any]]:
        return cast("dict[str, list[Any]]", _json(self._cache)) if self._cache else {}

    def _keep(self, known: Mapping[str, list[Any]]) -> None:
        """Written aside and renamed, so that another process never reads half of it."""
        if self._cache is None:
            return
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        draft = self._cache.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(known), encoding="utf-8")
        draft.replace(self._cache)


def _is_folder(source: str) -> bool:
    """Whether a source is a folder and not ``owner/name`` of the hub."""
    return source.startswith(("/", "./", "../", "~")) or Path(source).is_dir()


def _hub_file(source: str, file: str, revision: str) -> Path:
    with _translate_errors(source):
        found: Any = huggingface_hub.hf_hub_download(source, file, revision=revision or None)
    return Path(found)


def _scheduler_of_hub(source: str, revision: str) -> None:
    try:
        huggingface_hub.hf_hub_download(
            source, "scheduler/scheduler_config.json", revision=revision
        )
    except (hub_errors.EntryNotFoundError, hub_errors.HfHubHTTPError, OSError):
        return  # a pipeline without a scheduler of its own; loading says more if it is missing


class _translate_errors:  # noqa: N801 - reads as what it does
    """Says in a sentence why a model of the hub cannot be had."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        offline = hub_errors.LocalEntryNotFoundError
        if isinstance(error, hub_errors.GatedRepoError):
            why = gettext("is gated: accept its terms on its page and set HF_TOKEN")
        elif isinstance(error, hub_errors.RevisionNotFoundError):
            why = gettext("doesn't have that revision; check it")
        elif isinstance(error, hub_errors.RepositoryNotFoundError):
            why = gettext(
                "isn't on the Hugging Face Hub, or HF_TOKEN can't access it; check its name"
            )
        elif isinstance(
            error, hub_errors.EntryNotFoundError | hub_errors.HFValidationError
        ) and not isinstance(error, offline):
            why = gettext("isn't available in the diffusers format; check its name")
        elif error is not None and (disk := _trouble_of_disk(error)) is not None:
            why = disk
        elif isinstance(error, OSError | ValueError) and "safetensors" in str(error):
            why = gettext(
                "has no safetensors weights, and Limner loads no others because they can run code; "
                "choose another revision or model"
            )
        elif isinstance(error, OSError | ValueError | RuntimeError) or (
            type(error).__module__ == hub_errors.__name__
        ):
            why = gettext(
                "can't be downloaded and isn't in the cache; check the network and HF_HOME"
            )
        else:
            return
        raise GeneratorUnavailable(
            gettext("The model {source!r} {why}.", source=self._source, why=why)
        ) from error


def _trouble_of_disk(error: BaseException) -> Message | None:
    """What keeps files from being written here; None where the trouble is elsewhere. The hub's
    transfer library reports the system's errors as ``RuntimeError``, by their text alone."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        number = cause.errno if isinstance(cause, OSError) else None
        words = str(cause).casefold()
        if number in _FULL_DISK or "no space left" in words or "quota exceeded" in words:
            return gettext("can't be stored because the disk is full; make room in HF_HOME")
        if number in _NOT_WRITABLE or "permission denied" in words or "read-only file" in words:
            return gettext("can't be stored because HF_HOME can't be written to by this user")
        cause = cause.__cause__ or cause.__context__
    return None


def _parts_without_weights(folder: Path) -> Iterator[str]:
    """The parts of a model's folder that want weights and have none, or not all of their files."""
    index = _json(folder / INDEX)
    for part in index:
        kind = _class_in(index, part)
        is_small = not kind or any(word in kind for word in _WITHOUT_WEIGHTS)
        if not is_small and part not in _OPTIONAL and not _has_weights(folder / part):
            yield part


def _has_weights(part: Path) -> bool:
    """Whether a part's safetensors are there, all of them where an index names several."""
    indexes = list(part.glob("*.safetensors.index.json"))
    shards = {str(name) for path in indexes for name in _object(_json(path), "weight_map").values()}
    if shards:
        return all((part / name).is_file() for name in shards)
    return any(path.is_file() for path in part.glob("*.safetensors"))


def _object(plain: Mapping[str, Any], name: str) -> dict[str, Any]:
    found: object = plain.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _json(path: Path) -> dict[str, Any]:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _class_in(index: Mapping[str, Any], part: str) -> str:
    """The class that a model's index names for a part; ``[null, null]`` says that it has none."""
    entry: object = index.get(part)
    names = cast("list[object]", entry) if isinstance(entry, list) else []
    return str(names[1]) if len(names) > 1 and names[1] else ""


def _scheduler_words(config: Mapping[str, Any]) -> str:
    if not config:
        return ""
    settings = {k: v for k, v in config.items() if not k.startswith("_")}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return f"{config.get('_class_name', 'unknown')} {digest[:12]}"
