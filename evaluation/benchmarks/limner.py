"""Our own benchmark of research, offline: requests over a packaged corpus, scored without a model.

What is scored is the record of each job: whether it searched where that was needed, what it
searched for, which references it took, which facts reached the generator's prompt, which false ones
did, and whether the passages that it cites stand in pages that are right. Texts are compared as
words, so that a score needs nothing but the corpus.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.settings import Settings
from domain.errors import InvalidRequest
from evaluation.benchmarks.corpus import RIGHT, Corpus, CorpusRequest, corpus, corpus_hash
from evaluation.benchmarks.model import (
    Loaded,
    Marks,
    Missing,
    Outcome,
    Part,
    PublishedRow,
    Question,
    Row,
    Sample,
    Scores,
    UpstreamJudge,
    mean,
)
from evaluation.judging.judge import Judgement, keep
from evaluation.runs.records import DONE, Record, RunFolder

JUDGE = "corpus"
"""The name under which the marks are kept."""
SCORED = (
    *("search_gate", "subjects", "queries_to_the_point", "reference_precision"),
    *("reference_recall", "facts_present", "facts_not_wrong", "citations_entail"),
)
"""The dimensions of which the overall score is the mean, each from 0 to 1."""
TOLD = ("facts_cited", "calls_needed", "calls_not_needed")
"""The figures reported beside them: facts in cited passages, and tool calls of a request that needs
a search and of one that does not."""


class LimnerBench:
    """The benchmark ``limner``."""

    name = "limner"
    title = "Limner's research benchmark (offline)"
    top = 1.0
    where = "The corpus comes with Limner; no download is needed."
    published: Sequence[PublishedRow] = ()

    def load(self, data: Path) -> Loaded:
        """The packaged requests; ``data`` is not used."""
        del data
        samples = tuple(
            Sample(each.id, each.prompt, each.kind, each.language, None, {"request": each})
            for each in corpus().requests.values()
        )
        return Loaded(samples, (), corpus_hash(), True)

    def question(self, sample: Sample) -> Question:
        """No model judges this benchmark. Raises ``InvalidRequest``."""
        raise InvalidRequest(
            "The benchmark limner is scored against its corpus; it takes no judge."
        )

    def read_marks(self, answer: str, sample: Sample) -> Marks | None:
        """Nothing: no model is asked."""
        del answer, sample
        return None

    def score(self, rows: Sequence[Row], *, missing: Missing = "skip") -> Scores:
        """The mean of the eight dimensions, each the mean over the requests that it applies to."""
        values: dict[str, list[float]] = {name: [] for name in (*SCORED, *TOLD)}
        n = 0
        for row in rows:
            n += row.marks is not None
            marks = row.marks
            if marks is None:
                marks = dict.fromkeys(_applicable(row.sample), 0.0) if missing == "zero" else {}
            for name, value in marks.items():
                if value is not None and name in values:
                    values[name].append(value)
        parts = {name: Part(mean(each), len(each)) for name, each in values.items()}
        present = [v for name in SCORED if (v := parts[name].value) is not None]
        return Scores(mean(present), n, parts)

    def write_outputs(
        self, folder: Path, samples: Sequence[Sample], outcomes: Mapping[str, Outcome], name: str
    ) -> list[Path]:
        """Nothing: there is no upstream."""
        del folder, samples, outcomes, name
        return []

    def upstream_commands(
        self, checkout: Path, folder: Path, data: Path, judge: UpstreamJudge
    ) -> list[list[str]]:
        """Nothing: there is no upstream."""
        del checkout, folder, data, judge
        return []


@asynccontextmanager
async def offline_web(settings: Settings) -> AsyncGenerator[Settings]:
    """The same settings with the corpus as the whole web, served until the block ends. A research
    model named :data:`evaluation.peers.corpus_model.MODEL` is the one that plays transcripts."""
    from evaluation.peers.corpus_model import MODEL
    from evaluation.peers.corpus_web import corpus_web
    from evaluation.runs.runner import with_settings

    async with corpus_web() as peer:
        own = peer.settings()
        if settings.model_name == MODEL:
            own["model_base_url"] = (f"{peer.base_url}/v1",)
        yield with_settings(settings, **own)


def mark_records(folder: RunFolder) -> int:
    """Mark every finished record of a run against the corpus; gives how many."""
    known, marked = corpus(), 0
    for (condition, sample), record in folder.records().items():
        request = known.requests.get(sample)
        if request is None or record.status != DONE:
            continue
        found = marks_of(request, record, known)
        keep(folder, Judgement(JUDGE, condition, sample, found, "", record.sha256))
        marked += 1
    return marked


def marks_of(request: CorpusRequest, record: Record, known: Corpus) -> Marks:
    """The marks of one record; None where a dimension does not apply to the request."""
    searched = bool(record.calls)
    marks: dict[str, float | None] = {"search_gate": float(searched == request.needs_search)}
    calls = float(len(record.calls))
    marks["calls_needed" if request.needs_search else "calls_not_needed"] = calls
    prompt = plain_words(record.prompt)
    cited = [e for e in record.evidence if e.get("holds") and e.get("passage")]
    marks["citations_entail"] = _share([_is_right(e, request, known) for e in cited])
    if request.needs_search:
        queries = [plain_words(query) for query in _queries(record)]
        hits = [[_holds(query, names) for query in queries] for names in request.subjects]
        marks["subjects"] = _share([any(each) for each in hits])
        marks["queries_to_the_point"] = _share([any(each) for each in zip(*hits, strict=True)])
        marks["facts_present"] = _share([_holds(prompt, fact) for fact in request.facts])
        passages = plain_words(" \n ".join(str(e["passage"]) for e in cited))
        marks["facts_cited"] = _share([_holds(passages, fact) for fact in request.facts])
    if request.wrong:
        marks["facts_not_wrong"] = _share([not _holds(prompt, (w,)) for w in request.wrong])
    marks.update(_references(request, record, known))
    return marks


def _references(request: CorpusRequest, record: Record, known: Corpus) -> dict[str, float | None]:
    """Precision over the references that were taken, recall over the subjects that have a picture
    which fits."""
    taken = [known.pictures.get(_identifier(r.get("url"))) for r in record.references]
    fits = [p is not None and p.fits and p.about in request.about for p in taken]
    with_pictures = {p.about for p in known.pictures.values() if p.fits} & set(request.about)
    covered = {p.about for p, fit in zip(taken, fits, strict=True) if p is not None and fit}
    recall = len(covered & with_pictures) / len(with_pictures) if with_pictures else None
    return {"reference_precision": _share(fits), "reference_recall": recall}


def _is_right(evidence: Mapping[str, Any], request: CorpusRequest, known: Corpus) -> bool:
    """Whether a cited passage stands word for word in a page that is right for the request."""
    identifier = _identifier(evidence.get("url"))
    page = known.pages.get(identifier)
    if page is None or page.role != RIGHT or page.about not in request.about:
        return False
    passage = plain_words(str(evidence["passage"]))
    return passage in plain_words(f"{page.title} {page.text}")


def _identifier(url: object) -> str:
    """The id in an address of the corpus."""
    last = str(url or "").rpartition("/")[2]
    return last.removesuffix(".jpg")


def _queries(record: Record) -> list[str]:
    found: list[str] = []
    for call in record.calls:
        for name in ("query", "queries"):
            value: Any = call.get(name)
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, (list, tuple)):
                found += [str(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return found


def plain_words(text: str) -> str:
    """A text for comparing: NFKC, folded case, words and signs without what stands between, and
    without the English genitive: "Quill Market's main gate" names Quill Market."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(word.removesuffix("'s") for word in re.findall(r"[\w']+", folded))


def _holds(text: str, wordings: Sequence[str]) -> bool:
    """Whether a text holds one of the wordings: as whole words, or anywhere in scripts that write
    no spaces or add endings."""
    for wording in wordings:
        wanted = plain_words(wording)
        if wanted.isascii():
            if f" {wanted} " in f" {text} ":
                return True
        elif wanted in text:
            return True
    return False


def _applicable(sample: Sample) -> Sequence[str]:
    """The dimensions that a request without a result counts 0 in."""
    request: CorpusRequest = sample.facts["request"]
    if not request.needs_search:
        return ("search_gate",)
    return ("search_gate", "subjects", "reference_recall", "facts_present")


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
