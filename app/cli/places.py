"""Input and output of the command line: standard input, pictures and paths."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from domain.errors import InvalidRequest, UnusableReference
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.translation.messages import gettext
from jobs.services.attachments import MAX_ATTACHMENT_BYTES

MAX_INPUT_BYTES = 1_000_000


def read_prompt() -> str:
    """The prompt from standard input.

    Raises:
        InvalidRequest: There is no standard input, or it is no text of a usable length.
    """

    def refuse(why: str) -> InvalidRequest:
        return InvalidRequest(
            gettext("The prompt on standard input {why}.", why=why), field="prompt"
        )

    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise refuse(gettext("is closed; pass it as an argument"))
    try:
        data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise refuse(gettext("can't be read; pass it as an argument")) from error
    if len(data) > MAX_INPUT_BYTES:
        raise refuse(
            gettext(
                "is larger than 1 MB; shorten it to {max_prompt_chars:,} characters",
                max_prompt_chars=MAX_PROMPT_CHARS,
            )
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(gettext("is not UTF-8 text; convert it first")) from error


def read_picture(name: str) -> bytes:
    """The bytes of a file that is brought as a reference, or of a pipe.

    Raises:
        UnusableReference: It cannot be read, or is too large; the message says why.
    """
    path = _from_home(name)
    try:
        if path.is_dir():
            raise UnusableReference(name, gettext("it is a folder"))
        with path.open("rb") as file:
            data = file.read(MAX_ATTACHMENT_BYTES + 1)
    except FileNotFoundError:
        raise UnusableReference(name, gettext("the file doesn't exist")) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or gettext("its name isn't valid")
        raise UnusableReference(name, gettext("it can't be read ({why})", why=why)) from error
    if len(data) > MAX_ATTACHMENT_BYTES:
        raise UnusableReference(
            name,
            gettext(
                "it is larger than {max_attachment_bytes} MB",
                max_attachment_bytes=MAX_ATTACHMENT_BYTES // 1_000_000,
            ),
        )
    return data


def writable_path(name: str) -> Path:
    """The whole path of a picture to be written; a file that is there will be replaced.

    Raises:
        InvalidRequest: A picture cannot be written there; the message says why.
    """
    path = _from_home(name).absolute()

    def refuse(why: str) -> InvalidRequest:
        return InvalidRequest(
            gettext("The picture can't be saved to {path!r}: {why}.", path=str(path), why=why),
            field="out",
        )

    try:
        str(path).encode()
        if path.is_dir():
            raise refuse(gettext("it is a folder; name a file in it"))
        if not path.parent.is_dir():
            raise refuse(gettext("its folder doesn't exist"))
    except UnicodeEncodeError as error:
        raise refuse(gettext("its name isn't UTF-8; choose another")) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name isn't valid"
        raise refuse(f"{why[:1].lower()}{why[1:]}") from error
    if path.exists() and not path.is_file():
        raise refuse(gettext("it isn't a regular file"))
    if not os.access(path.parent, os.W_OK):
        raise refuse(gettext("its folder isn't writable"))
    return path


def _from_home(name: str) -> Path:
    path = Path(name)
    try:
        return path.expanduser()
    except RuntimeError:  # there is no home of a user of that name
        return path
