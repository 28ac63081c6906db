"""A page's evidence for other programs: JSON, Markdown footnotes, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from html import escape
from typing import Any

from domain.news import StoryText
from domain.research import Research
from jobs.services.pages import PageView
from web.pages.evidence import EvidencePage, evidence_page

_TEX = {c: f"\\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|])")


def evidence_json(view: PageView, address: str) -> bytes:
    """The evidence with its passages, references, marks and recipe."""
    page = evidence_page(view, "en")
    picture, research = view.picture, view.view.research
    found: dict[str, Any] = {
        "page": address,
        "job_id": view.view.job.id,
        "illustration": picture.id,
        "title": page.title,
        "label": page.kicker,
        "request": page.request,
        "prompt": research.grounded.text,
        "alt_text": page.alt,
        "long_description": list(page.description),
        "credit": page.credit,
        "sha256": picture.sha256,
        "width": picture.width,
        "height": picture.height,
        "sentences": [
            {
                "text": sentence.text,
                "evidence": [citation.n for citation in sentence.citations],
                "references": list(sentence.references),
            }
            for sentence in page.sentences
        ],
        "evidence": _citations(page, research),
        "references": [asdict(reference) for reference in page.references],
        "marks": asdict(picture.marks) if picture.marks else None,
        "recipe": {**asdict(picture.recipe), "fingerprint": picture.recipe.fingerprint()},
        "story": _story(page.story.text) if page.story else None,
        "corrections": list(page.story.corrections) if page.story else [],
    }
    return json.dumps(found, ensure_ascii=False, indent=2, default=str).encode()


def _citations(page: EvidencePage, research: Research) -> list[dict[str, Any]]:
    """The numbered claims with their passages and sources."""
    providers = {source.id: source.provider for source in research.sources}
    return [
        {
            "n": shown.n,
            "claim": each.claim,
            "verdict": shown.verdict,
            "passage": each.passage,
            "passage_start": each.passage_start,
            "title": shown.title,
            "url": shown.url or None,
            "author": shown.author or None,
            "license": shown.licence or None,
            "fetched_at": shown.read_iso or None,
            "sha256": shown.sha256 or None,
            "provider": providers.get(each.source_id) if each.source_id else None,
        }
        for shown, each in zip(page.citations, research.grounded.evidence, strict=True)
    ]


def _story(text: StoryText) -> dict[str, Any]:
    """The text of a news post with its pages."""
    return {
        "headline": text.headline,
        "sentences": [
            {"text": sentence, "pages": list(numbers)} for sentence, numbers in text.numbered
        ],
        "pages": [
            {
                "n": n,
                "title": cited.shown_title,
                "url": cited.url,
                "passage": cited.passage,
                "fetched_at": cited.fetched_at.isoformat(),
                "sha256": cited.sha256,
            }
            for n, cited in enumerate(text.pages, 1)
        ],
    }


def footnotes(view: PageView, address: str) -> bytes:
    """The picture's credit and its evidence as Markdown footnotes."""
    page = evidence_page(view, "en")
    lines = [f"![{as_markdown(page.alt)}]({address}/{page.number}/picture)", ""]
    cited = "".join(f"[^{c.n}]" for c in page.citations if c.title)
    lines += [
        f"*{as_markdown(page.kicker)}. {as_markdown(page.credit)}.* [Evidence]({address}){cited}",
        "",
    ]
    for c in page.citations:
        if not c.title:
            continue
        link = (
            f"[{as_markdown(c.title)}](<{c.url.replace('>', '%3E')}>)"
            if c.url
            else as_markdown(c.title)
        )
        passage = f" “{as_markdown(c.passage.text)}”" if c.passage else ""
        rights = " · ".join(filter(None, (c.author, c.licence)))
        tail = f" {as_markdown(rights)}." if rights else ""
        lines.append(f"[^{c.n}]: {link}, read {c.read_at}.{passage}{tail}")
    return ("\n".join(lines) + "\n").encode()


def csl(view: PageView, address: str) -> bytes:
    """The picture as an entry of CSL-JSON."""
    page = evidence_page(view, "en")
    made = view.picture.created_at
    entry = {
        "id": _key(view),
        "type": "graphic",
        "title": page.title,
        "author": [{"literal": f"Limner ({view.picture.recipe.generator})"}],
        "medium": page.kicker,
        "issued": {"date-parts": [[made.year, made.month, made.day]]},
        "URL": address,
        "abstract": page.alt,
        "note": f"SHA-256 {view.picture.sha256}. {page.credit}",
    }
    return json.dumps([entry], ensure_ascii=False, indent=2).encode()


def bibtex(view: PageView, address: str) -> bytes:
    """The picture as an entry of BibTeX."""
    page = evidence_page(view, "en")
    made = view.picture.created_at
    fields = {
        "author": "{" + _tex(f"Limner ({view.picture.recipe.generator})") + "}",
        "title": "{" + _tex(page.title) + "}",
        "year": str(made.year),
        "month": f"{made:%b}".lower(),
        "howpublished": _tex(page.kicker),
        "url": address,
        "note": _tex(f"SHA-256 {view.picture.sha256}. {page.credit}"),
    }
    inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{_key(view)},\n{inner}\n}}\n".encode()


def embed_code(page: EvidencePage, address: str, picture: str) -> str:
    """A figure for an external page: picture, credit line and link."""
    return (
        f'<figure><a href="{escape(address)}"><img src="{escape(picture)}" '
        f'alt="{escape(page.alt)}" width="{page.width}" height="{page.height}" loading="lazy" '
        f'style="max-width:100%;height:auto"></a><figcaption>{escape(page.kicker)}. '
        f'{escape(page.credit)}. <a href="{escape(address)}">{escape(page.say("evidence"))}</a>'
        "</figcaption></figure>"
    )


def _key(view: PageView) -> str:
    return f"limner-{view.picture.id.lower()}"


def _tex(text: str) -> str:
    escaped = text.replace("\\", "\x00")
    escaped = "".join(_TEX.get(c, c) for c in " ".join(escaped.split()))
    return escaped.replace("\x00", r"\textbackslash{}")


def as_markdown(text: str) -> str:
    """A text that is not ours on one line, with nothing in it that Markdown formats or links."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
