"""The evidence page of a job as plain values, ready for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final
from urllib.parse import urlsplit

from domain.illustrations import ClaimMark, Illustration, Marks
from domain.news import Story
from domain.request_titles import request_title
from domain.research import Evidence, EvidenceChange, EvidenceVerdict, Reference, Source
from domain.translation.messages import stored, translated
from jobs.services.evidence_changes import evidence_change
from jobs.services.pages import PageView
from web.pages.ties import TiedSentence, tied_sentences
from web.pages.words import Say, minute, words

AROUND_CHARS: Final = 320
"""Of a source's text on each side of a passage."""
MAX_DIFF_WORDS: Final = 600
MAX_TITLE_CHARS: Final = 160


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage in its surroundings."""

    before: str
    text: str
    after: str


@dataclass(frozen=True, slots=True)
class CitationView:
    """A numbered citation, as a page shows it. ``url`` is empty where it cannot be opened."""

    n: int
    claim: str
    verdict: str
    verdict_word: str
    why: str
    title: str = ""
    outlet: str = ""
    url: str = ""
    author: str = ""
    licence: str = ""
    read_at: str = ""
    read_iso: str = ""
    sha256: str = ""
    passage: PassageView | None = None
    reference: int | None = None
    """The number of the reference that the citation is about."""
    tied: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceView:
    """A reference picture, as a page shows it."""

    n: int
    title: str
    note: str
    subject: str
    author: str
    licence: str
    url: str
    outlet: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence of the grounded prompt with its citations and references."""

    text: str
    citations: tuple[CitationView, ...]
    references: tuple[int, ...]
    label: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """The result of the self-check."""

    summary: str
    marks: tuple[tuple[str, float], ...]
    claims: tuple[tuple[int, str, str, str, str], ...]
    """Number (0 of a text that it must show), claim, ``yes``/``no``/``unknown``, its word, why."""
    model: str


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """Everything that the template of an evidence page shows."""

    say: Say
    language: str
    title: str
    kicker: str
    disclosure: str
    request: str
    asked: str
    rendered: str
    alt: str
    description: tuple[str, ...]
    credit: str
    number: int
    pictures: tuple[Illustration, ...]
    width: int
    height: int
    sentences: tuple[SentenceView, ...]
    citations: tuple[CitationView, ...]
    references: tuple[ReferenceView, ...]
    sources: int
    check: CheckView | None
    recipe: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    decision: tuple[str, ...]
    notes: tuple[str, ...]
    view: PageView
    prompt_change: tuple[tuple[str, str], ...] = ()
    recipe_change: tuple[tuple[str, str, str], ...] = ()
    research_change: EvidenceChange | None = None
    story: Story | None = None


def evidence_page(view: PageView, language: str) -> EvidencePage:
    """A page of a job in one language."""
    say = words(language)
    job, picture = view.view.job, view.picture
    research, recipe = view.view.research, picture.recipe
    grounded, story = research.grounded, view.view.story
    shift = len(story.text.pages) if story else 0
    sources = {source.id: source for source in research.sources}
    tied = tied_sentences(grounded.text, grounded.evidence, grounded.references)
    used = {n for sentence in tied for n in sentence.evidence}
    citations = tuple(
        _citation(each, sources, grounded.references, say, language, shift, tied=each.n in used)
        for each in grounded.evidence
    )
    by_number = {citation.n: citation for citation in citations}
    return EvidencePage(
        say=say,
        language=language,
        title=story.text.headline
        if story
        else shortened(request_title(job.request), MAX_TITLE_CHARS),
        kicker=kicker(view, say),
        disclosure=say("disclosure.board" if _label(picture) else "disclosure"),
        request=job.request.prompt,
        asked=minute(job.created_at, language),
        rendered=minute(job.render_finished_at or picture.created_at, language),
        alt=picture.alt_text or recipe.request,
        description=long_description(picture, citations, shift),
        credit=credit_line(picture, say),
        number=view.number,
        pictures=view.pictures,
        width=picture.width or recipe.width,
        height=picture.height or recipe.height,
        sentences=tuple(_sentence(each, n, by_number, shift) for n, each in enumerate(tied, 1)),
        citations=citations,
        references=tuple(
            _reference(n, each, sources.get(each.source_id or ""), say)
            for n, each in enumerate(grounded.references, 1)
        ),
        sources=len({each.source_id for each in grounded.evidence if each.source_id}),
        check=_check(picture.marks, say, shift, language) if picture.marks else None,
        recipe=_recipe(view, say),
        versions=tuple(sorted(recipe.versions.items())),
        steps=tuple(
            (hop.thought, hop.observation.summary if hop.observation else "")
            for hop in research.hops
        ),
        decision=research.decision,
        notes=tuple(dict.fromkeys((*job.notes, *research.notes))),
        view=view,
        prompt_change=_prompt_change(view),
        recipe_change=_recipe_change(view),
        research_change=(
            evidence_change(view.earlier.research, research) if view.earlier else None
        ),
        story=story,
    )


def kicker(view: PageView, say: Say) -> str:
    """The kind of picture, in the first words of the page."""
    label = _label(view.picture)
    if label:
        return say(label)
    kind = say("ai.news") if view.view.story else say("ai")
    written = view.view.story is not None and view.view.story.text.by_model
    return f"{kind} · {say('ai.words')}" if written else kind


def _label(picture: Illustration) -> str:
    """The name of the sentence for pictures that no image model drew; empty for others."""
    label = str(picture.recipe.parameters.get("label", ""))
    if "card" in label.lower():
        return "card"
    return "board" if "board" in label.lower() else ""


def credit_line(picture: Illustration, say: Say) -> str:
    """The makers of a picture and of its references."""
    credits_ = [each.credit for each in picture.recipe.references if each.credit]
    made = say("credit", generator=picture.recipe.generator)
    names = "; ".join(dict.fromkeys(credits_))
    return f"{made}. {say('references.by', names=names)}" if names else made


def long_description(
    picture: Illustration, citations: Sequence[CitationView], shift: int = 0
) -> tuple[str, ...]:
    """A longer text for people who cannot see the picture: its alternative text, then each part
    that the check saw in it or, where nothing was checked, what the prompt asked it to show.
    ``shift`` is by how much the numbers of the citations are above those of the prompt's
    evidence."""
    lines = [picture.alt_text or picture.recipe.request]
    marks = picture.marks
    seen = {mark.n + shift for mark in marks.claims if mark.shown} if marks and marks.seen else None
    for citation in citations:
        if citation.passage is None or citation.verdict in ("contradicted", "unsupported"):
            continue
        if seen is None or citation.n in seen:
            lines.append(citation.passage.text)
    return tuple(dict.fromkeys(lines))


def _sentence(
    tied: TiedSentence, label: int, by_number: Mapping[int, CitationView], shift: int
) -> SentenceView:
    cited = tuple(by_number[n + shift] for n in tied.evidence)
    return SentenceView(tied.text, cited, tied.references, label)


def _citation(
    evidence: Evidence,
    sources: Mapping[str, Source],
    references: Sequence[Reference],
    say: Say,
    language: str,
    shift: int,
    *,
    tied: bool,
) -> CitationView:
    source = sources.get(evidence.source_id or "")
    verdict = evidence.verdict if source else EvidenceVerdict.UNSUPPORTED
    why = say(f"why.{verdict.value}")
    number = None
    if source and evidence.passage is None:
        why = say("why.picture")
        ids = [reference.source_id for reference in references]
        number = ids.index(source.id) + 1 if source.id in ids else None
    n, word = evidence.n + shift, say(f"verdict.{verdict.value}")
    if source is None:
        return CitationView(n, evidence.claim, verdict.value, word, why, tied=tied)
    return CitationView(
        n=n,
        claim=evidence.claim,
        verdict=verdict.value,
        verdict_word=word,
        why=why,
        title=source.title or source.page_url,
        outlet=outlet(source.page_url, say),
        url=web_address(source.page_url),
        author=source.author or "",
        licence=source.license or "",
        read_at=minute(source.fetched_at, language),
        read_iso=source.fetched_at.isoformat(timespec="seconds"),
        sha256=source.sha256,
        passage=_surroundings(evidence, source),
        reference=number,
        tied=tied,
    )


def _surroundings(evidence: Evidence, source: Source) -> PassageView | None:
    passage, text = evidence.passage, source.text or ""
    if passage is None:
        return None
    start = evidence.passage_start
    if start is None or text[start : start + len(passage)] != passage:
        start = text.find(passage)
    if start < 0:
        return PassageView("", passage, "")
    end = start + len(passage)
    before = text[max(0, start - AROUND_CHARS) : start]
    after = text[end : end + AROUND_CHARS]
    if start > AROUND_CHARS:
        before = "… " + before.partition(" ")[2]
    if end + AROUND_CHARS < len(text):
        after = after.rpartition(" ")[0] + " …"
    return PassageView(before, passage, after)


def _reference(n: int, reference: Reference, source: Source | None, say: Say) -> ReferenceView:
    return ReferenceView(
        n=n,
        title=source.title if source else reference.title,
        note=reference.note,
        subject=reference.subject or "",
        author=(source.author or "") if source else say("own"),
        licence=(source.license or "") if source else "",
        url=web_address(source.page_url) if source else "",
        outlet=outlet(source.page_url, say) if source else say("own"),
        sha256=reference.sha256,
    )


def _check(marks: Marks, say: Say, shift: int, language: str) -> CheckView:
    answers = {True: "yes", False: "no", None: "unknown"}
    shown = sum(claim.shown is True for claim in marks.claims)
    rows = [
        (say("mark.faithfulness"), marks.faithfulness),
        (say("mark.visual"), marks.visual_correctness),
        (say("mark.text"), marks.text_accuracy),
        (say("mark.aesthetics"), marks.aesthetics),
    ]
    summary = say("check.claims", shown=shown, count=len(marks.claims)) if marks.claims else ""
    score = say("check.score", score=f"{marks.score:.2f}")
    return CheckView(
        summary=summary or score,
        marks=(*((name, value) for name, value in rows if value is not None),),
        claims=tuple(
            (
                c.n and c.n + shift,
                _own(c.claim, c, language),
                answers[c.shown],
                say(f"shown.{answers[c.shown]}"),
                _own(c.why, c, language),
            )
            for c in marks.claims
        ),
        model=" · ".join(filter(None, (score if summary else "", _by(marks, say)))),
    )


def _own(text: str, claim: ClaimMark, language: str) -> str:
    """The sources of a text that the picture must show: its wording is ours, the evidence is
    others'."""
    return text if claim.n else translated(stored(text), language)


def _by(marks: Marks, say: Say) -> str:
    return say("check.by", model=marks.model) if marks.model else ""


def _recipe(view: PageView, say: Say) -> tuple[tuple[str, str], ...]:
    picture = view.picture
    recipe = picture.recipe
    agent = " · ".join(str(value) for value in (recipe.research or {}).values() if value)
    rows = (
        (say("generator"), recipe.generator),
        (say("revision"), recipe.revision),
        (say("size"), f"{picture.width or recipe.width} × {picture.height or recipe.height}"),
        (say("seed"), str(recipe.seed)),
        (say("device"), recipe.device),
        (say("agent"), agent),
        (say("fingerprint"), recipe.fingerprint()),
        (say("bytes"), picture.sha256 or ""),
    )
    return tuple((name, value) for name, value in rows if value)


def _prompt_change(view: PageView) -> tuple[tuple[str, str], ...]:
    """The words of the prompt as runs: ``same``, ``del`` or ``ins``, and the words."""
    if view.parent is None or view.parent.recipe.prompt == view.picture.recipe.prompt:
        return ()
    old = view.parent.recipe.prompt.split()[:MAX_DIFF_WORDS]
    new = view.picture.recipe.prompt.split()[:MAX_DIFF_WORDS]
    runs: list[tuple[str, str]] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind == "equal":
            runs.append(("same", " ".join(old[a0:a1])))
            continue
        if a1 > a0:
            runs.append(("del", " ".join(old[a0:a1])))
        if b1 > b0:
            runs.append(("ins", " ".join(new[b0:b1])))
    return tuple(runs)


def _recipe_change(view: PageView) -> tuple[tuple[str, str, str], ...]:
    """The fields of the recipe that differ from the parent's: name, before, after."""
    if view.parent is None:
        return ()
    before, after = _flat(view.parent), _flat(view.picture)
    names = sorted(before.keys() | after.keys())
    return tuple(
        (name, before.get(name, "–"), after.get(name, "–"))
        for name in names
        if before.get(name) != after.get(name)
    )


def _flat(picture: Illustration) -> dict[str, str]:
    recipe = picture.recipe
    plain: dict[str, Any] = {
        "generator": recipe.generator,
        "revision": recipe.revision,
        "size": f"{recipe.width}×{recipe.height}",
        "seed": recipe.seed,
        "device": recipe.device,
        "references": len(recipe.references),
    }
    plain |= {f"versions.{name}": value for name, value in recipe.versions.items()}
    small = (str, int, float, bool)
    plain |= {
        f"parameters.{name}": value
        for name, value in recipe.parameters.items()
        if isinstance(value, small)
    }
    return {name: shortened(str(value), MAX_TITLE_CHARS) for name, value in plain.items()}


def outlet(address: str, say: Say) -> str:
    """The publisher of a page: its host, or the team's own library."""
    try:
        host = urlsplit(address).hostname if web_address(address) else None
    except ValueError:
        host = None
    return host.removeprefix("www.") if host else say("library")


def web_address(address: str) -> str:
    """The address where it is one that a browser may open; empty otherwise."""
    return address if address.startswith(("https://", "http://")) else ""


def shortened(text: str, most: int) -> str:
    """The text, cut at the end of a word where it is too long."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
