"""Sentences that are translated later, where the reader is known.

A sentence is written in English where it arises and marked by ``gettext`` or ``ngettext``, so that
Babel finds it. What they give is a ``str``, the English sentence, for logs, tests and storage; the
edge that shows it to a person calls :func:`translated` with their language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from domain.translation.catalogue import DEFAULT, get_catalogue, language_of


class Translatable(str):
    """A text in English that can be given in other languages too."""

    __slots__ = ()

    def in_language(self, language: str) -> str:
        """The text in one of the languages of :func:`languages`; English where it has none."""
        raise NotImplementedError

    def then(self, change: Callable[[str], str]) -> Translatable:
        """The text with something done to it, whichever language it is given in."""
        return _Changed(self, change)


class Message(Translatable):
    """A template with the values that stand in it, which may be translatable themselves."""

    __slots__ = ("context", "number", "plural", "template", "values")
    template: str
    values: Mapping[str, object]
    plural: str | None
    number: int
    context: str | None

    def __new__(
        cls,
        template: str,
        values: Mapping[str, object],
        *,
        plural: str | None = None,
        count: int = 1,
        context: str | None = None,
    ) -> Self:
        """``plural`` is used in English where ``count`` is not 1; ``context`` distinguishes equal
        English words that other languages say differently."""
        english = template if plural is None or count == 1 else plural
        made = super().__new__(cls, english.format(**values) if values else english)
        made.template, made.values = template, values
        made.plural, made.number, made.context = plural, count, context
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return _message, (
            str(self.template),
            dict(self.values),
            self.plural,
            self.number,
            self.context,
        )

    def format(self, *_: object, **values: object) -> Message:
        """The message with these values in its template."""
        return Message(
            self.template, values, plural=self.plural, count=self.number, context=self.context
        )

    def in_language(self, language: str) -> str:
        """The template's translation with the values in it."""
        return _rendered(
            self.template,
            self.values,
            language,
            plural=self.plural,
            count=self.number,
            context=self.context,
        )


class _Joined(Translatable):
    """Several texts after one another."""

    __slots__ = ("_by", "_parts")
    _by: str
    _parts: tuple[str, ...]

    def __new__(cls, parts: tuple[str, ...], by: str) -> Self:
        made = super().__new__(cls, by.join(parts))
        made._parts, made._by = parts, by
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return str, (str(self),)

    def in_language(self, language: str) -> str:
        return self._by.join(translated(part, language) for part in self._parts)


class _Changed(Translatable):
    """A text that something was done to."""

    __slots__ = ("_change", "_text")
    _text: Translatable
    _change: Callable[[str], str]

    def __new__(cls, text: Translatable, change: Callable[[str], str]) -> Self:
        made = super().__new__(cls, change(str(text)))
        made._text, made._change = text, change
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return str, (str(self),)

    def in_language(self, language: str) -> str:
        return self._change(self._text.in_language(language))


class _Stored(Translatable):
    """A sentence that was kept as text: its template is looked for when it is shown."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return str, (str(self),)

    def in_language(self, language: str) -> str:
        parts = [
            _rendered(
                found.template,
                {
                    name: value if name in found.quoted else _value(value)
                    for name, value in found.values.items()
                },
                language,
                plural=found.plural,
                count=found.count,
            )
            if found.template is not None
            else found.text
            for found in get_catalogue(language).recognise(str(self))
        ]
        return " ".join(parts)


def gettext(template: str, /, **values: object) -> Message:
    """A sentence; ``{name}`` in it stands for a value, as in :meth:`str.format`."""
    return Message(template, values)


def ngettext(one: str, many: str, count: int, /, **values: object) -> Message:
    """A sentence about so many things; ``{count}`` in it is their number."""
    return Message(one, {"count": count, **values}, plural=many, count=count)


def pgettext(context: str, template: str, /, **values: object) -> Message:
    """A word whose meaning depends on its ``context``, because English has one word for several."""
    return Message(template, values, context=context)


def joined(*parts: str, by: str = " ") -> str:
    """The texts after one another without the empty ones; each stays translatable."""
    given = tuple(part for part in parts if part)
    return given[0] if len(given) == 1 else _Joined(given, by)


def stored(sentence: str) -> str:
    """A sentence of ours that was kept as text, such as why a job failed; never people's words."""
    return sentence if isinstance(sentence, Translatable) else _Stored(sentence)


def changed(text: str, change: Callable[[str], str]) -> str:
    """The text with something done to it; a translatable one stays so."""
    return text.then(change) if isinstance(text, Translatable) else change(text)


def translated(text: str, language: str | None) -> str:
    """The text in the language of a locale such as ``de-AT``, as far as a catalogue has it.

    People's own words stay as they are.
    """
    if not isinstance(text, Translatable):
        return text
    code = language_of(language)
    return str(text) if code == DEFAULT else text.in_language(code)


def _rendered(
    template: str,
    values: Mapping[str, object],
    language: str,
    *,
    plural: str | None,
    count: int,
    context: str | None = None,
) -> str:
    """A template in a language, in English where it has none, with these values."""
    catalogue = get_catalogue(language)
    if plural is None:
        english, found = template, catalogue.get(template, context)
    else:
        english = template if count == 1 else plural
        found = catalogue.get_plural(template, plural, count)
    if not values:
        return found or english
    filled_values = {name: _rendered_value(value, language) for name, value in values.items()}
    filled = catalogue.fill(found, filled_values) if found else None
    return filled or catalogue.fill(english, filled_values) or english


def _rendered_value(value: object, language: str) -> object:
    return value.in_language(language) if isinstance(value, Translatable) else value


def _value(value: str) -> str:
    """A value in a stored sentence: a sentence itself, or words that no template matches."""
    return value if value.isdigit() else _Stored(value)


def _message(
    template: str, values: dict[str, object], plural: str | None, count: int, context: str | None
) -> Message:
    return Message(template, values, plural=plural, count=count, context=context)
