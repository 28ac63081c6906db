"""Trained texts are read from the published files at the pinned commit, and from nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from agent.profiles import checkout
from agent.profiles.checkout import head_commit, read_checkout
from agent.profiles.gen_searcher import GEN_SEARCHER
from agent.profiles.genevolve import GENEVOLVE
from agent.profiles.imported import import_checkout, with_imported_texts, with_skills_of
from agent.profiles.skills import SKILLS, own_skills
from domain.errors import InvalidSettings

# The shape of the published modules, with words of our own.
AGENT = '''
FINAL = "x"
FINAL_MESSAGE = """
=== FINAL STEP ===
Answer {now}.
""".strip()
SYSTEM_PROMPT_GEN_IMAGE = """Draw well.
Be brief.
 """


def run(finish):
    if finish == "length":
        observation = (
            "=== RESPONSE TOO LONG ===\\n"
            "It was TRUNCATED."
        )
    else:
        observation = "Error: Invalid format. Try again."
    return observation
'''
TOOLS = """
def search(query):
    return (
        f"[ImageSearch] No image results found for '{query}'. "
        "Use <= 3 words."
    )
"""
EVOLVE = """
def nudge():
    return {"content": ("<tool_response>\\n" "Format error: once more.\\n" "</tool_response>")}
"""
EVOLVE_PROMPTS = '''
FINAL_STEP_MESSAGE = """\\
=== FINAL STEP ===
"""
SYSTEM_PROMPT = """Draw \\"well\\".
"""
'''


def blob(text: str) -> str:
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def a_checkout(folder: Path, files: dict[str, str], commit: str | None) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if commit is not None:
        (folder / ".git" / "refs" / "heads").mkdir(parents=True)
        (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        (folder / ".git" / "refs" / "heads" / "main").write_text(f"{commit}\n")
    return folder


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """The files of both repositories, known by their hashes as the real ones are."""
    files: list[dict[str, str]] = []
    layouts: list[checkout.Layout] = []
    for layout in checkout.LAYOUTS:
        texts = (AGENT, TOOLS) if layout.profile is GEN_SEARCHER else (EVOLVE, EVOLVE_PROMPTS)
        names = sorted(layout.blobs, key=lambda name: ("skills" in name, name))
        guides = (f"How to {skill}" for skill in sorted(SKILLS))
        own = dict(zip(names, (*texts, *guides), strict=False))
        files.append(own)
        layouts.append(replace(layout, blobs={name: blob(text) for name, text in own.items()}))
    monkeypatch.setattr(checkout, "LAYOUTS", tuple(layouts))
    return dict(zip(("gen-searcher", "genevolve"), files, strict=True))


def commit_of(profile: object) -> str:
    known = GEN_SEARCHER if profile == "gen-searcher" else GENEVOLVE
    assert known.origin is not None
    return known.origin.commit


def test_the_texts_of_gen_searcher(published: dict[str, dict[str, str]], tmp_path: Path) -> None:
    folder = a_checkout(tmp_path / "c", published["gen-searcher"], commit_of("gen-searcher"))
    profile = import_checkout(folder, tmp_path / "data")
    assert profile.name == "gen-searcher"
    assert profile.texts.forced == "=== FINAL STEP ===\nAnswer {now}."
    assert profile.texts.cut_off == "=== RESPONSE TOO LONG ===\nIt was TRUNCATED."
    assert profile.texts.malformed == "Error: Invalid format. Try again."
    assert profile.texts.no_pictures == (
        "[ImageSearch] No image results found for '{query}'. Use <= 3 words."
    )
    told = profile.system_prompt(calls=8, references=5, today="2026-11-25")
    assert told == "Draw well.\nBe brief.\n 2026-11-25"
    assert profile.described() == {"profile": "gen-searcher", "texts": "imported from e5078d3"}
    assert with_imported_texts(GEN_SEARCHER, tmp_path / "data") == profile
    assert with_imported_texts(GENEVOLVE, tmp_path / "data") == GENEVOLVE


def test_the_texts_and_guides_of_genevolve(
    published: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    folder = a_checkout(tmp_path / "c", published["genevolve"], None)  # an archive without .git
    profile = import_checkout(folder, tmp_path / "data")
    assert profile.texts.malformed == (
        "<tool_response>\nFormat error: once more.\n</tool_response>"
    )
    assert profile.system_prompt(calls=1, references=1, today="x") == 'Draw "well".\n'
    assert profile.guide_to("text_rendering") == "How to text_rendering"
    assert GENEVOLVE.guide_to("text_rendering") == own_skills()["text_rendering"]
    assert profile.guide_to("cooking") is None


def test_other_places_commits_and_files_are_refused_in_a_sentence(
    published: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    with pytest.raises(InvalidSettings, match="is not a checkout of tulerfeng/Gen-Searcher or"):
        read_checkout(tmp_path)
    files = published["gen-searcher"]
    other = a_checkout(tmp_path / "other", files, "0123456789" * 4)
    with pytest.raises(InvalidSettings, match=r"at commit 0123456.*check out commit e5078d3"):
        read_checkout(other)
    name = next(iter(files))
    changed = a_checkout(tmp_path / "changed", {**files, name: files[name] + "#"}, None)
    with pytest.raises(InvalidSettings, match="is not the published one"):
        read_checkout(changed)


def test_the_commit_is_found_wherever_git_keeps_it(tmp_path: Path) -> None:
    commit = "ab" * 20
    plain = a_checkout(tmp_path / "plain", {}, commit)
    assert head_commit(plain) == commit
    (plain / ".git" / "HEAD").write_text(f"{commit}\n")
    assert head_commit(plain) == commit
    (plain / ".git" / "HEAD").write_text("ref: refs/heads/packed\n")
    (plain / ".git" / "packed-refs").write_text(f"# pack-refs\n{commit} refs/heads/packed\n")
    assert head_commit(plain) == commit
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / ".git").write_text(f"gitdir: {plain / '.git'}\n")
    assert head_commit(linked) == commit
    assert head_commit(tmp_path) is None


def test_broken_texts_are_a_sentence(tmp_path: Path) -> None:
    place = tmp_path / "agents" / "gen-searcher.json"
    place.parent.mkdir()
    for text in ("{", "[]", "{}", '{"commit": "x", "texts": {}}'):
        place.write_text(text)
        with pytest.raises(InvalidSettings, match="import them again with `limner agent import`"):
            with_imported_texts(GEN_SEARCHER, tmp_path)


def test_guides_of_ones_own_come_first(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="LIMNER_AGENT_SKILLS_DIR"):
        with_skills_of(GENEVOLVE, tmp_path)
    for skill in SKILLS:
        (tmp_path / f"{skill}.md").write_text(f"mine: {skill}")
    assert with_skills_of(GENEVOLVE, tmp_path).guide_to("text_rendering") == "mine: text_rendering"
    assert with_skills_of(GEN_SEARCHER, tmp_path) == GEN_SEARCHER
