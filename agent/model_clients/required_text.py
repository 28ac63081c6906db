"""The texts that a picture must show: those that a request quotes and asks to be written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_TEXT_CHARS = 80
MAX_TEXTS = 8

_QUOTED = re.compile(
    r"“([^“”„\n]+)”|„([^“”„\n]+)[“”]|«([^«»\n]+)»|»([^«»\n]+)«|‹([^‹›\n]+)›|「([^「」\n]+)」"
    r"|『([^『』\n]+)』|〝([^〝〞〟\n]+)[〞〟]|‘([^‘’\n]+(?:’\w[^‘’\n]*)*)’(?!\w)|‚([^‚‘’\n]+)[‘’]"
    r'|(?<![\w"])"([^"\n]+)"(?!\w)|＂([^＂\n]+)＂'
    r"|(?<![\w'])'((?:[^'\n]|(?<=\w)'(?=\w))+)'(?!\w)|(?<!`)`([^`\n]+)`"
)
_CLAUSE_END = re.compile(r"[.!?;。！？；\n]")

_NARROW = (
    r"sign(?:s|boards?|posts?)?|posters?|banners?|placards?|billboards?|(?:black|chalk|white)boards?"
    r"|labels?|stickers?|(?:t-?|sweat)?shirts?|hoodies?|mugs?|covers?|cards?|postcards?|plaques?"
    r"|bubbles?|tags?|tickets?|badges?|logos?|marquees?|tattoos?|graffiti|flyers?|headstones?"
    r"|tombstones?|gravestones?|invitations?|license plates?|schild\w*|plakat\w*|banner\w*"
    r"|spruchband|pancarte|panneau|enseigne|affiche|banderole|letrero|(?:un|el) cartel|cartello"
    r"|insegna|striscione|placa|cartaz|letreiro|faixa|bord|spandoek"
)
"""Things that carry readable text."""
_WIDE = (
    rf"{_NARROW}|walls?|doors?|windows?|screens?|displays?|books?|pages?|box(?:es)?|flags?|cakes?"
)
_STRONG = (
    r"\b(?:writ(?:e|es|ing|ten)|spell(?:s|ed|ing)?|letter(?:s|ing)|inscri\w+|engraved|captions?"
    r"|captioned|labell?ed|headlines?|slogans?|texts?|words?|phrase|heading|title|logo"
    r"|geschrieben|aufschrift|beschrift\w+|schriftzug|wort|worte|worten|titel|überschrift|inschrift"
    r"|steht|écrit\w*|inscrit\w*|mots?|texte|titre|légende|escrit\w+|texto|palabras?|título|lema"
    r"|rótulo|leyenda|scritt\w+|testo|parol[ae]|titolo|palavras?|legenda|geschreven|opschrift|tekst"
    r"|woord|woorden)\b"
    r"|写|寫|字样|字樣|文字|标题|標題|标语|標語|招牌|牌子|横幅|橫幅|書かれ|書い|看板|タイトル|ロゴ"
)
_WEAK = (
    r"\b(?:says?|saying|reads?|reading|shows?|showing|bear(?:s|ing)|titled|entitled|to|into"
    r"|sagt|lautet|dit|indiqu\w+|dice|dicen|diga|diz|dizendo|zegt)\b"
)
_BEFORE = re.compile(
    rf"(?:{_STRONG})[^.!?;\n]{{0,24}}$"
    rf"|\b(?:{_WIDE})\b[^.!?;\n]{{0,40}}(?:{_WEAK})\W{{0,4}}(?:the\s+)?$"
    rf"|\b(?:{_NARROW})\b\s*(?:with|mit|avec|con|com|met)?\s*:?\s*$",
    re.IGNORECASE,
)
_SIGNING = re.compile(r"(?<!\w)(?:\w+s|to|will|would|not|and)\s+signs?\s*$", re.IGNORECASE)
"""“Ministers sign "historic" deal”."""
_AFTER = re.compile(
    r"^\W{0,3}(?:(?:is|are|was|steht|est)\s+)?(?:clearly\s+|boldly\s+)?"
    r"(?:written|painted|printed|engraved|carved|spelled|embroidered|geschrieben|écrit\w*|escrit\w+"
    r"|scritt\w+|geschreven|steht"
    rf"|in\s+(?:[\w-]+\s+){{0,3}}(?:letters|lettering|type|font|script|handwriting|calligraphy)\b"
    rf"|(?:(?:neon|wooden|road|street|shop|metal|big|small|large)\s+)?"
    rf"(?:{_NARROW}|lettering|text|caption|headline|title|slogan)\b"
    rf"|(?:on|across|over|above|auf|sur|en|su|em|op)\s+(?:[\w']+\s+){{1,3}}(?:{_NARROW})\b"
    r"|写在|寫在|字样|字樣|[两兩二三四五六几幾]个?個?大?字|的(?:招牌|牌子|横幅|橫幅|标语|標語|字)"
    r"|と(?:大きく)?(?:書|記)|という(?:文字|看板|タイトル|ロゴ)|の(?:文字|看板|ロゴ))",
    re.IGNORECASE,
)
_UNWANTED = re.compile(
    r"\b(?:no|not|never|without|don['’]t|ohne|kein\w*|nicht|sans|pas|sin|senza|sem|zonder|geen|niet)"
    r"\b(?=[^,]{0,30}$)|\bfrom\s*$|\bchange(?=\s*$|\s+the\b)"
    r"|\b(?:remov\w+|erase|delete|replace|instead of|except|entfern\w*|ersetz\w*|statt|supprim\w+"
    r"|remplac\w+|quitar?|elimin\w+|reemplaz\w+|cambia\w*|rimuov\w+|sostitui\w+|substitu\w+"
    r"|verwijder\w*|vervang\w*)\b|没有|沒有|不要|去掉|删|刪",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?:with|to|by|into|but|mit|durch|zu|sondern|avec|par|mais|con|por|pero|ma|com|mas|met|door"
    r"|maar)\b|改成|改为|改為|换成|換成|成",
    re.IGNORECASE,
)
_UNWANTED_AFTER = re.compile(
    r"^\s*(?:\w+\s+){0,2}(?:should|must|may|do|does|is)\s*(?:not|n['’]t)\b|^\s*(?:be )?removed\b"
    r"|^\W*(?:改|换|換|去掉|删|刪)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"^\W*(?:(?:and|then|below|above|und|et|y|e|en|和|与|及|と)\W*){0,2}$")


def folded(text: str) -> str:
    """The text without what does not matter in comparing: case, spaces, punctuation, width."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in plain if unicodedata.category(c)[0] in "LMN")


def required_texts(request: str, prompt: str) -> tuple[str, ...]:
    """The texts that must be written in the picture, in the order of the request.

    That is what ``request`` quotes and asks to be written, and what ``prompt``, which was made from
    it, does, where its words stand in the request too. At most 8 texts of up to 80 characters;
    titles and sayings that are only quoted are none.
    """
    asked, wanted = folded(request), dict[str, str]()
    unwanted: set[str] = set()
    for text in (request, prompt):
        for quote in _quotes(text):
            key = folded(quote.text)
            if not quote.wanted:
                unwanted |= {key} if quote.wanted is False else set()
            elif key and key in asked and len(quote.text) <= MAX_TEXT_CHARS:
                wanted.setdefault(key, quote.text)
    return tuple(text for key, text in wanted.items() if key not in unwanted)[:MAX_TEXTS]


@dataclass(frozen=True, slots=True)
class _Quote:
    """``wanted`` is None where the text is only quoted, False where it must not be there."""

    text: str
    wanted: bool | None


def _quotes(text: str) -> Iterator[_Quote]:
    end, last = 0, None
    found = list(_QUOTED.finditer(text))
    for number, match in enumerate(found):
        inside = next(group for group in match.groups() if group is not None)
        if match[0][0] in "\"'" and inside != inside.strip():  # 5" x 7"
            continue
        following = found[number + 1].start() if number + 1 < len(found) else len(text)
        between = text[end : match.start()]
        wanted = _is_wanted(between, text[match.end() : following], last)
        yield _Quote(" ".join(inside.split()), wanted)
        end, last = match.end(), wanted


def _is_wanted(between: str, after: str, last: bool | None) -> bool | None:
    before = _CLAUSE_END.split(between)[-1]
    continues = before == between
    refused = [m.end() for m in _UNWANTED.finditer(before)]
    if refused and not _INSTEAD.search(before, refused[-1]):
        return False
    if _UNWANTED_AFTER.search(after):
        return False
    if continues and last is False and _INSTEAD.search(before):
        return True
    if continues and last is not None and _BETWEEN.search(before):
        return last
    if _BEFORE.search(before) and not _SIGNING.search(before):
        return True
    if _AFTER.search(_CLAUSE_END.split(after)[0]):
        return True
    return None
