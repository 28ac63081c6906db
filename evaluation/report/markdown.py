"""The report as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evaluation.report.view import Comparison, Report, digits, number

SHOWN_PROBLEMS = 20


def markdown(report: Report) -> str:
    """The whole report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    benchmark, recipe = report.benchmark, report.recipe
    yield f"# {benchmark.title}"
    yield ""
    yield f"**{report.verdict}**"
    yield ""
    yield "## Scores"
    yield ""
    yield from _table(
        ("condition", "judge", "score [95 %]", "missing = 0 [95 %]", "judged", "samples", "cost"),
        [
            (
                each.condition,
                each.judge or "–",
                number(each.interval, benchmark),
                number(each.interval_zero, benchmark),
                str(each.left_out.n),
                str(len(each.rows)),
                f"${each.cost_usd:.2f}",
            )
            for each in report.scored
        ],
    )
    for each in report.scored:
        if each.missing:
            reasons = "; ".join(f"{n} {why}" for why, n in each.missing.items())
            yield f"\nWithout marks in {each.condition}{_by(each.judge)}: {reasons}."
    yield from _published(report)
    yield from _parts(report)
    for comparison in report.comparisons:
        yield from _comparison(report, comparison)
    yield from _agreement(report)
    yield from _problems(report)
    yield "\n## Recipe\n"
    yield f"- Run {recipe.run_id}, begun {recipe.started_at}, Limner {recipe.version}"
    yield f"- Commit: {recipe.commit or 'unknown'}"
    yield f"- Data: SHA-256 {recipe.data_sha256}{_is_published(recipe.is_published)}"
    for name, value in recipe.models.items():
        yield f"- {name}: {value}"


def _published(report: Report) -> Iterator[str]:
    benchmark = report.benchmark
    if not benchmark.published:
        return
    yield "\n## Beside published scores\n"
    ours = [
        (f"**{e.condition}{_by(e.judge)}**", e.left_out.overall, f"this run, {e.left_out.n} judged")
        for e in report.scored
        if e.left_out.overall is not None
    ]
    rows = [*ours, *((row.name, row.score, row.source) for row in benchmark.published)]
    rows.sort(key=lambda row: -(row[1] or 0.0))
    places = digits(benchmark)
    yield from _table(
        ("system", "score", "source"), [(n, f"{s:.{places}f}", where) for n, s, where in rows]
    )
    yield "\nPublished scores come from upstream's judge; only its scores compare to them."


def _parts(report: Report) -> Iterator[str]:
    yield "\n## By part\n"
    names = list(dict.fromkeys(n for each in report.scored for n in each.left_out.parts))
    places = digits(report.benchmark)
    rows: list[tuple[str, ...]] = []
    for name in names:
        cells = [name]
        for each in report.scored:
            part = each.left_out.parts.get(name)
            value = part.value if part else None
            cells.append("–" if value is None or not part else f"{value:.{places}f} ({part.n})")
        rows.append(tuple(cells))
    heads = ("part (samples)", *(f"{e.condition}{_by(e.judge)}" for e in report.scored))
    yield from _table(heads, rows)


def _comparison(report: Report, comparison: Comparison) -> Iterator[str]:
    between = comparison.difference
    yield f"\n## {between.second} compared to {between.first}{_by(between.judge)}\n"
    overall = number(between.overall, report.benchmark)
    yield f"- Difference: {overall} over {between.overall.n} pairs"
    yield (
        f"- Missing = 0: {number(between.overall_zero, report.benchmark)} over "
        f"{between.overall_zero.n} pairs"
    )
    yield f"- {between.wins} won, {between.losses} lost, {between.ties} even"
    places = digits(report.benchmark)
    for title, pairs in (("wins", comparison.wins), ("losses", comparison.losses)):
        if pairs:
            yield f"\nLargest {title}:\n"
            yield from _table(
                ("sample", "change", "request"),
                [
                    (
                        p.sample.id,
                        f"{p.change:+.{places}f}",
                        p.sample.prompt[:120].replace("|", "/"),
                    )
                    for p in pairs
                ],
            )


def _agreement(report: Report) -> Iterator[str]:
    for judges, dimensions in report.agreements.items():
        yield f"\n## Agreement of {judges}\n"
        yield from _table(
            ("dimension", "marks", "the same", "mean difference", "weighted kappa"),
            [
                (
                    name,
                    str(each.n),
                    f"{each.same:.0%}",
                    f"{each.difference:.2f}",
                    "–" if each.kappa is None else f"{each.kappa:.2f}",
                )
                for name, each in dimensions.items()
            ],
        )


def _problems(report: Report) -> Iterator[str]:
    if not report.problems:
        return
    yield "\n## Odd rows\n"
    for kind, n in Counter(problem.kind for problem in report.problems).most_common():
        named = [problem for problem in report.problems if problem.kind == kind]
        shown = ", ".join(
            f"{p.where}{f' ({p.detail})' if p.detail else ''}" for p in named[:SHOWN_PROBLEMS]
        )
        more = f" and {n - SHOWN_PROBLEMS} more" if n > SHOWN_PROBLEMS else ""
        yield f"- {kind}: {n}: {shown}{more}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join(' --- ' for _ in heads)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _by(judge: str) -> str:
    return f" (judge {judge})" if judge else ""


def _is_published(value: bool | None) -> str:
    return {True: ", as published", False: ", not the published files", None: ""}[value]
