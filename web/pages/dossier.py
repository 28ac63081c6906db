"""A finished picture's evidence as one document in Markdown, for canvases and the like."""

from __future__ import annotations

from collections.abc import Iterator

from domain.illustrations import IllustrationStatus
from jobs.common.views import JobView
from jobs.services.pages import PageView
from web.pages.citations import as_markdown
from web.pages.evidence import CheckView, CitationView, EvidencePage, ReferenceView, evidence_page
from web.pages.words import day

_SIGNS = {"yes": "✓", "no": "✗", "unknown": "?"}


def dossier(view: JobView, language: str, *, message: str | None) -> str:
    """Request, prompt, passages, references, self-check and recipe of a job that has pictures.
    ``message`` is the address of the message that shows them. Words that are not ours stand in it
    as text alone: nothing in them mentions, links or formats."""
    pictures = tuple(
        picture
        for picture in view.illustrations
        if picture.sha256 is not None and picture.status is IllustrationStatus.RENDERED
    )
    pages = [
        evidence_page(PageView(view, pictures, number, (), None, None, public=False), language)
        for number in range(1, len(pictures) + 1)
    ]
    page = pages[0]
    parts = [
        *_head(page, message, view.page),
        *_prompt(page),
        *_story(page),
        *_evidence(page),
        *_references(page),
    ]
    for each in pages:
        parts += _picture(each, alone=len(pages) == 1)
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(page: EvidencePage, message: str | None, address: str | None) -> Iterator[str]:
    say = page.say
    links = [(say("picture"), message), (say("evidence"), address)]
    yield f"# {as_markdown(page.title)}"
    yield f"*{as_markdown(page.kicker)}. {as_markdown(page.credit)}.*"
    yield as_markdown(page.disclosure)
    yield " · ".join(_link(text, url) for text, url in links if url)
    yield f"## {say('request')}"
    yield _quote(page.request)
    yield f"{say('asked', when=page.asked)} · {say('rendered', when=page.rendered)}"


def _prompt(page: EvidencePage) -> Iterator[str]:
    """The grounded prompt, each sentence with the numbers of its passages and references."""
    say = page.say
    yield f"## {say('prompt')}"
    if not page.sentences:
        yield say("prompt.none")
        return
    yield " ".join(
        as_markdown(sentence.text)
        + "".join(f" ({citation.n})" for citation in sentence.citations)
        + "".join(f" ({say('reference.n', n=n)})" for n in sentence.references)
        for sentence in page.sentences
    )


def _story(page: EvidencePage) -> Iterator[str]:
    """The pages that a news story was written from; their numbers come first."""
    if page.story is None:
        return
    yield f"## {page.say('story.pages')}"
    for n, cited in enumerate(page.story.text.pages, 1):
        yield f"**{n}.** {_link(cited.shown_title, cited.url)}"
        yield _quote(cited.passage)
        yield page.say("read", when=day(cited.fetched_at, page.language))


def _evidence(page: EvidencePage) -> Iterator[str]:
    if not page.citations:
        return
    yield f"## {page.say('evidence')}"
    passages = sum(citation.passage is not None for citation in page.citations)
    yield page.say("evidence.count", sources=page.sources, passages=passages)
    for citation in page.citations:
        yield from _citation(page, citation)


def _citation(page: EvidencePage, citation: CitationView) -> Iterator[str]:
    say = page.say
    claim = as_markdown(citation.claim)
    yield f"**{citation.n}.** {claim} — **{citation.verdict_word}**: {citation.why}"
    if citation.passage is not None:
        yield _quote(citation.passage.text)
    if citation.title:
        known = (
            _link(citation.title, citation.url),
            as_markdown(citation.outlet),
            as_markdown(citation.author),
            as_markdown(citation.licence) or say("licence.none"),
            say("read", when=citation.read_at) if citation.read_at else "",
            f"{say('hash')} {citation.sha256}" if citation.sha256 else "",
        )
        yield " · ".join(filter(None, known))


def _references(page: EvidencePage) -> Iterator[str]:
    if not page.references:
        return
    yield f"## {page.say('references')}"
    yield "\n".join(f"- {_reference(page, each)}" for each in page.references)


def _reference(page: EvidencePage, each: ReferenceView) -> str:
    known = (
        f"**{each.n}.** {_link(each.title, each.url)}",
        as_markdown(each.author),
        as_markdown(each.licence) or (page.say("licence.none") if each.url else ""),
        as_markdown(each.note),
        f"{page.say('hash')} {each.sha256}",
    )
    return " · ".join(filter(None, known))


def _picture(page: EvidencePage, *, alone: bool) -> Iterator[str]:
    """The self-check and the recipe of one picture."""
    say = page.say
    if not alone:
        yield f"## {say('picture.of', n=page.number, count=len(page.pictures))}"
    yield f"### {say('check')}"
    yield _check(page.check) if page.check else say("check.none")
    yield f"### {say('recipe')}"
    rows = (*page.recipe, *((as_markdown(n), version) for n, version in page.versions))
    yield "\n".join(f"- {name}: {as_markdown(value)}" for name, value in rows)


def _check(check: CheckView) -> str:
    lines = [f"{check.summary} · {as_markdown(check.model)}" if check.model else check.summary, ""]
    for n, claim, answer, word, why in check.claims:
        number = f"({n}) " if n else ""
        reason = f": {as_markdown(why)}" if why else ""
        lines.append(f"- {_SIGNS[answer]} {number}{as_markdown(claim)} — {word}{reason}")
    return "\n".join(lines).strip()


def _quote(text: str) -> str:
    return f"> {as_markdown(text)}" if text.strip() else ""


def _link(text: str, address: str) -> str:
    """A link; only its text where it cannot be opened."""
    if not address:
        return as_markdown(text)
    for sign, code in (("(", "%28"), (")", "%29"), (" ", "%20"), ("<", "%3C"), (">", "%3E")):
        address = address.replace(sign, code)
    return f"[{as_markdown(text) or address}]({address})"
