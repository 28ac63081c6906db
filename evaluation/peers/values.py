"""Domain values for tests, each with something in every part."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from domain.illustrations import (
    Delivery,
    DeliveryKind,
    Illustration,
    IllustrationStatus,
    Recipe,
    RecipeCitation,
    RecipeReference,
)
from domain.requests import (
    AspectRatio,
    Attachment,
    Destination,
    Job,
    JobStatus,
    Origin,
    Request,
    Routing,
)
from domain.research import (
    Evidence,
    EvidenceVerdict,
    GroundedPrompt,
    Hop,
    Observation,
    Reference,
    Source,
    SourceKind,
    ToolCall,
    ToolName,
)

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
SHA = "a" * 64


def a_request(**parts: Any) -> Request:
    """A request of the workspace ``"w1"``."""
    return Request(
        prompt="Eileen Collins with a cat",
        origin=Origin("w1", "m1"),
        routing=Routing(Destination("terminal", "here", "/tmp/out.png")),  # noqa: S108
        aspect=AspectRatio(16, 9),
        attachments=(Attachment("mine.png", SHA, 10, 20),),
    ).with_parts(**parts)


def a_job(workspace_id: str = "w1", **parts: Any) -> Job:
    """A waiting job with a new id."""
    job = Job(
        id=str(ULID()),
        request=a_request(workspace_id=workspace_id),
        status=JobStatus.QUEUED,
        created_at=NOON,
    )
    return replace(job, **parts)


def a_source(number: int = 1, **parts: Any) -> Source:
    """A page."""
    source = Source(
        id=f"s{number}",
        kind=SourceKind.PAGE,
        provider="library",
        title="Eileen Collins",
        url="library:1",
        page_url="library:1",
        fetched_at=NOON,
        sha256=SHA,
        license="CC BY-SA 4.0",
        author="NASA",
        text="Eileen Collins commanded a shuttle.",
    )
    return replace(source, **parts)


def a_hop(number: int = 1, *, source_ids: tuple[str, ...] = ("s1",)) -> Hop:
    """A finished search."""
    return Hop(
        number=number,
        thought="Who is Eileen Collins?",
        call=ToolCall(ToolName.SEARCH, {"queries": ["Eileen Collins"]}),
        observation=Observation(source_ids, "1 page", ("wikipedia is silent",), dropped=2),
        started_at=NOON,
        finished_at=NOON,
    )


def a_grounding() -> GroundedPrompt:
    """A prompt with one reference and two citations."""
    return GroundedPrompt(
        text="Eileen Collins as in the first reference image.",
        references=(Reference("IMG_001", SHA, "her face", "Portrait", "s2", "Eileen Collins"),),
        evidence=(
            Evidence(1, "She commanded a shuttle", "s1", "commanded a shuttle", 15),
            Evidence(2, "She likes cats", None, verdict=EvidenceVerdict.UNSUPPORTED),
        ),
    )


def a_recipe(**parts: Any) -> Recipe:
    """A recipe for the storyboard."""
    recipe = Recipe(
        generator="storyboard",
        revision="1",
        prompt="Eileen Collins as in the first reference image.",
        request="Eileen Collins",
        width=1024,
        height=768,
        seed=7,
        references=(RecipeReference("IMG_001", SHA, "Portrait", "her face", "NASA", 1),),
        citations=(RecipeCitation(1, "Eileen Collins", "library:1", "commanded a shuttle"),),
        parameters={"label": "Reference board", "scale": 1.5},
        versions={"pillow": "13"},
    )
    return replace(recipe, **parts)


def an_illustration(job: Job, **parts: Any) -> Illustration:
    """A rendered picture of that job."""
    illustration = Illustration(
        id=str(ULID()),
        workspace_id=job.workspace_id,
        job_id=job.id,
        position=0,
        recipe=a_recipe(),
        status=IllustrationStatus.RENDERED,
        created_at=NOON,
        sha256=SHA,
        media_type="image/png",
        width=1024,
        height=768,
        phash="0" * 16,
        alt_text="A board",
        identical=True,
    )
    return replace(illustration, **parts)


def a_delivery(job: Job, kind: DeliveryKind = DeliveryKind.RESULT) -> Delivery:
    """The outbox entry of that job."""
    return Delivery(
        id=f"{job.id}:{kind.value}",
        workspace_id=job.workspace_id,
        job_id=job.id,
        kind=kind,
        destination=job.request.routing.destination,
    )
