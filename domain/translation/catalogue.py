"""The languages of Limner, and their catalogues, each read when it is first needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from gettext import c2py
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any, Final

from domain.translation.matching import Found, Templates
from domain.translation.po import Entry, read_entries

DEFAULT: Final = "en"
"""The language that sentences are written in."""
_SUFFIX: Final = ".po"
_PLURAL: Final = re.compile(r"plural\s*=\s*([^;\n]+)")
_GERMANIC: Final = "n != 1"


class Catalogue:
    """The translations of one language."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """``entries`` as a file has them; those that a translator must look at again are as good as
        missing."""
        header = next((e.translations.get(0, "") for e in entries if e.one == ""), "")
        rule = _PLURAL.search(header)
        self._form = c2py(rule[1].strip() if rule else _GERMANIC)
        kept = [entry for entry in entries if entry.one and not entry.fuzzy]
        self._texts: Mapping[tuple[str | None, str], Entry] = {
            (entry.context, entry.one or ""): entry for entry in kept
        }
        self._templates: Templates | None = None

    def get(self, template: str, context: str | None = None) -> str | None:
        """The translation of a template; None where there is none."""
        entry = self._texts.get((context, template))
        return (entry.translations.get(0) or None) if entry is not None else None

    def get_plural(self, one: str, many: str, count: int) -> str | None:
        """The translation for a number of things; None where there is none."""
        entry = self._texts.get((None, one))
        if entry is None or entry.many != many:
            return None
        return entry.translations.get(self._form(abs(count))) or None

    def fill(self, template: str, values: Mapping[str, object]) -> str | None:
        """A template with its values; None where it asks for others."""
        try:
            return _FORMATTER.vformat(template, (), values)
        except (LookupError, ValueError, AttributeError):
            return None

    def recognise(self, text: str) -> Sequence[Found]:
        """The templates of the sentences in a text that was kept, in their order."""
        if self._templates is None:
            self._templates = Templates(
                (one, entry.many) for (context, one), entry in self._texts.items() if not context
            )
        return self._templates.recognise(text)


class _Formatter(Formatter):
    """Formats values that were numbers once and are text now, out of a stored sentence, as text."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return value if isinstance(value, str) else str(format(value, format_spec))


_FORMATTER: Final = _Formatter()


def folder() -> Traversable:
    """The folder of the catalogues: one file for each language, such as ``de.po`` or
    ``pt_BR.po``."""
    return files("domain.translation")


@cache
def languages() -> tuple[str, ...]:
    """The languages, English first."""
    names = (place.name for place in folder().iterdir())
    found = sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))
    return (DEFAULT, *found)


@cache
def get_catalogue(language: str) -> Catalogue:
    """The catalogue of one of the :func:`languages`; an empty one for English."""
    if language == DEFAULT:
        return Catalogue(())
    text = (folder() / f"{language}{_SUFFIX}").read_text(encoding="utf-8")
    return Catalogue(tuple(read_entries(text)))


def language_of(locale: str | None) -> str:
    """Our language for a locale such as ``de-AT`` or ``de_DE.UTF-8``; English where there is
    none."""
    wanted = (locale or DEFAULT).partition(".")[0].partition("@")[0].replace("-", "_").lower()
    known = {language.lower(): language for language in languages()}
    return known.get(wanted) or known.get(wanted.partition("_")[0], DEFAULT)
