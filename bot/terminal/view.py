"""Cards as lines of text: what the chats show, on the command line.

A card's words are safe to print: whatever strangers wrote has no control or direction characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from bot.text import plain
from domain.requests import JobKind

_KINDS = {JobKind.RERENDER: " (redrawn)", JobKind.RERESEARCH: " (researched again)"}


def card_lines(card: Card) -> Iterator[str]:
    """A card as it is printed."""
    match card:
        case StatusCard():
            return _status(card)
        case ResultCard():
            return result_lines(card)
        case ReviewCard():
            return _review(card)
        case ChoiceCard():
            return _choice(card)
        case EvidenceCard():
            return evidence_lines(card)
        case ErrorCard():
            return iter((card.text,))
        case NoteCard():
            return iter((card.text, *card.lines))
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


def result_lines(
    card: ResultCard, evidence: EvidenceCard | None = None, paths: Sequence[str] = ()
) -> Iterator[str]:
    """What a person reads when a job is done: pictures, sources, notes, and how to go on.

    ``evidence`` gives the citations with their passages instead of the sources in short; ``paths``
    are the files of the pictures.
    """
    yield from paths
    yield from (picture.compared for picture in card.pictures if picture.compared)
    if card.story is not None and evidence is None:
        yield from story_lines(card.story)
    cited = [*_citations(evidence)] if evidence is not None else [*_sources(card)]
    if cited:
        yield ""
        yield from cited
    yield from (f"Note: {note}" for note in card.notes)
    for picture in card.pictures:
        yield ""
        yield f"Redraw:  limner regenerate {picture.illustration_id}"
    if cited:
        yield f"Sources: limner sources {card.job_id}"
    if card.address:
        yield f"Page:    {card.address}"


def evidence_lines(card: EvidenceCard) -> Iterator[str]:
    """What pictures rest on, in full: references, and citations with time, hash and address."""
    yield from map(_reference, card.references)
    yield from _citations(card, details=True)
    if not (card.references or card.entries):
        yield "No research was done for this picture."
    if card.address:
        yield f"Page: {card.address}"


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
        yield "The library is empty."
    for item_id, title, rights in card.entries:
        yield f"{item_id}  {plain(title, most=80)} ({rights})"


def posted_lines(card: ResultCard) -> Iterator[str]:
    """A story of the news desk with the numbered sources of its words and its picture."""
    if card.story is not None:
        yield from story_lines(card.story)
        yield ""
        yield from _sources(card)


def _status(card: StatusCard) -> Iterator[str]:
    yield f"{card.job_id}  {card.status.value:<11} {plain(card.title, most=80)}"
    yield card.text
    yield from (f"  {step}" for step in card.steps)
    if card.thought:
        yield f"  {card.thought}"
    yield from (f"Note: {note}" for note in card.notes)


def _review(card: ReviewCard) -> Iterator[str]:
    job_id = card.result.job_id
    yield card.text
    yield from result_lines(card.result)
    if any(button.deed.value == "approve" for button in card.buttons):
        yield f"Approve: limner approve {job_id}"
        yield f"Reject:  limner reject {job_id}"


def _choice(card: ChoiceCard) -> Iterator[str]:
    yield f"Waiting for someone to pick the reference images: {card.title}"
    yield from map(_reference, card.references)


def _jobs(card: JobsCard) -> Iterator[str]:
    if not card.entries:
        yield "You have no jobs yet."
    yield from map(_job, card.entries)


def _job(entry: JobEntry) -> str:
    kind = _KINDS.get(entry.kind, "")
    title = plain(entry.title, most=80)
    return f"{entry.job_id}  {entry.created}  {entry.status.value:<11} {title}{kind}"


def _gallery(card: GalleryCard) -> Iterator[str]:
    if not card.pictures:
        yield "No votes yet."
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
        yield f"… and {card.left_out} more; use --json to see all."


def _citation(entry: EvidenceEntry, *, details: bool) -> Iterator[str]:
    if entry.title is None:
        yield f"[{entry.n}] {entry.claim} (no source found)"
        return
    doubt = f", {entry.doubt}" if entry.doubt else ""
    yield f"[{entry.n}] {entry.claim}: {entry.title}{doubt} ({entry.rights})"
    if entry.passage:
        yield f"    “{entry.passage}”"
    if details:
        yield f"    {entry.address or 'address too long to show; see --json'}"
        yield f"    fetched {entry.fetched} from {entry.provider}, sha256 {entry.sha256}"


def _reference(entry: ReferenceEntry) -> str:
    return f"Reference {entry.number}: {entry.title} ({entry.rights}), {entry.note}"


def _schedules(card: SchedulesCard) -> Iterator[str]:
    """When schedules come up, and what became of the latest times."""
    if not card.entries:
        yield "No schedules yet. Create one with `limner news add`."
    for entry in card.entries:
        yield f"{entry.schedule_id[-6:]}  {entry.name} ({entry.state}): {entry.about}"
        for when in entry.next_times[:3]:
            yield f"        next {when}"
        for slot in entry.slots:
            yield f"        {slot}"
