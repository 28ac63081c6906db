"""The files and folders that a library can be filled from."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from domain.errors import InvalidRequest
from domain.translation.messages import gettext

PICTURE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
PAGE_TYPES = frozenset(
    {"application/pdf", "text/plain", "text/markdown", "text/html", "application/xhtml+xml"}
)
MAX_FILE_BYTES = 20_000_000
MAX_FILES = 5_000


def usable_files(source: str) -> list[Path]:
    """The file, or the usable files below the folder. Raises ``InvalidRequest``."""
    path = Path(source).expanduser()
    try:
        if path.is_file():
            return [path]
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.is_file() and _known(p))
            if len(found) > MAX_FILES:
                raise InvalidRequest(
                    (
                        gettext(
                            "{path!r} holds {count:,} files; add folders with at most "
                            "{max_files:,}.",
                            path=str(path),
                            count=len(found),
                            max_files=MAX_FILES,
                        )
                    ),
                    field="source",
                )
            if found:
                return found
            raise InvalidRequest(
                (
                    gettext(
                        "{path!r} has nothing to add; put pictures (PNG, JPEG, WebP, GIF) "
                        "or texts (txt, md, html) there.",
                        path=str(path),
                    )
                ),
                field="source",
            )
    except OSError as error:
        raise InvalidRequest(
            gettext("{path!r} can't be read: {strerror}.", path=str(path), strerror=error.strerror),
            field="source",
        ) from error
    raise InvalidRequest(
        gettext("{path!r} isn't a file, a folder or an http(s) address.", path=str(path)),
        field="source",
    )


def read_file(path: Path) -> bytes:
    """What a file holds. Raises ``InvalidRequest``."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidRequest(
                gettext(
                    "{name!r} is larger than {max_file_bytes} MB.",
                    name=path.name,
                    max_file_bytes=MAX_FILE_BYTES // 1_000_000,
                ),
                field="source",
            )
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(
            gettext("{path!r} can't be read: {strerror}.", path=str(path), strerror=error.strerror),
            field="source",
        ) from error


def _known(path: Path) -> bool:
    return not path.name.startswith(".") and media_type_of(path) in PICTURE_TYPES | PAGE_TYPES


def media_type_of(path: Path) -> str:
    """The media type by the name of a file; empty where it is not known."""
    known = {".md": "text/markdown", ".webp": "image/webp"}
    return known.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or ""
