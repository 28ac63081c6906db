"""Slack's newer kinds of blocks: tables, carousels, plans of tasks and buttons for feedback.

Not every workspace takes them, so each has another form in ``bot/slack/view/render.py``. Untrusted
text stands in ``plain_text``, ``raw_text`` and ``rich_text`` here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards.models import StatusCard, TaskEntry
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block

KINDS: Final = frozenset({"carousel", "context_actions", "plan", "table"})
TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20
TABLE_CHARS: Final = 9_000
"""Of all cells of a message; Slack refuses more than 10,000."""
CARDS: Final = 10
CARD_TITLE_CHARS: Final = 150
CARD_BODY_CHARS: Final = 200
TASK_TITLE_CHARS: Final = 200
"""Of a task's title; Slack refuses about 256."""
TASK_TEXT_CHARS: Final = 1_000
NOTHING: Final = "–"


def kinds_in(blocks: Sequence[Block]) -> frozenset[str]:
    """The newer kinds of blocks in a message."""
    return KINDS & {str(block["type"]) for block in blocks}


def table(rows: Sequence[Sequence[str]]) -> list[Block]:
    """A table whose first row holds the headings; of more rows than Slack takes the last ones are
    left out, with a note."""
    headings, *others = rows
    shown: list[list[Block]] = [[_cell(cell, bold=True) for cell in headings[:TABLE_COLUMNS]]]
    room = TABLE_CHARS - sum(map(len, headings))
    for row in others[: TABLE_ROWS - 1]:
        room -= sum(map(len, row))
        if room < 0:
            break
        shown.append([_cell(cell) for cell in row[:TABLE_COLUMNS]])
    left = len(others) - len(shown) + 1
    wrapped = [{"is_wrapped": True}] * len(shown[0])
    block = {"type": "table", "rows": shown, "column_settings": wrapped}
    return [block, *b.context(f"… (+{left})" if left else None)]


def _cell(text: str, *, bold: bool = False) -> Block:
    """A cell in which marks of times, people and channels are shown as Slack shows them."""
    if not text.strip():
        return {"type": "raw_text", "text": NOTHING}
    pieces = [b.words(text, bold=True)] if bold else b.parts(text)
    return {"type": "rich_text", "elements": [b.paragraph(*pieces)]}


def carousel(cards: Sequence[Block]) -> list[Block]:
    """Cards side by side, as many as Slack takes; no block where there are none."""
    return [{"type": "carousel", "elements": list(cards[:CARDS])}] if cards else []


def picture_card(
    file_id: str, *, alt_text: str, title: str, below: str, text: str, button: Block
) -> Block:
    """A card with a picture that was uploaded to Slack, for a carousel."""
    return {
        "type": "card",
        "hero_image": b.picture(file_id, alt_text=alt_text),
        "title": b.plain_text(title, CARD_TITLE_CHARS),
        **({"subtitle": b.plain_text(below, CARD_TITLE_CHARS)} if below.strip() else {}),
        **({"body": b.plain_text(text, CARD_BODY_CHARS)} if text.strip() else {}),
        "actions": [button],
    }


def feedback(action: str, good: tuple[str, str], bad: tuple[str, str]) -> list[Block]:
    """Thumbs up and down; ``good`` and ``bad`` are what each says to screen readers and the value
    that comes back when it is pressed."""
    buttons = {
        name: {
            "text": b.plain_text(sign, b.LABEL_CHARS),
            "accessibility_label": label[: b.LABEL_CHARS],
            "value": value,
        }
        for name, sign, (label, value) in (
            ("positive_button", "👍", good),
            ("negative_button", "👎", bad),
        )
    }
    element = {"type": "feedback_buttons", "action_id": action, **buttons}
    return [{"type": "context_actions", "elements": [element]}]


def plan(title: str, job_id: str, tasks: Sequence[TaskEntry], thought: str | None) -> list[Block]:
    """The steps of a job's research as tasks with their sources, and what is thought of just now as
    the task that goes on; no block where there is neither."""
    cards = [_task_card(job_id, task) for task in tasks]
    if thought:
        number = tasks[-1].number + 1 if tasks else 1
        cards.append(
            {
                "type": "task_card",
                "task_id": task_id(job_id, number),
                "title": b.cut(thought, TASK_TITLE_CHARS),
                "status": "in_progress",
            }
        )
    return [{"type": "plan", "title": title, "tasks": cards}] if cards else []


def task_updates(card: StatusCard) -> list[Block]:
    """The chunks of a stream that say how a job stands: what is done just now, and each step of its
    research. Their texts replace earlier ones of the same id, and stand in no markup."""
    now = {
        "type": "task_update",
        "id": task_id(card.job_id, 0),
        "title": b.cut(card.text, TASK_TITLE_CHARS) or NOTHING,
        "status": "in_progress",
    }
    done = [_task_update(card.job_id, task) for task in card.tasks]
    if not card.thought:
        return [now, *done]
    number = card.tasks[-1].number + 1 if card.tasks else 1
    thought = {
        "type": "task_update",
        "id": task_id(card.job_id, number),
        "title": b.cut(card.thought, TASK_TITLE_CHARS),
        "status": "in_progress",
    }
    return [now, *done, thought]


def _task_update(job_id: str, task: TaskEntry) -> Block:
    sources = _sources(task)
    return {
        "type": "task_update",
        "id": task_id(job_id, task.number),
        "title": b.cut(f"{task.title} {task.found}", TASK_TITLE_CHARS) or NOTHING,
        "status": "complete",
        **({"sources": sources} if sources else {}),
    }


def task_id(job_id: str, number: int) -> str:
    """The name of a step of a job; a message is known to be the job's by it."""
    return f"{job_id}.{number}"


def is_task_of(job_id: str, blocks: Sequence[Block]) -> bool:
    """Whether a plan of a message is that of a job."""
    tasks = [task for block in blocks if block.get("type") == "plan" for task in block["tasks"]]
    return any(str(task.get("task_id", "")).startswith(f"{job_id}.") for task in tasks)


def _task_card(job_id: str, task: TaskEntry) -> Block:
    sources = _sources(task)
    output = b.rich(b.paragraph(b.words(b.cut(task.found, TASK_TEXT_CHARS))))
    return {
        "type": "task_card",
        "task_id": task_id(job_id, task.number),
        "title": b.cut(task.title, TASK_TITLE_CHARS) or NOTHING,
        "status": "complete",
        **({"output": output[0]} if output else {}),
        **({"sources": sources} if sources else {}),
    }


def _sources(task: TaskEntry) -> list[Block]:
    links = [(b.web_address(one.address or ""), one.title) for one in task.sources]
    return [
        {"type": "url", "url": url, "text": b.cut(title, b.LABEL_CHARS) or url[: b.LABEL_CHARS]}
        for url, title in links
        if url
    ]
