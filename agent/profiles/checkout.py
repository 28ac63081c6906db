"""Reads the trained texts of an agent from a checkout of its repository.

Nothing in a checkout is run: texts are looked up in the parsed source. A checkout counts only at
the pinned commit and with the pinned files, since a text from elsewhere would not be the trained
one.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.profiles.gen_searcher import GEN_SEARCHER
from agent.profiles.genevolve import GENEVOLVE
from agent.profiles.profile import AgentProfile, Origin, ProfileTexts
from agent.profiles.skills import SKILLS
from domain.errors import InvalidSettings
from domain.translation.messages import gettext

MAX_FILE_BYTES = 1_000_000
_AGENT = "Gen-DeepResearch-RL/rllm/vision_deepresearch_async_workflow"
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """The texts of a checkout, and the guides where the agent has some."""

    texts: ProfileTexts
    skills: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Layout:
    """The files that are read of a repository with the hashes of their Git blobs."""

    profile: AgentProfile
    blobs: Mapping[str, str]
    read: Callable[[Mapping[str, str]], ReadTexts]

    @property
    def origin(self) -> Origin:
        """The repository and the commit."""
        assert self.profile.origin is not None  # noqa: S101 - each profile here has one
        return self.profile.origin


def read_checkout(folder: Path) -> tuple[AgentProfile, ReadTexts]:
    """The profile that a checkout belongs to, and its trained texts.

    Raises:
        InvalidSettings: It is no checkout of a known repository, or at another commit, or its files
            were changed.
    """
    layout = next((known for known in LAYOUTS if _is_here(folder, known)), None)
    if layout is None:
        names = " or ".join(known.origin.repository for known in LAYOUTS)
        raise InvalidSettings(
            gettext("{folder!r} is not a checkout of {names}.", folder=str(folder), names=names)
        )
    origin = layout.origin
    commit = head_commit(folder)
    advice = f"check out commit {origin.commit[:7]} of {origin.repository} and import it again"
    if commit is not None and commit != origin.commit:
        raise InvalidSettings(
            gettext(
                "{folder!r} is at commit {commit}, whose texts are unknown; {advice}.",
                folder=str(folder),
                commit=commit[:7],
                advice=advice,
            )
        )
    texts = {name: _text(folder / name) for name in layout.blobs}
    for name, text in texts.items():
        if text is None or _blob(text) != layout.blobs[name]:
            raise InvalidSettings(
                gettext(
                    "The file {name} in {folder!r} is not the published one; {advice}.",
                    name=name,
                    folder=str(folder),
                    advice=advice,
                )
            )
    return layout.profile, layout.read({name: text or "" for name, text in texts.items()})


def head_commit(folder: Path) -> str | None:
    """The commit that a checkout is at; None where there is no Git folder, as in an archive, or
    none that can be read."""
    git = folder / ".git"
    try:
        if git.is_file():  # a worktree or a submodule
            git = folder / git.read_text().removeprefix("gitdir:").strip()
        if not git.is_dir():
            return None
        common = git / "commondir"
        shared = git / common.read_text().strip() if common.is_file() else git
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            return head if _COMMIT.fullmatch(head) else None
        name = head.removeprefix("ref:").strip()
        for place in (git / name, shared / name):
            if place.is_file():
                return place.read_text().strip()
        packed = (shared / "packed-refs").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((line.split()[0] for line in packed if line.split()[1:] == [name]), None)


def _is_here(folder: Path, layout: Layout) -> bool:
    return all((folder / name).is_file() for name in layout.blobs)


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        return data.decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return None


def _blob(text: str) -> str:
    """The name that Git gives to a file with that text."""
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _gen_searcher(files: Mapping[str, str]) -> ReadTexts:
    agent = ast.parse(files[f"{_AGENT}/gen_image_deepresearch_agent.py"])
    tools = ast.parse(files[f"{_AGENT}/tools/gen_web_tools.py"])
    return ReadTexts(
        ProfileTexts(
            system=_assigned(agent, "SYSTEM_PROMPT_GEN_IMAGE"),
            forced=_assigned(agent, "FINAL_MESSAGE"),
            cut_off=_constant(agent, "=== RESPONSE TOO LONG ==="),
            malformed=_constant(agent, "Error: Invalid format."),
            no_pictures=_template(tools, "[ImageSearch] No image results found"),
        )
    )


def _genevolve(files: Mapping[str, str]) -> ReadTexts:
    prompts = ast.parse(files["genevolve/system_prompt.py"])
    agent = ast.parse(files["genevolve/agent.py"])
    return ReadTexts(
        replace(
            GENEVOLVE.texts,  # it says nothing of its own to a turn that was cut off
            system=_assigned(prompts, "SYSTEM_PROMPT"),
            forced=_assigned(prompts, "FINAL_STEP_MESSAGE"),
            malformed=_constant(agent, "<tool_response>\nFormat error:"),
        ),
        {name: files[f"genevolve/knowledge/skills/{name}.md"] for name in SKILLS},
    )


def _assigned(module: ast.Module, name: str) -> str:
    """The text that a module gives to a name, ``.strip()`` included."""
    for node in module.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if node.targets[0].id != name:
            continue
        value = node.value
        stripped = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            value = value.func.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value.strip() if stripped else value.value
    raise InvalidSettings(gettext("The text {name} was not found in the checkout.", name=name))


def _constant(module: ast.Module, start: str) -> str:
    """The text in a module that begins so."""
    for node in ast.walk(module):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and value.startswith(start):
            return value
    raise InvalidSettings(gettext("The text {start!r} was not found in the checkout.", start=start))


def _template(module: ast.Module, start: str) -> str:
    """The formatted text in a module that begins so, with the names of its values in braces."""
    for node in ast.walk(module):
        if not isinstance(node, ast.JoinedStr):
            continue
        parts = [
            f"{{{part.value.id}}}"
            if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name)
            else str(part.value if isinstance(part, ast.Constant) else "")
            for part in node.values
        ]
        if parts and parts[0].startswith(start):
            return "".join(parts)
    raise InvalidSettings(gettext("The text {start!r} was not found in the checkout.", start=start))


LAYOUTS = (
    Layout(
        GEN_SEARCHER,
        {
            f"{_AGENT}/gen_image_deepresearch_agent.py": "df627dffb7e985172932284656ae49e483d641b9",
            f"{_AGENT}/tools/gen_web_tools.py": "501492d685337330bae31f346fbd54f84e656853",
        },
        _gen_searcher,
    ),
    Layout(
        GENEVOLVE,
        {
            "genevolve/agent.py": "cee52847315b3ae7a0ad76f6fdd19a0ae669ac2d",
            "genevolve/system_prompt.py": "774fb2ef7f0f3ec053201c020a524448ce4fa0ee",
            **{
                f"genevolve/knowledge/skills/{name}.md": blob
                for name, blob in (
                    ("aesthetic_drawing", "ce9aeb3bcfa1a6b47e2fd841e975b80de1112535"),
                    ("anatomy_body_coherence", "92d83bfc365bf880c448de4be2dee3ae9d9e92ff"),
                    ("attribute_binding", "33c4f6e867ce0350bcb3dc04481d86a9be60bbf5"),
                    ("creative_drawing", "a2235e670175593b6372efadb7e673b8ad115fc0"),
                    ("physical_material_consistency", "0957e3ac03c65846750c2cda75620fc037ef6962"),
                    ("quantity_counting", "235cee6740be154f52f56a65f857d7cf0ce951e4"),
                    ("spatial_layout", "b1aaefa25c578b579667a2926b5bc8b85204d3bb"),
                    ("text_rendering", "7b6fd389e76f293fc42b8fa00cbabe06fff73951"),
                )
            },
        },
        _genevolve,
    ),
)
