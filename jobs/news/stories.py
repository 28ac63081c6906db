"""A story as the request for its picture, and as the first sources of that."""

from __future__ import annotations

from collections.abc import Sequence

from domain.hosts import with_host
from domain.news import Preview, Schedule, Story
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.requests import AspectRatio, Destination, Request
from domain.research import Hop, Observation, Source, SourceKind
from domain.translation.messages import gettext

DRAWN = (
    "editorial illustration, visibly drawn with flat shapes and clear outlines, no photograph and "
    "nothing that could be taken for one"
)


def illustration_request(
    schedule: Schedule,
    story: Story,
    *,
    approvals: int = 0,
    review: Destination | None = None,
    preview: Preview | None = None,
) -> Request:
    """The request for a story's picture: drawn where it is about real people or a disaster. It
    waits for so many approvals in the channel ``review``, without one at its own message; a preview
    goes to one person alone, and without approval."""
    style = schedule.style
    if story.text.sensitive:
        style = f"{DRAWN}; {style}" if style and "photo" not in style.lower() else DRAWN
    approved = approvals > 0 and preview is None
    return Request.checked(
        story.text.picture[:MAX_PROMPT_CHARS],
        workspace_id=schedule.workspace_id,
        member_id=preview.member_id if preview else schedule.owner_id,
        destination=preview.destination if preview else schedule.destination,
        private=preview is not None,
        generator=schedule.generator,
        style=style,
        aspect=AspectRatio(16, 9),
        approvals=approvals if approved else 0,
        review=review if approved else None,
        live=preview is not None,
        story_id=story.id,
        post_at=story.due_at if approved else None,
    )


def found_sources(story: Story) -> tuple[Hop, Sequence[Source]]:
    """What the news desk read, as the first hop of the story's job: the cited pages."""
    sources = [
        Source(
            id=f"news-{number}",
            kind=SourceKind.PAGE,
            provider="news",
            title=page.shown_title,
            url=page.url,
            page_url=page.url,
            fetched_at=page.fetched_at,
            sha256=page.sha256,
            text=page.passage,
        )
        for number, page in enumerate(story.text.pages, 1)
    ]
    titles = "; ".join(with_host(source.title, source.page_url) for source in sources)
    hop = Hop(
        number=0,
        thought=gettext("Chosen story: {headline}", headline=story.text.headline),
        call=None,
        observation=Observation(
            tuple(source.id for source in sources),
            gettext("{count} pages: {titles}", count=len(sources), titles=titles)[:400],
        ),
        started_at=story.found_at,
        finished_at=story.found_at,
    )
    return hop, sources
