"""The report as one self-contained page: verdict, bars, tables, and pairs of pictures."""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from evaluation.report.markdown import SHOWN_PROBLEMS
from evaluation.report.scoring import Scored
from evaluation.report.view import Comparison, Pair, Report, digits, number
from evaluation.runs.records import Record

THUMBNAIL = 384
_STYLE = """
:root{--ink:#1c2126;--soft:#5d6770;--line:#dde2e6;--ground:#fff;--one:#2f6f8f;--two:#c2703d;
--good:#1d7a46;--bad:#b3372f}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa5ae;--line:#343b42;--ground:#15191d;
--one:#6fb3d2;--two:#e59a6b;--good:#5cc48a;--bad:#ef7b72}}
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:
var(--ground);max-width:68rem;margin:0 auto;padding:2rem 1rem}h1{font-size:1.5rem;margin:0}
h2{font-size:1.15rem;margin:2.2rem 0 .6rem}.verdict{font-size:1.3rem;line-height:1.35;margin:.8rem 0
1.6rem;max-width:48rem}.soft{color:var(--soft);font-size:.9rem}table{border-collapse:collapse;width:
100%;font-size:.92rem}th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid
var(--line);vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}.bar{display:grid;grid-template-columns:minmax(7rem,15rem) 1fr 5rem;gap:
.6rem;
align-items:center;font-size:.88rem;margin:.15rem 0}.bar.first{margin-top:.6rem}
.bar .rail{background:var(--line);height:.8rem;
position:relative}.bar .rail i{display:block;height:100%;background:var(--one)}.bar.b .rail i
{background:var(--two)}.pairs{display:grid;gap:1.6rem}.pair{border-top:1px solid var(--line);
padding-top:1rem}.sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}@media(max-width:40rem)
{.sides{grid-template-columns:1fr}}.pair img{width:100%;height:auto;display:block;background:
var(--line)}.pair h3{font-size:1rem;margin:0 0 .5rem;font-weight:600}.up{color:var(--good)}.down
{color:var(--bad)}details{margin-top:.4rem;font-size:.9rem}summary{cursor:pointer}ol{padding-left:
1.2rem;margin:.3rem 0}tr.ours td{font-weight:600}
"""


def page(report: Report) -> str:
    """The whole page; pictures lie in it as small JPEGs."""
    return "".join(_pieces(report))


def _pieces(report: Report) -> Iterator[str]:
    title = _text(report.benchmark.title)
    yield "<!doctype html><html lang=en><head><meta charset=utf-8>"
    yield '<meta name=viewport content="width=device-width,initial-scale=1">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1><p class=verdict>{_text(report.verdict)}</p>"
    yield from _scores(report)
    yield from _bars(report)
    for comparison in report.comparisons:
        yield from _comparison(report, comparison)
    yield from _published(report)
    yield from _agreement(report)
    yield from _problems(report)
    yield from _recipe(report)
    yield "</body></html>\n"


def _scores(report: Report) -> Iterator[str]:
    yield "<h2>Scores</h2><div class=scroll><table><tr><th>Condition<th>Judge<th class=n>Score "
    yield "[95 %]<th class=n>Missing = 0<th class=n>Judged<th class=n>Samples<th class=n>Cost</tr>"
    for each in report.scored:
        yield (
            f"<tr><td>{_text(each.condition)}<td>{_text(each.judge or '–')}"
            f"<td class=n>{number(each.interval, report.benchmark)}"
            f"<td class=n>{number(each.interval_zero, report.benchmark)}"
            f"<td class=n>{each.left_out.n}<td class=n>{len(each.rows)}"
            f"<td class=n>${each.cost_usd:.2f}</tr>"
        )
    yield "</table></div>"
    for each in report.scored:
        if each.missing:
            reasons = "; ".join(f"{n} {_text(why)}" for why, n in each.missing.items())
            yield f"<p class=soft>Without marks in {_text(_name(each))}: {reasons}.</p>"


def _bars(report: Report) -> Iterator[str]:
    names = list(dict.fromkeys(n for each in report.scored for n in each.left_out.parts))
    if not names:
        return
    yield "<h2>By part</h2>"
    if len(report.scored) > 1:
        yield f"<p class=soft>From top to bottom: {_text(', '.join(map(_name, report.scored)))}</p>"
    places = digits(report.benchmark)
    for name in names:
        values = [(at, e.left_out.parts[name]) for at, e in enumerate(report.scored)
                  if name in e.left_out.parts]  # fmt: skip
        if any((part.value or 0.0) > report.benchmark.top for _, part in values):
            continue  # a number beside the score, such as calls; it stands in the Markdown report
        label = _text(name)
        for position, part in values:
            if part.value is None:
                continue
            share = max(0.0, min(100.0, 100 * part.value / report.benchmark.top))
            yield (
                f'<div class="bar{" b" if position % 2 else ""}{" first" if label else ""}">'
                f'<span>{label}</span><span class=rail title="{part.n} samples">'
                f'<i style="width:{share:.1f}%"></i></span>'
                f"<span>{part.value:.{places}f}</span></div>"
            )
            label = ""


def _comparison(report: Report, comparison: Comparison) -> Iterator[str]:
    between = comparison.difference
    judge = f" <span class=soft>(judge {_text(between.judge)})</span>" if between.judge else ""
    yield f"<h2>{_text(between.second)} compared to {_text(between.first)}{judge}</h2>"
    yield (
        f"<p>Difference {number(between.overall, report.benchmark)} over "
        f"{between.overall.n} pairs; "
        f"{between.wins} won, {between.losses} lost, {between.ties} even. With missing = 0: "
        f"{number(between.overall_zero, report.benchmark)}.</p>"
    )
    for title, pairs in (("wins", comparison.wins), ("losses", comparison.losses)):
        if pairs:
            yield f"<h2>Largest {title}</h2><div class=pairs>"
            for pair in pairs:
                yield from _pair(report, comparison, pair)
            yield "</div>"


def _pair(report: Report, comparison: Comparison, pair: Pair) -> Iterator[str]:
    places = digits(report.benchmark)
    side = "up" if pair.change > 0 else "down"
    yield (
        f"<div class=pair><h3><span class={side}>{pair.change:+.{places}f}</span> "
        f"{_text(pair.sample.prompt[:400])} <span class=soft>{_text(pair.sample.id)}"
        f"{_text(f', {pair.sample.kind}' if pair.sample.kind else '')}</span></h3><div class=sides>"
    )
    between = comparison.difference
    for name, record, picture, score in (
        (between.first, pair.before, pair.before_picture, pair.before_score),
        (between.second, pair.after, pair.after_picture, pair.after_score),
    ):
        yield f"<div><span class=soft>{_text(name)}: {score:.{places}f}</span>"
        yield picture_tag(picture, pair.sample.prompt)
        yield from _grounds(record)
        yield "</div>"
    yield "</div></div>"


def _grounds(record: Record | None) -> Iterator[str]:
    if record is None:
        return
    count = len(record.evidence)
    yield f"<details><summary>Prompt, {count} citation{'' if count == 1 else 's'}</summary>"
    yield f"<p>{_text(record.prompt[:2000])}</p><ol>"
    for each in record.evidence:
        mark = "" if each.get("holds", True) else f" ({_text(str(each.get('verdict', '')))})"
        passage = f": “{_text(str(each['passage'])[:300])}”" if each.get("passage") else ""
        yield f"<li>{_text(str(each.get('claim', '')))}{mark}{passage} "
        yield f"<span class=soft>{_text(str(each.get('url') or ''))}</span></li>"
    yield "</ol></details>"


def _published(report: Report) -> Iterator[str]:
    if not report.benchmark.published:
        return
    rows = [
        (_name(e), e.left_out.overall, f"this run, {e.left_out.n} judged", True)
        for e in report.scored
        if e.left_out.overall is not None
    ]
    rows += [(row.name, row.score, row.source, False) for row in report.benchmark.published]
    rows.sort(key=lambda row: -(row[1] or 0.0))
    yield "<h2>Beside published scores</h2><p class=soft>Published scores come from upstream’s "
    yield "judge; only runs with that judge compare to them.</p><div class=scroll><table>"
    for name, score, source, ours in rows:
        yield (
            f"<tr{' class=ours' if ours else ''}><td>{_text(name)}<td class=n>"
            f"{score:.{digits(report.benchmark)}f}<td class=soft>{_text(source)}</tr>"
        )
    yield "</table></div>"


def _agreement(report: Report) -> Iterator[str]:
    for judges, dimensions in report.agreements.items():
        yield f"<h2>Agreement of {_text(judges)}</h2><div class=scroll><table><tr><th>Dimension"
        yield "<th class=n>Marks<th class=n>The same<th class=n>Mean difference"
        yield "<th class=n>Weighted kappa</tr>"
        for name, each in dimensions.items():
            kappa = "–" if each.kappa is None else f"{each.kappa:.2f}"
            yield (
                f"<tr><td>{_text(name)}<td class=n>{each.n}<td class=n>{each.same:.0%}"
                f"<td class=n>{each.difference:.2f}<td class=n>{kappa}</tr>"
            )
        yield "</table></div>"


def _problems(report: Report) -> Iterator[str]:
    if not report.problems:
        return
    yield "<h2>Odd rows</h2><ul>"
    for kind, n in Counter(problem.kind for problem in report.problems).most_common():
        named = [p.where for p in report.problems if p.kind == kind][:SHOWN_PROBLEMS]
        yield f"<li>{_text(kind)}: {n} <span class=soft>{_text(', '.join(named))}</span></li>"
    yield "</ul>"


def _recipe(report: Report) -> Iterator[str]:
    recipe = report.recipe
    facts = {
        "Run": f"{recipe.run_id}, begun {recipe.started_at}",
        "Limner": f"{recipe.version}, commit {recipe.commit or 'unknown'}",
        "Data": f"SHA-256 {recipe.data_sha256}",
        **{str(name): str(value) for name, value in recipe.models.items()},
    }
    yield "<h2>Recipe</h2><div class=scroll><table>"
    for name, value in facts.items():
        yield f"<tr><td>{_text(name)}<td>{_text(value)}</tr>"
    yield "</table></div>"


def picture_tag(file: Path | None, alt: str) -> str:
    """A picture as it stands in a page, made small; words where it cannot be read."""
    data = _small(file)
    if data is None:
        return "<p class=soft>no picture</p>"
    plain = base64.b64encode(data).decode()
    return f'<img loading=lazy src="data:image/jpeg;base64,{plain}" alt="{_text(alt[:200])}">'


def _small(file: Path | None) -> bytes | None:
    """A small JPEG of one of our own pictures; None where it cannot be read."""
    if file is None:
        return None
    try:
        with Image.open(file) as image:
            small = image.convert("RGB")
            small.thumbnail((THUMBNAIL, THUMBNAIL))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=82)
            return out.getvalue()
    except (OSError, UnidentifiedImageError, ValueError):
        return None


def _name(each: Scored) -> str:
    return f"{each.condition} (judge {each.judge})" if each.judge else each.condition


def _text(value: str) -> str:
    return html.escape(value, quote=True)
