"""Training data from kept conversations: what is taken, what is left out, and that they hold
nothing of people who did not agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.profiles.limner import LIMNER
from domain.illustrations import Marks
from domain.requests import Destination, Edit, Illustrate, Job, JobStatus
from domain.research import Evidence, EvidenceVerdict, GroundedPrompt, Reference
from domain.team import Preferences, Scope
from domain.training import TrainingTurn, Trajectory
from evaluation.peers.values import (
    NOON,
    a_hop,
    a_job,
    a_recipe,
    a_request,
    a_source,
    an_illustration,
)
from storage.blobs import FolderBlobStore
from storage.unit_of_work import SqlStore
from tests.fakes.search import MemoryDecoder
from tests.fakes.web import picture
from training.data.card import DataCard
from training.data.collect import candidate_id
from training.data.export import WORK_FILE, ExportSettings, export
from training.data.filters import FilterSettings
from training.records import problems_of, rl_problems_of

PLACE = Destination("chat", "c1")
CALL = (
    '<think>I look.</think><tool_call>{"name": "image_search", "arguments": {"query": "%s"}}'
    "</tool_call>"
)
ANSWER = (
    '<think>Done.</think><answer>{"gen_prompt": "%s as in the first reference image.", '
    '"reference_images": [{"img_id": "IMG_001", "note": "shape"}]}</answer>'
)
MARKS = Marks(1.0, 1.0, None, 1.0)


class Team:
    """A workspace that agreed, whose jobs are finished at once."""

    def __init__(self, store: SqlStore, folder: Path, workspace: str = "w1") -> None:
        self.store = store
        self.blobs = FolderBlobStore(folder / "blobs")
        self.workspace = workspace
        self.out = folder / "out"

    async def agree(self, value: bool | None = True) -> None:
        async with self.store.workspace(self.workspace) as unit:
            await unit.preferences.save(Scope.WORKSPACE, "", Preferences(training=value))

    async def job(
        self,
        prompt: str,
        *,
        member: str = "ann",
        marks: Marks | None = MARKS,
        answer: str = ANSWER,
        profile: str = "limner",
        licence: str | None = "CC BY 4.0",
        verdict: EvidenceVerdict = EvidenceVerdict.SUPPORTED,
        seed: int = 1,
        parent: str | None = None,
        turns: tuple[TrainingTurn, ...] | None = None,
    ) -> Job:
        """A finished job with its conversation and its picture."""
        request = a_request(
            prompt=prompt, workspace_id=self.workspace, member_id=member,
            destination=PLACE, attachments=(),
            action=Edit(parent) if parent else Illustrate(),
        )  # fmt: skip
        job = a_job(request=request, status=JobStatus.DONE, finished_at=NOON)
        shown = await self.blobs.put(self.workspace, picture(seed))
        rendered = await self.blobs.put(self.workspace, picture(seed + 1000))
        said = turns or (
            TrainingTurn("system", "You prepare a picture."),
            TrainingTurn("user", prompt),
            TrainingTurn("assistant", CALL % prompt),
            TrainingTurn("user", "<tool_response>\nIMG_001: title: it\n</tool_response>", (shown,)),
            TrainingTurn("assistant", answer % prompt),
        )
        agent = {"profile": profile, "model": "strong"}
        async with self.store.workspace(self.workspace) as unit:
            await unit.jobs.add(job, event_key=job.id)
            await unit.research.save_hop(job.id, a_hop(), [a_source(1, license=licence)])
            grounded = GroundedPrompt(
                prompt,
                (Reference("IMG_001", shown, "shape", "it", "s1"),),
                (Evidence(1, "It is so", "s1", verdict=verdict),),
            )
            await unit.research.save_grounding(job.id, grounded, notes=(), searched=True)
            drawn = an_illustration(
                job, recipe=a_recipe(generator="qwen"), sha256=rendered, marks=marks,
                parent_id=parent,
            )  # fmt: skip
            await unit.illustrations.save(drawn)
            await unit.trajectories.keep(
                Trajectory(job.id, member, NOON, said, agent=agent, cost_usd=0.01)
            )
        return job

    async def picture_of(self, job: Job) -> str:
        async with self.store.workspace(self.workspace, read_only=True) as unit:
            [found] = await unit.illustrations.of_job(job.id)
        return found.id

    async def export(self, **parts: Any) -> DataCard:
        filters = FilterSettings("limner", **parts.pop("filters", {}))
        settings = ExportSettings(self.out, LIMNER, filters, **parts)
        return await export(self.store, self.blobs, MemoryDecoder(), settings)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The records of a kind in all parts."""
        files = sorted(self.out.glob(f"{kind}/**/*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
async def team(store: SqlStore, tmp_path: Path) -> Team:
    team = Team(store, tmp_path)
    await team.agree()
    return team


async def test_records_are_as_their_loaders_want_them(team: Team) -> None:
    jobs = [await team.job(f"the lighthouse of Cape {n}", seed=n) for n in range(1, 8)]
    card = await team.export(shard_records=3)
    assert card.seen == len(jobs) == len(team.records("sft")) == len(team.records("rl"))
    for record in team.records("sft"):
        assert problems_of(record) == []
        assert [m["role"] for m in record["messages"]][:3] == ["system", "user", "assistant"]
        assert record["messages"][3]["content"].endswith("</tool_response><image>")
        assert all((team.out / name).is_file() for name in record["images"])
    for record in team.records("rl"):
        assert rl_problems_of(record) == []
        assert (team.out / record["gt_image"]).is_file()
    info = json.loads((team.out / "dataset_info.json").read_text())
    assert info["limner_sft_train"]["file_name"] == "sft/train"
    assert info["limner_sft_train"]["formatting"] == "sharegpt"
    assert card.licences == {"CC BY 4.0": 7}
    about = (team.out / "README.md").read_text()
    assert "config_name: sft" in about
    assert not (team.out / WORK_FILE).exists()


async def test_what_is_left_out_is_counted_by_its_reason(team: Team) -> None:
    await team.job("the lighthouse of Cape Good")
    await team.job("a bad tower", marks=Marks(0.0, 0.0, 0.0, 0.0))
    await team.job("a contradicted tower", verdict=EvidenceVerdict.CONTRADICTED)
    await team.job("a tower for another agent", profile="genevolve")
    await team.job("an unreadable tower", answer="no answer %s")
    await team.job("a long tower", answer=ANSWER.replace("Done.", "x " * 4000))
    await team.job("the lighthouse of Cape Good")
    await team.job("a tower with all rights reserved", licence="All rights reserved")
    card = await team.export(filters={"licensed": True, "cutoff_tokens": 2000})
    assert dict(card.left_out) == {
        "judge: a poor result": 1,
        "entailment: a sentence contradicts its page": 1,
        "profile: another agent's dialect": 1,
        "protocol: a malformed turn": 1,
        "length: beyond the cutoff": 1,
        "duplicate: the same result": 1,
        "licence: a reference may not be used": 1,
    }
    assert len(team.records("sft")) == 1


async def test_prompts_of_benchmarks_are_found_even_when_they_were_changed(team: Team) -> None:
    planted = "A poster of the 1937 opening of the Golden Gate Bridge with its chief engineer"
    for text in (
        planted,
        planted.lower() + "!!",
        f"Please draw: {planted.lower()}",
        planted.replace("its", "it's") + ", at night",
    ):
        await team.job(text)
    await team.job("A poster of the opening of our shop")
    card = await team.export(benchmarks={"knowgen": [planted, "the"]}, unchecked=["wise"])
    assert card.left_out == {"benchmark: knowgen": 4}
    assert [r["messages"][1]["content"] for r in team.records("sft")] == [
        "A poster of the opening of our shop"
    ]
    assert "wise: **not checked**" in (team.out / "README.md").read_text()


async def test_whoever_withdraws_is_in_no_later_export(team: Team) -> None:
    await team.job("the lighthouse of Cape Ann", member="ann", seed=1)
    bob = await team.job("the lighthouse of Cape Bob", member="bob", seed=2, marks=None)
    drawn = await team.picture_of(bob)
    async with team.store.workspace("w1") as unit:
        await unit.opinions.vote(drawn, "ann", 1, now=NOON)
    await team.export()
    assert len(team.records("sft")) == 2
    async with team.store.workspace("w1") as unit:
        await unit.preferences.save(Scope.MEMBER, "ann", Preferences(training=False))
    await team.export()
    assert [r["messages"][1]["content"] for r in team.records("sft")] == [bob.request.prompt]
    assert team.records("rl") == []  # it was ann's vote that made it good
    assert [a["votes"] for a in team.records("about")] == [[0, 0]]
    assert len([*team.out.glob("images/*/*")]) == 1
    assert [*team.out.glob("ground-truth/*/*")] == []


async def test_nothing_of_a_workspace_that_does_not_agree(team: Team) -> None:
    await team.job("the lighthouse of Cape Ann")
    other = Team(team.store, team.out.parent, "w2")
    await other.job("their secret tower")
    card = await team.export()
    assert (card.seen, len(team.records("sft"))) == (1, 1)
    await team.agree(None)
    assert (await team.export()).seen == 0


async def test_an_export_that_was_killed_goes_on_and_leaves_out_who_withdrew(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [
        await team.job(f"the lighthouse of Cape {n}", member=f"m{n}", seed=n) for n in range(1, 6)
    ]
    asked = 0

    def killed(*arguments: Any) -> str | None:
        nonlocal asked
        asked += 1
        if asked == 4:
            raise RuntimeError("killed")
        return None

    monkeypatch.setattr("training.data.export.reason_against", killed)
    with pytest.raises(RuntimeError):
        await team.export()
    async with team.store.workspace("w1") as unit:
        await unit.trajectories.forget("m2")
    card = await team.export()
    assert asked == 4 + 2  # only what had not been looked at
    assert card.seen == 5
    ids = {a["id"] for a in team.records("about")}
    assert ids == {
        candidate_id("w1", job.id) for job in jobs if job.request.origin.member_id != "m2"
    }


async def test_results_of_one_request_that_differ_in_worth_make_a_preference(team: Team) -> None:
    prompt = "the lighthouse of Cape Ann"
    good = await team.job(prompt)
    await team.job(prompt, marks=Marks(1.0, 0.5, 0.5, 1.0), answer=ANSWER.replace("shape", "none"))
    drawn = await team.picture_of(good)
    async with team.store.workspace("w1") as unit:
        await unit.opinions.vote(drawn, "bob", 1, now=NOON)
    await team.export(filters={"min_value": 0.0})
    [pair] = team.records("dpo")
    assert problems_of(pair, ranking=True) == []
    assert pair["chosen"]["content"] == ANSWER % prompt
    assert "none" in pair["rejected"]["content"]
    assert len(pair["messages"]) == 4


async def test_corrections_count_against_a_result(team: Team) -> None:
    first = await team.job("the lighthouse of Cape Ann", marks=None)
    await team.job("make it red", parent=await team.picture_of(first), member="bob", seed=3)
    await team.export(filters={"min_value": 0.0})
    about = {a["id"]: a for a in team.records("about")}
    assert about[candidate_id("w1", first.id)]["corrections"] == ["make it red"]
    assert about[candidate_id("w1", first.id)]["value"] == 0.25
