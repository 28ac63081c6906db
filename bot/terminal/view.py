"""Cards as lines of text: what the chats show, on the command line.

A card's words are safe to print: untrusted text has no control or direction characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.cards import phrases
from bot.cards.languages import in_language
from bot.cards.models import (
    Card,
    ChoiceCard,
    ErrorCard,
    EvidenceCard,
    EvidenceEntry,
    GalleryCard,
    IllustrationCard,
    JobEntry,
    JobsCard,
    LibraryCard,
    NoteCard,
    PicturesCard,
    ReferenceEntry,
    ResultCard,
    ReviewCard,
    SchedulesCard,
    SettingsCard,
    StatusCard,
    StoryCard,
)
from bot.marks import in_local_time
from bot.text import plain
from domain.requests import JobKind
from domain.translation.messages import gettext, joined, translated
from jobs.common.status_words import STATUS_WORDS

_KINDS = {
    JobKind.RERENDER: gettext("redrawn"),
    JobKind.RERESEARCH: gettext("researched again"),
}


def card_lines(card: Card, language: str | None = None) -> Iterator[str]:
    """A card as it is printed, in the language of a locale."""
    return (
        in_local_time(translated(line, language)) for line in _lines(in_language(card, language))
    )


def result_lines(
    card: ResultCard,
    evidence: EvidenceCard | None = None,
    paths: Sequence[str] = (),
    *,
    language: str | None = None,
) -> Iterator[str]:
    """The result of a job as text: pictures, sources, notes, and what to do next.

    ``evidence`` gives the citations with their passages instead of the sources in short; ``paths``
    are the files of the pictures.
    """
    translated_card = in_language(card, language)
    translated_evidence = in_language(evidence, language) if evidence is not None else None
    return (
        in_local_time(translated(line, language))
        for line in _result(translated_card, translated_evidence, paths)
    )


def _lines(card: Card) -> Iterator[str]:
    match card:
        case StatusCard():
            return _status(card)
        case ResultCard():
            return _result(card)
        case ReviewCard():
            return _review(card)
        case ChoiceCard():
            return _choice(card)
        case EvidenceCard():
            return _evidence_lines(card)
        case ErrorCard():
            return iter((card.text,))
        case NoteCard():
            page = gettext("Page:    {address}", address=card.address) if card.address else ""
            return iter((card.text, *card.lines, *([page] if page else [])))
        case JobsCard():
            return _jobs(card)
        case GalleryCard():
            return _gallery(card)
        case PicturesCard():
            return _pictures(card)
        case SettingsCard():
            return (f"{name}: {value}" for name, value in card.lines)
        case LibraryCard():
            return library_lines(card)
        case SchedulesCard():
            return _schedules(card)


def _result(
    card: ResultCard, evidence: EvidenceCard | None = None, paths: Sequence[str] = ()
) -> Iterator[str]:
    yield from paths
    yield from (picture.caption for picture in card.pictures)
    yield from (picture.compared for picture in card.pictures if picture.compared)
    if card.story is not None and evidence is None:
        yield from story_lines(card.story)
    cited = [*_citations(evidence)] if evidence is not None else [*_sources(card)]
    if cited:
        yield ""
        yield from cited
    yield from (gettext("Note: {told}", told=note) for note in card.notes)
    for picture in card.pictures:
        yield ""
        yield gettext("Redraw:  {command}", command=f"limner regenerate {picture.illustration_id}")
    if cited:
        yield gettext("Sources: {command}", command=f"limner sources {card.job_id}")
    if card.address:
        yield gettext("Page:    {address}", address=card.address)


def _evidence_lines(card: EvidenceCard) -> Iterator[str]:
    """The sources of pictures, in full: references, and citations with time, hash and address."""
    yield from map(_reference, card.references)
    yield from _citations(card, details=True)
    if not (card.references or card.entries):
        yield gettext("No research was done for this picture.")
    if card.address:
        yield gettext("Page:    {address}", address=card.address)


def story_lines(story: StoryCard) -> Iterator[str]:
    """A story of the news desk."""
    yield story.headline
    yield story.text
    yield f"({story.label})"
    if story.notice:
        yield story.notice


def library_lines(card: LibraryCard) -> Iterator[str]:
    """Items of the library, one in each line."""
    if not card.entries:
        yield gettext("The library is empty.")
    for item_id, title, rights in card.entries:
        yield f"{item_id}  {plain(title, most=80)} ({rights})"


def posted_lines(card: ResultCard) -> Iterator[str]:
    """A story of the news desk with the numbered sources of its words and its picture."""
    if card.story is not None:
        yield from story_lines(card.story)
        yield ""
        yield from _sources(card)


def _status(card: StatusCard) -> Iterator[str]:
    state = STATUS_WORDS[card.status].then("{:<11}".format)
    yield joined(card.job_id, "", state, plain(card.title, most=80))
    yield card.text
    yield from (f"  {step}" for step in card.steps)
    if card.thought:
        yield f"  {card.thought}"
    yield from (gettext("Note: {told}", told=note) for note in card.notes)


def _review(card: ReviewCard) -> Iterator[str]:
    job_id = card.result.job_id
    yield card.text
    yield from _result(card.result)
    if any(button.action.value == "approve" for button in card.buttons):
        yield gettext("Approve: {command}", command=f"limner approve {job_id}")
        yield gettext("Reject:  {command}", command=f"limner reject {job_id}")


def _choice(card: ChoiceCard) -> Iterator[str]:
    yield gettext("Waiting for someone to pick the reference images: {title}", title=card.title)
    yield from map(_reference, card.references)


def _jobs(card: JobsCard) -> Iterator[str]:
    if not card.entries:
        yield gettext("You have no jobs yet.")
    yield from map(_job, card.entries)


def _job(entry: JobEntry) -> str:
    kind = _KINDS.get(entry.kind)
    state = STATUS_WORDS[entry.status].then("{:<11}".format)
    title = plain(entry.title, most=80)
    marked = kind.then("({})".format) if kind is not None else ""
    return joined(f"{entry.job_id}  {entry.created} ", state, title, marked)


def _gallery(card: GalleryCard) -> Iterator[str]:
    if not card.pictures:
        yield gettext("No votes yet.")
    yield from map(_picture, card.pictures)


def _pictures(card: PicturesCard) -> Iterator[str]:
    if card.text:
        yield card.text
    yield from map(_picture, card.pictures)


def _picture(picture: IllustrationCard) -> str:
    votes = f"  {picture.votes}" if picture.votes else ""
    return f"{picture.illustration_id}  {picture.title}{votes}"


def _sources(card: ResultCard) -> Iterator[str]:
    for source in card.sources:
        numbers = "".join(f"[{number}]" for number in source.numbers)
        yield f"{numbers} {source.title}  {source.address or ''}".rstrip()


def _citations(card: EvidenceCard, *, details: bool = False) -> Iterator[str]:
    for entry in card.entries:
        yield from _citation(entry, details=details)
    if card.left_out:
        yield gettext("… and {number} more; use --json to see all.", number=card.left_out)


def _citation(entry: EvidenceEntry, *, details: bool) -> Iterator[str]:
    if entry.title is None:
        yield joined(f"[{entry.n}] {entry.claim}", phrases.NO_SOURCE.then("({})".format))
        return
    named = joined(entry.title, entry.doubt, by=", ")
    yield joined(f"[{entry.n}] {entry.claim}:", named, f"({entry.rights})")
    if entry.passage:
        yield f"    “{entry.passage}”"
    if details:
        yield joined("   ", entry.address or gettext("address too long to show; see --json"))
        yield gettext(
            "    fetched {time} from {provider}, sha256 {sha256}",
            time=entry.fetched,
            provider=entry.provider,
            sha256=entry.sha256,
        )


def _reference(entry: ReferenceEntry) -> str:
    named = phrases.reference_name(entry.number)
    return joined(named, f"{entry.title} ({entry.rights}), {entry.note}", by=": ")


def _schedules(card: SchedulesCard) -> Iterator[str]:
    """When schedules are due, and the outcome of the latest times."""
    if not card.entries:
        yield phrases.NO_SCHEDULES.format(command="`limner news add`")
    for entry in card.entries:
        yield f"{entry.schedule_id[-6:]}  {entry.name} ({entry.state}): {entry.about}"
        for when in entry.next_times[:3]:
            yield joined("       ", gettext("next {time}", time=when))
        for slot in entry.slots:
            yield f"        {slot}"
        yield from (f"          {line}" for line in entry.considered)
    if card.note:
        yield card.note
