"""Trained texts that were imported: kept as a file in the data folder, put into a profile."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import cast

from agent.profiles.checkout import ReadTexts, read_checkout
from agent.profiles.profile import AgentProfile, ProfileTexts
from domain.errors import InvalidSettings, StorageUnavailable
from domain.translation.messages import gettext

FOLDER = "agents"
"""Under the data folder."""


def import_checkout(checkout: Path, data_dir: Path) -> AgentProfile:
    """Keep the trained texts of a checkout; gives the profile with them.

    Raises:
        InvalidSettings: It is no checkout that can be imported.
        StorageUnavailable: The data folder is not writable.
    """
    profile, read = read_checkout(checkout)
    place = _place(data_dir, profile)
    commit = profile.origin.commit if profile.origin else ""
    kept = {"commit": commit, "texts": asdict(read.texts), "skills": dict(read.skills)}
    half = place.with_suffix(f".{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
        half.replace(place)
    except OSError as error:
        raise StorageUnavailable(
            gettext(
                "The texts can't be written to {place!r} ({strerror}); fix the "
                "permissions of the data folder or free up space.",
                place=str(place),
                strerror=error.strerror,
            )
        ) from error
    return _with(profile, read, commit)


def with_imported_texts(profile: AgentProfile, data_dir: Path) -> AgentProfile:
    """The profile with its trained texts where they were imported, as it is otherwise.

    Raises:
        InvalidSettings: The file in the data folder cannot be read, or is of another commit.
    """
    place = _place(data_dir, profile)
    try:
        kept: object = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return profile
    except (OSError, ValueError) as error:
        raise _broken(place) from error
    if not isinstance(kept, dict):
        raise _broken(place)
    fields_of_file = cast("Mapping[str, object]", kept)
    texts, skills = _strings(fields_of_file.get("texts")), _strings(fields_of_file.get("skills"))
    names = {field.name for field in fields(ProfileTexts)}
    expected = profile.origin.commit if profile.origin else None
    if set(texts) != names or fields_of_file.get("commit") != expected:
        raise _broken(place)
    return _with(profile, ReadTexts(ProfileTexts(**texts), skills), str(expected))


def with_skills_of(profile: AgentProfile, folder: Path | None) -> AgentProfile:
    """The profile with the guides of a folder: one Markdown file for each skill.

    Raises:
        InvalidSettings: One is missing or cannot be read.
    """
    if folder is None or not profile.skill_names:
        return profile
    found: dict[str, str] = {}
    for name in profile.skill_names:
        place = folder / f"{name}.md"
        try:
            found[name] = place.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSettings(
                gettext(
                    "The setting LIMNER_AGENT_SKILLS_DIR is wrong: {place!r} can't be read.",
                    place=str(place),
                )
            ) from error
    return replace(profile, skills=found, skills_from=str(folder))


def _place(data_dir: Path, profile: AgentProfile) -> Path:
    return data_dir / FOLDER / f"{profile.name}.json"


def _with(profile: AgentProfile, read: ReadTexts, commit: str) -> AgentProfile:
    found = replace(profile, texts=read.texts, texts_from=commit)
    return replace(found, skills=read.skills, skills_from=commit) if read.skills else found


def _strings(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    every = cast("Mapping[object, object]", value)
    return {str(key): text for key, text in every.items() if isinstance(text, str)}


def _broken(place: Path) -> InvalidSettings:
    return InvalidSettings(
        gettext(
            "The imported texts in {place!r} can't be used; import them again with "
            "`limner agent import`, or remove the file.",
            place=str(place),
        )
    )
