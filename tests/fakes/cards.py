"""Any card that could be, for properties: every field filled with untrusted text."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.buttons import Button
from bot.cards import models
from bot.text import plain
from domain.research import EvidenceVerdict

NASTY = (
    "@everyone", "<@&123456789>", "<@1>", "<#5>", "# x", "> q", "- l", "1. n", "||s||", "```", "`",
    "[a](https://evil.example)", "https://evil.example/@everyone", "</x:1>", "<t:0:R>", "**", "_a_",
    "\\", "\\\\", "🦊" * 40, "👩‍🚀", "ä" * 300, "x" * 4000, "word " * 500,
)  # fmt: skip
"""Texts that try to mention, to break out, or to be too long."""


def texts(most: int) -> st.SearchStrategy[str]:
    """One safe line as ``bot/cards/builders.py`` makes them, at most so long."""
    wild = st.text(max_size=60) | st.sampled_from(NASTY)
    return st.lists(wild, max_size=12).map(lambda parts: plain(" ".join(parts), most=most))


title, text = texts(models.MAX_TITLE_CHARS), texts(models.MAX_TEXT_CHARS)
short = texts(120)
maybe = st.none() | text

ids = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)
shas = st.text("0123456789abcdef", min_size=64, max_size=64)
addresses = st.none() | st.sampled_from(
    ["https://en.wikipedia.org/wiki/A_(b)", "library:1", "https://x.example/" + "a" * 480,
     "javascript:alert(1)", "https://[", "https://x.example/a b)](https://evil.example)<@1>"]
) | texts(models.MAX_ADDRESS_CHARS)  # fmt: skip
many = st.lists(text, max_size=models.MAX_STEPS).map(tuple)
buttons = st.lists(st.builds(Button), max_size=12).map(tuple)

illustration = st.builds(
    models.IllustrationCard, illustration_id=ids, job_id=ids, title=title, sha256=shas,
    alt_text=texts(models.MAX_ALT_TEXT_CHARS), caption=text, compared=maybe, checked=maybe,
    votes=maybe,
)  # fmt: skip
reference = st.builds(
    models.ReferenceEntry, number=st.integers(1, 9), title=short, rights=text, note=text,
    address=addresses, sha256=shas,
)  # fmt: skip
references = st.lists(reference, max_size=7, unique_by=lambda r: r.number).map(tuple)
verdicts = st.sampled_from(EvidenceVerdict)
entry = st.builds(
    models.EvidenceEntry, n=st.integers(1, 99), claim=text, verdict=verdicts,
    title=st.none() | short, rights=maybe, passage=maybe, address=addresses, provider=maybe,
    fetched=st.none() | short, sha256=st.none() | shas,
)  # fmt: skip
source = st.builds(
    models.SourceLine, numbers=st.lists(st.integers(1, 99), max_size=30).map(tuple), title=short,
    address=addresses,
)  # fmt: skip
result = st.builds(
    models.ResultCard, job_id=ids, title=title, asked_by=short,
    pictures=st.lists(illustration, max_size=4).map(tuple),
    sources=st.lists(source, max_size=50).map(tuple), notes=many, buttons=buttons,
)  # fmt: skip
task = st.builds(
    models.TaskEntry, number=st.integers(1, 99), title=title, found=title,
    sources=st.lists(st.builds(models.TaskSource, title=short, address=addresses), max_size=5)
    .map(tuple),
)  # fmt: skip
rows = st.integers(1, 6).flatmap(
    lambda columns: st.lists(st.tuples(*[texts(200)] * columns), max_size=models.MAX_ENTRIES).map(
        tuple
    )
)
job = st.builds(models.JobEntry, job_id=ids, title=title, created=short)

every_card: st.SearchStrategy[models.Card] = st.one_of(
    st.builds(
        models.StatusCard, job_id=ids, title=title, text=text, notes=many, buttons=buttons,
        steps=st.lists(title, max_size=models.MAX_STEPS).map(tuple), thought=maybe,
        tasks=st.lists(task, max_size=models.MAX_STEPS, unique_by=lambda t: t.number).map(tuple),
        progress=st.none() | st.floats(0, 1),
    ),
    result,
    st.builds(models.ReviewCard, result=result, text=text, buttons=buttons),
    st.builds(
        models.ChoiceCard, job_id=ids, title=title, references=references, until=short,
        buttons=buttons,
    ),
    st.builds(
        models.EvidenceCard, job_id=ids, title=title, references=references,
        entries=st.lists(entry, max_size=models.MAX_ENTRIES).map(tuple), notes=many,
    ),
    st.builds(models.ErrorCard, text=text, title=title),
    st.builds(
        models.NoteCard, text=text, calls=st.sampled_from(("", "42", "U0ANN")),
        lines=st.lists(text, max_size=models.MAX_ENTRIES).map(tuple),
        rows=rows,
    ),
    st.builds(models.JobsCard, entries=st.lists(job, max_size=models.MAX_ENTRIES).map(tuple)),
    st.builds(models.GalleryCard, pictures=st.lists(illustration, max_size=12).map(tuple)),
    st.builds(
        models.PicturesCard, job_id=ids, text=text, buttons=buttons,
        pictures=st.lists(illustration, max_size=12).map(tuple),
    ),
    st.builds(
        models.SettingsCard, title=title,
        lines=st.lists(st.tuples(short, texts(200)), max_size=30).map(tuple),
    ),
    st.builds(
        models.LibraryCard, buttons=buttons,
        entries=st.lists(
            st.tuples(ids, short, texts(200)), max_size=models.MAX_ENTRIES
        ).map(tuple),
    ),
)  # fmt: skip
"""All kinds of cards."""
