"""The grounded prompt: the requester's words, what is known about each subject, and how each
reference image is to be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.research.borrowing import Borrowed, borrow
from agent.research.evidence import Finding
from agent.research.subject_models import Subject
from agent.research.subjects import without_addresses
from domain.ordinals import mention
from domain.requests import MAX_REFERENCES, Request
from domain.research import Evidence, GroundedPrompt, Reference, Source
from domain.translation.messages import gettext


@dataclass(frozen=True, slots=True)
class Grounds:
    """What was found for one subject."""

    subject: Subject
    findings: tuple[Finding, ...] = field(default=())
    picture: Source | None = None


def ground(request: Request, grounds: Sequence[Grounds], *, edits: bool = False) -> GroundedPrompt:
    """Write the prompt with its references and its numbered evidence.

    The requester's own pictures come first, then one picture for each subject, five in all; with
    ``edits`` the very first is the picture that the request changes. The prompt speaks of "the
    first reference image" and so on, never of an id or an address.
    """
    references, uses = brought(request, edits=edits)
    evidence: list[Evidence] = []
    facts: list[str] = []
    for ground_ in grounds:
        subject = ground_.subject.text[:1].upper() + ground_.subject.text[1:]
        for finding in ground_.findings:
            evidence.append(
                Evidence(
                    n=len(evidence) + 1,
                    claim=_claim(ground_.subject.text, looks=finding.visual),
                    source_id=finding.source.id,
                    passage=finding.passage.text,
                    passage_start=finding.passage.start,
                )
            )
            facts.append(f"{subject}: {_sentence(finding.passage.text)}")
        picture = ground_.picture
        if picture is not None and len(references) < MAX_REFERENCES:
            image = mention(len(references) + 1)
            borrowed = borrow(ground_.subject, ground_.findings)
            uses.append(
                f"Use the {image} for the appearance of {ground_.subject.text}. "
                f"Copy {borrowed.taken} from the {image}, not {borrowed.left}."
            )
            references.append(_found(picture, ground_.subject.text, borrowed))
            evidence.append(
                Evidence(
                    n=len(evidence) + 1,
                    claim=_claim(ground_.subject.text, looks=True),
                    source_id=picture.id,
                )
            )
    asked = _sentence(without_addresses(request.prompt))
    parts = [f"{CHANGE} {asked}" if edits else asked]
    if request.style:
        parts.append(f"Style: {_sentence(request.style)}")
    text = "\n".join(part for part in (*parts, *facts, *uses) if part)
    text = text or _sentence(request.prompt)
    return GroundedPrompt(text=text, references=tuple(references), evidence=tuple(evidence))


CHANGE = f"Change the {mention(1)}, and keep everything else in it as it is:"


def brought(request: Request, *, edits: bool) -> tuple[list[Reference], list[str]]:
    """The requester's own pictures as references, and a sentence on the use of each; with ``edits``
    the first is the picture that the request changes, which needs none."""
    references: list[Reference] = []
    uses: list[str] = []
    for number, attachment in enumerate(request.attachments, 1):
        changed = edits and number == 1
        references.append(
            Reference(
                img_id=f"ASK_{number:03d}",
                sha256=attachment.sha256,
                note=gettext("the original picture")
                if changed
                else gettext("provided by the requester"),
                title=attachment.name,
            )
        )
        if not changed:
            uses.append(f"Use the {mention(number)} as the requester's own model.")
    return references, uses


def _claim(subject: str, *, looks: bool) -> str:
    """What a source was cited for, as people read it."""
    return (
        gettext("What {subject} looks like", subject=subject)
        if looks
        else gettext("About {subject}", subject=subject)
    )


def _found(picture: Source, subject: str, borrowed: Borrowed) -> Reference:
    return Reference(
        img_id=picture.img_id or picture.id,
        sha256=picture.sha256,
        note=gettext(
            "the appearance of {subject}: {taken}; not {left}",
            subject=subject,
            taken=borrowed.taken,
            left=borrowed.left,
        ),
        title=picture.title,
        source_id=picture.id,
        subject=subject,
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return (
        text
        if not text or text.endswith((".", "!", "?", "…", "。", "！", "？", ":"))
        else f"{text}."
    )
