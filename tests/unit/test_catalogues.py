"""The catalogues have every sentence that people see, and the source has none beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import domain.errors
from tests.fakes.languages import PACKAGES, ROOT, extracted

FILES = sorted((ROOT / "domain" / "translation").glob("*.po"))
MARKS = ("gettext", "ngettext", "pgettext")
READ_HERE = ("bot/cards", "bot/discord", "bot/messages", "bot/slack", "bot/terminal")
"""The place of a sentence in quotation marks that people read."""
NOT_FOR_PEOPLE = re.compile(
    r"bot/(discord|slack)/checkup|bot/slack/inbound/(http|oauth)|bot/slack/payloads"
)
"""Sentences that only the operator, or Slack's servers, read."""


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def _fields(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in Formatter().parse(text) if name}


def _pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each English form with the translations that stand for it."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
        return
    one, many = message.id
    for translation in message.string or ():
        yield (one if _fields(translation) == _fields(one) else many), str(translation)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_catalogue_has_every_sentence_and_no_other(path: Path) -> None:
    known = {(m.context, m.id): m for m in _catalogue(path) if m.id}
    wanted = {(m.context, m.id): m for m in extracted() if m.id}
    missing = [
        (message.id, message.locations[:1]) for key, message in wanted.items() if key not in known
    ]
    assert missing == [], "run `make translations`, then translate what is new"
    assert sorted(map(str, known.keys() - wanted.keys())) == [], "run `make translations`"
    assert [m.id for m in known.values() if m.fuzzy] == []
    untranslated = [m.id for m in known.values() if not all(text for _, text in _pairs(m))]
    assert untranslated == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_translations_have_the_values_of_their_sentence(path: Path) -> None:
    for message in _catalogue(path):
        if not message.id:
            continue
        for english, translation in _pairs(message):
            assert _fields(translation) == _fields(english), translation
            assert "  " not in translation.strip() or "  " in english, translation
            assert english[:1].isspace() == translation[:1].isspace(), translation
            assert english.endswith(".") == translation.endswith((".", ".“")), translation
    assert _catalogue(path).num_plurals >= 1


def _sources() -> Iterator[tuple[str, str]]:
    """Each file of the packages by its place, and what stands there."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _calls_of(names: Collection[str]) -> Iterator[tuple[str, ast.Call]]:
    """The calls of functions of these names, with their files; no other file is parsed."""
    written = re.compile(rf"\b({'|'.join(names)})\(")
    for place, text in _sources():
        if written.search(text):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and _name(node) in names:
                    yield place, node


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def test_marked_sentences_are_whole_and_have_their_values() -> None:
    for place, call in _calls_of(MARKS):
        if not isinstance(call.func, ast.Name):
            continue
        texts = [a.value for a in call.args if isinstance(a, ast.Constant)]
        at = f"{place}:{call.lineno}"
        assert texts, f"{at}: what is marked must be written out, so that Babel finds it"
        if any(keyword.arg is None for keyword in call.keywords):
            continue  # a mapping: it is seen when the sentence is made
        given = {keyword.arg for keyword in call.keywords if keyword.arg}
        given |= {"count"} if _name(call) == "ngettext" else set()
        if call.keywords or _name(call) == "ngettext":
            wanted = set[str]().union(*(_fields(str(text)) for text in texts))
            assert wanted <= given, at
            assert given - {"count"} <= wanted, at


def _is_sentence(node: ast.AST) -> bool:
    """Whether it is a sentence: two words with a blank between them."""
    match node:
        case ast.Constant(value=str(text)):
            return re.search(r"[A-Za-z']{2,}[,.:;]? [A-Za-z]{2,}", text) is not None
        case ast.JoinedStr(values=parts):
            return any(_is_sentence(part) for part in parts)
        case ast.BinOp(left=left, right=right):
            return _is_sentence(left) or _is_sentence(right)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_sentence(body) or _is_sentence(orelse)
        case _:
            return False


def test_errors_are_raised_with_sentences_of_the_catalogue() -> None:
    errors = {
        name
        for name, kind in vars(domain.errors).items()
        if isinstance(kind, type) and issubclass(kind, domain.errors.LimnerError)
    }
    found = [
        f"{place}:{call.lineno}"
        for place, call in _calls_of(errors - {"NotFound"})  # which has a table of its kinds
        if not place.startswith(("app/cli/evaluate", "app/cli/train"))  # for developers
        and any(_is_sentence(value) for value in (*call.args, *(k.value for k in call.keywords)))
    ]
    assert found == []


def _loose(node: ast.AST) -> Iterator[ast.expr]:
    """Sentences in a piece of code that are no docstring, log or part of the catalogue."""
    if isinstance(node, ast.Call) and _name(node) in (
        *(*MARKS, "warning", "info", "error", "exception", "cast", "compile", "AssertionError"),
        *("owned", "start", "TypeAdapter"),
    ):
        return
    if isinstance(node, ast.Expr | ast.Assert | ast.Subscript | ast.AnnAssign):
        inner = node.value if isinstance(node, ast.Expr | ast.AnnAssign) else None
        if inner is None or isinstance(inner, ast.Constant):
            return
        node = inner
        yield from _loose(node)
        return
    if isinstance(node, ast.keyword) and node.arg == "name":  # of a task
        return
    if isinstance(node, ast.expr) and _is_sentence(node):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _loose(child)


def test_what_the_surfaces_show_stands_in_the_catalogue() -> None:
    found = [
        f"{place}:{node.lineno}: {ast.unparse(node)[:80]}"
        for place, text in _sources()
        if place.startswith(READ_HERE) and not NOT_FOR_PEOPLE.match(place)
        for node in _loose(ast.parse(text))
    ]
    commands = ("/illustrate", "/news", "/job", "/library", "`limner", "`/")
    assert [line for line in found if not any(f"'{a}" in line for a in commands)] == []
