"""The pictures that research chose, as large as generators can use them.

While a model looks around, a picture is kept as small as the model is shown it: most are never
chosen, and a large copy costs as much work as all the rest. Those that ground the result are made
large here, from the bytes that were read then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from agent.research.picture_reader import MAX_SHOWN_PIXELS
from agent.research.trajectory import TrajectoryRecorder
from domain.research import Research, Source, SourceKind


async def with_large_references(research: Research, trail: TrajectoryRecorder) -> Research:
    """The research with large copies of its references, which are kept in place of the small ones.

    A picture that cannot be had any more stays small.
    """
    chosen = {reference.source_id for reference in research.grounded.references}
    small = [source for source in trail.sources if source.id in chosen and _is_small(source)]
    # Asked in the order of the steps: which sources are small follows from the earlier steps alone.
    if not small or not await trail.steps.is_patched("large-references"):
        return research

    async def make() -> list[Source]:
        made = await asyncio.gather(*(trail.session.large(source) for source in small))
        return [source for source in made if source is not None]

    made = await trail.steps.run("large-references", make, list[Source])
    large = {source.id: source for source in made}
    await _keep(trail, large)
    references = tuple(
        replace(reference, sha256=large[reference.source_id].sha256)
        if reference.source_id in large
        else reference
        for reference in research.grounded.references
    )
    return replace(
        research,
        sources=tuple(large.get(source.id, source) for source in research.sources),
        grounded=replace(research.grounded, references=references),
    )


def _is_small(source: Source) -> bool:
    """Whether a picture of the web may be the small copy of a larger one."""
    pixels = (source.width or 0) * (source.height or 0)
    from_web = source.url.startswith(("https://", "http://"))
    return source.kind is SourceKind.PICTURE and from_web and pixels <= MAX_SHOWN_PIXELS


async def _keep(trail: TrajectoryRecorder, large: Mapping[str, Source]) -> None:
    """Keep what changed of the hops that found these pictures."""
    changed = [
        (hop, [large.get(source.id, source) for source in result.sources])
        for hop, result in zip(trail.hops, trail.results, strict=True)
        if any(source.id in large for source in result.sources)
    ]
    if changed:
        await trail.notebook.sources_changed(changed)
