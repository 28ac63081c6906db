"""Numbered references in many languages: "the second reference image", "第二张参考图", "Bild 2".

A form is a pattern in which ``@`` stands for the number's word, and the nine words that can stand
there, in one inflection. A mention is renumbered by putting another word of the same form in its
place, so that the text stays in its language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

COUNT = 9
"""Pictures that can be counted."""
_CHINESE = "一 二 三 四 五 六 七 八 九"
_DIGITS = "1 2 3 4 5 6 7 8 9"
_WIDE = "１ ２ ３ ４ ５ ６ ７ ８ ９"
_SCRIPTS = (
    (r"[\u3040-\u30ff]", "@枚目"),
    (r"[\u4e00-\u9fff]", "第"),
    (r"[\uac00-\ud7a3]", "@ 번째"),
    (r"[\u0400-\u04ff]", "изображение"),
    (r"[\u0600-\u06ff]", "الصورة"),
    (r"[\u0900-\u097f]", "@ संदर्भ"),
)
"""Letters of a script, the rarer first, and how what is written in it begins."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name the picture with a number.

    ``strict`` says that the picture is a reference, ``bare`` only that it is a picture, which may
    be one that the prompt describes. ``written`` is the strict form to write in place of a bare
    one. In the patterns ``@`` is the number's word; they are regular expressions otherwise.
    """

    words: tuple[str, ...]
    strict: str
    bare: str = ""
    written: str = ""
    suffix: str = ""
    """The ending that makes a bare form a strict one where the noun's ending must stay."""

    def written_for(self, number: int) -> str:
        """The strict form with that number."""
        return self.written.replace("@", self.words[number - 1])


@dataclass(frozen=True, eq=False)
class Family:
    """The forms of a few languages; ``hint`` is found in every text that holds one of them, and is
    looked for first because it costs less."""

    hint: re.Pattern[str]
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A number that a text mentions, from ``start`` to ``end``; its word stands between
    ``word_start`` and ``word_end``."""

    number: int
    start: int
    end: int
    form: Form
    is_strict: bool
    word_start: int
    word_end: int

    def renumbered(self, text: str, number: int) -> str:
        """The mention as it stands in ``text``, with another number."""
        old_word = text[self.word_start : self.word_end]
        word = self.form.words[number - 1]
        if old_word[:1].isupper() and not old_word.isupper():
            word = word[:1].upper() + word[1:]
        return text[self.start : self.word_start] + word + text[self.word_end : self.end]


def mentions(text: str, *, bare: bool = False) -> list[Mention]:
    """The mentions of numbered references in a text, in its order; with ``bare`` also mentions of
    numbered pictures that are not called references."""
    found = [
        m for family in FAMILIES if family.hint.search(text) for m in _of(family, text, bare=bare)
    ]
    return sorted(found, key=lambda mention: mention.start)


def _of(family: Family, text: str, *, bare: bool) -> list[Mention]:
    pattern, forms = _compiled(family, bare=bare)
    found: list[Mention] = []
    for match in pattern.finditer(text):
        kind = match.lastgroup or ""
        (form, is_strict), word = forms[kind], f"w{kind[1:]}"
        spelled = match[word].casefold()
        number = next(n for n, w in enumerate(form.words, 1) if w.casefold() == spelled)
        found.append(Mention(number, *match.span(), form, is_strict, *match.span(word)))
    return found


def form_for(text: str) -> Form | None:
    """The form in which a text mentions references, or else that of its script; None where that is
    the Latin one."""
    found = mentions(text)
    if found:
        return found[0].form
    for script, start in _SCRIPTS:
        if re.search(script, text):
            return next(form for form in FORMS if form.written.startswith(start))
    return None


def written(mention: Mention, text: str) -> str:
    """A bare mention as the strict one of its language."""
    if mention.form.suffix:
        return text[mention.start : mention.end] + mention.form.suffix
    new_word = mention.form.written_for(mention.number)
    return new_word[:1].upper() + new_word[1:] if text[mention.start].isupper() else new_word


@cache
def _compiled(
    family: Family, *, bare: bool
) -> tuple[re.Pattern[str], dict[str, tuple[Form, bool]]]:
    forms: dict[str, tuple[Form, bool]] = {}
    parts: list[str] = []
    for form in family.forms:
        patterns = [form.strict, *([form.bare] if bare and form.bare else ())]
        for pattern in patterns:
            name = f"f{len(forms)}"
            forms[name] = (form, pattern == form.strict)
            words = "|".join(re.escape(w) for w in sorted(form.words, key=len, reverse=True))
            word = f"(?P<w{name[1:]}>{words})"
            parts.append(f"(?P<{name}>{pattern.replace('@', word)})")
    return re.compile("|".join(parts), re.IGNORECASE), forms


def _form(words: str, strict: str, bare: str = "", written: str = "", suffix: str = "") -> Form:
    split = tuple(words.split())
    if len(split) != COUNT:
        raise ValueError(f"{words!r} does not count to {COUNT}")
    return Form(split, strict, bare, written, suffix)


def _before(words: str, noun: str, reference: str, written: str, suffix: str = "") -> Form:
    """A form with its number before the noun; ``reference`` is the noun that says so."""
    return _form(words, rf"(?<!\w)@\s+{reference}", rf"(?<!\w)@\s+{noun}(?!\w)", written, suffix)


def _counted(noun: str, reference: str, written: str) -> Form:
    """A form with a figure behind the noun: "Image 2", "Bild 2"."""
    gap = r"\s*(?:[#№]|n[or°º]\.?|number|número|numéro|nummer)?\s*"
    figure = rf"{gap}@(?![\d\w]|[.,]\d|\s*(?:x|×)\s*\d)"
    return _form(_DIGITS, rf"(?<!\w){reference}{figure}", rf"(?<!\w){noun}{figure}", written)


def _romance() -> Sequence[Form]:
    spanish = r"(?:imagen|foto|fotografía)"
    portuguese = r"(?:imagem|foto|fotografia)"
    french = r"(?:image|photo|illustration)"
    italian = r"(?:immagine|foto|fotografia|figura)"
    es, pt = rf"{spanish}\s+de\s+referencia", rf"{portuguese}\s+de\s+referência"
    fr, it = rf"{french}\s+de\s+référence", rf"{italian}\s+di\s+riferimento"
    feminine = {
        "es": "primera segunda tercera cuarta quinta sexta séptima octava novena",
        "pt": "primeira segunda terceira quarta quinta sexta sétima oitava nona",
        "fr": "première deuxième troisième quatrième cinquième sixième septième huitième neuvième",
        "fr2": "première seconde troisième quatrième cinquième sixième septième huitième neuvième",
        "fr3": "1re 2e 3e 4e 5e 6e 7e 8e 9e",
        "it": "prima seconda terza quarta quinta sesta settima ottava nona",
        "ª": "1ª 2ª 3ª 4ª 5ª 6ª 7ª 8ª 9ª",
    }
    return (
        _before(feminine["es"], spanish, es, "@ imagen de referencia"),
        _before(feminine["pt"], portuguese, pt, "@ imagem de referência"),
        _before(feminine["fr"], french, fr, "@ image de référence"),
        _before(feminine["fr2"], french, fr, "@ image de référence"),
        _before(feminine["fr3"], french, fr, "@ image de référence"),
        _before(feminine["it"], italian, it, "@ immagine di riferimento"),
        _before(feminine["ª"], portuguese, pt, "@ imagem de referência"),
        _before(feminine["ª"], spanish, es, "@ imagen de referencia"),
        _before(feminine["ª"], italian, it, "@ immagine di riferimento"),
        _counted(spanish, es, "imagen de referencia @"),
        _counted(portuguese, pt, "imagem de referência @"),
        _counted(french, fr, "image de référence @"),
        _counted(italian, it, "immagine di riferimento @"),
    )


def _germanic() -> Sequence[Form]:
    noun = r"(?:Bild(?:es|e|s)?|Foto(?:s)?|Abbildung|Aufnahme)"
    reference = r"(?:Referenz(?:bild(?:es|e|s)?|foto(?:s)?|abbildung)|Vorlage(?:bild|foto)?)"
    stems = ("erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt")
    forms = [
        _before(" ".join(s + ending for s in stems), noun, reference, "@ Referenzbild")
        for ending in ("e", "en", "em", "er", "es")
    ]
    dotted = "1. 2. 3. 4. 5. 6. 7. 8. 9."
    forms.append(_before(dotted, noun, reference, "@ Referenzbild"))
    forms.append(_counted(noun, reference, "Referenzbild @"))
    dutch = "eerste tweede derde vierde vijfde zesde zevende achtste negende"
    dutch_noun, dutch_reference = (
        r"(?:afbeelding|foto|beeld)",
        r"referentie(?:afbeelding|foto|beeld)",
    )
    forms.append(_before(dutch, dutch_noun, dutch_reference, "@ referentieafbeelding"))
    forms.append(_counted(dutch_noun, dutch_reference, "referentieafbeelding @"))
    swedish = "första andra tredje fjärde femte sjätte sjunde åttonde nionde"
    forms.append(_before(swedish, r"bilden", r"referensbilden", "@ referensbilden"))
    forms.append(_counted(r"bild(?:en)?", r"referensbild(?:en)?", "referensbild @"))
    return forms


def _slavic() -> Sequence[Form]:
    noun = (
        r"(?:изображени(?:е|и|я|ю|ем)|картинк(?:а|е|и|у|ой)|фото(?:графи(?:я|и|ю|ей))?"
        r"|рисун(?:ок|ке|ка))"
    )
    adjective = r"(?:референсн\w+|опорн\w+|эталонн\w+|справочн\w+)"
    reference = rf"(?:{adjective}\s+{noun}|{noun}[- ]референс\w*|референс\w*(?:[- ]изображени\w+)?)"
    series = (
        "первое второе третье четвёртое пятое шестое седьмое восьмое девятое",
        "первом втором третьем четвёртом пятом шестом седьмом восьмом девятом",
        "первого второго третьего четвёртого пятого шестого седьмого восьмого девятого",
        "первому второму третьему четвёртому пятому шестому седьмому восьмому девятому",
        "первым вторым третьим четвёртым пятым шестым седьмым восьмым девятым",
        "первый второй третий четвёртый пятый шестой седьмой восьмой девятый",
        "первая вторая третья четвёртая пятая шестая седьмая восьмая девятая",
        "первую вторую третью четвёртую пятую шестую седьмую восьмую девятую",
        "первой второй третьей четвёртой пятой шестой седьмой восьмой девятой",
    )
    written = "@ изображение-референс"
    forms = [_before(words, noun, reference, written, "-референс") for words in series]
    forms.append(_counted(noun, reference, "изображение-референс @"))
    polish = (
        "pierwszy drugi trzeci czwarty piąty szósty siódmy ósmy dziewiąty",
        "pierwszego drugiego trzeciego czwartego piątego szóstego siódmego ósmego dziewiątego",
        "pierwszym drugim trzecim czwartym piątym szóstym siódmym ósmym dziewiątym",
        "pierwsze drugie trzecie czwarte piąte szóste siódme ósme dziewiąte",
    )
    obraz = r"(?:obraz(?:u|ie|em)?|zdjęci(?:e|a|u|em))"
    forms += [
        _before(words, obraz, rf"{obraz}\s+referencyjn\w+", "@ obraz referencyjny", " referencyjne")
        for words in polish
    ]
    forms.append(_counted(obraz, rf"{obraz}\s+referencyjn\w+", "obraz referencyjny @"))
    return forms


def _east_asian() -> Sequence[Form]:
    picture = r"(?:图(?:像|片|中)?|圖(?:像|片)?|照片|相片|影像)"
    reference = r"(?:参考(?:图(?:像|片)?|照片)|參考(?:圖(?:像|片)?|照片|影像)|参照图)"
    measure = r"\s*(?:张|幅|个|張|個|号|號)?\s*"
    forms: list[Form] = []
    for words in (_CHINESE, _DIGITS, _WIDE):
        among = "".join(words.split())
        further = rf"(?=\s*(?:、|和|与|及|跟|，|與)\s*第[{among}]{measure}{reference})"
        forms += [
            _form(
                words,
                rf"第\s*@{measure}(?:{reference}|{further})",
                rf"第\s*@\s*(?:(?:张|幅|張)(?!\w{{0,12}}?{picture})(?:的)?|{measure}{picture})",
                "第@张参考图",
            ),
            _form(words, rf"{reference}\s*@(?!\d)", rf"{picture}\s*@(?!\d)", "参考图@"),
        ]
    image = r"(?:画像|写真|イメージ|絵|図)"
    referenced = (
        r"(?:参[考照](?:用)?の?(?:画像|写真|イメージ|図)|リファレンス(?:画像|写真|イメージ)?)"
    )
    for words in (_DIGITS, _WIDE, _CHINESE):
        forms += [
            _form(
                words,
                rf"第?@\s*(?:枚|番|つ|点)\s*目?の{referenced}",
                rf"第?@\s*(?:枚|番|つ|点)\s*目?の{image}",
                "@枚目の参考画像",
            ),
            _form(words, rf"{referenced}\s*@(?!\d)", rf"{image}\s*@(?!\d)", "参考画像@"),
        ]
    korean = "첫 두 세 네 다섯 여섯 일곱 여덟 아홉"
    hangul, hangul_reference = (
        r"(?:이미지|사진|그림)",
        r"(?:참[고조]\s*(?:용\s*)?(?:이미지|사진|그림)|레퍼런스(?:\s*이미지)?)",
    )
    for words in (korean, _DIGITS):
        forms.append(
            _form(
                words,
                rf"(?<!\w)@\s*번째\s*{hangul_reference}",
                rf"(?<!\w)@\s*번째\s*{hangul}",
                "@ 번째 참고 이미지",
            )
        )
    forms.append(
        _form(_DIGITS, rf"{hangul_reference}\s*@(?!\d)", rf"{hangul}\s*@(?!\d)", "참고 이미지 @")
    )
    return forms


def _others() -> Sequence[Form]:
    turkish = "birinci ikinci üçüncü dördüncü beşinci altıncı yedinci sekizinci dokuzuncu"
    gorsel = r"(?:görsel\w*|resim\w*|fotoğraf\w*)"
    vietnamese = "nhất hai ba tư năm sáu bảy tám chín"
    anh, anh_reference = (
        r"(?:hình\s+ảnh|hình|ảnh)",
        r"(?:hình\s+ảnh|hình|ảnh)\s+tham\s+(?:chiếu|khảo)",
    )
    indonesian = "pertama kedua ketiga keempat kelima keenam ketujuh kedelapan kesembilan"
    arabic = "الأولى الثانية الثالثة الرابعة الخامسة السادسة السابعة الثامنة التاسعة"
    hindi = "पहली दूसरी तीसरी चौथी पाँचवीं छठी सातवीं आठवीं नौवीं"
    return (
        _before(turkish, gorsel, rf"referans\s+{gorsel}", "@ referans görsel"),
        _form(
            vietnamese,
            rf"(?<!\w){anh_reference}\s+thứ\s+@(?!\w)",
            rf"(?<!\w){anh}\s+thứ\s+@(?!\w)",
            "hình ảnh tham chiếu thứ @",
        ),
        _counted(anh, anh_reference, "hình ảnh tham chiếu @"),
        _form(
            indonesian,
            r"(?<!\w)(?:gambar|foto)\s+referensi\s+@(?!\w)",
            r"(?<!\w)(?:gambar|foto)\s+@(?!\w)",
            "gambar referensi @",
        ),
        _counted(r"gambar", r"gambar\s+referensi", "gambar referensi @"),
        _form(arabic, r"الصورة\s+المرجعية\s+@", r"الصورة\s+@", "الصورة المرجعية @"),
        _form(hindi, r"@\s+संदर्भ\s+(?:छवि|चित्र|तस्वीर)", r"@\s+(?:छवि|तस्वीर)", "@ संदर्भ छवि"),
    )


def _family(hint: str, forms: Sequence[Form]) -> Family:
    return Family(re.compile(hint, re.IGNORECASE), tuple(forms))


FAMILIES: tuple[Family, ...] = (
    _family(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]", _east_asian()),
    _family(
        r"imagen|imagem|immagin|figura|fot[oó]|ième|première|seconde|\b[1-9]r?e\b|\bde\s+référence"
        r"|(?:image|photo|illustration)\W{0,3}(?:n[or°º]\W{0,2}|num[eé]ro\s+)?[1-9]",
        _romance(),
    ),
    _family(r"bild|foto|abbildung|aufnahme|vorlage|afbeelding|beeld", _germanic()),
    _family(r"[\u0400-\u04ff]|obraz|zdjęci", _slavic()),
    _family(r"görsel|resi?m|fotoğraf|ảnh|hình|gambar|foto|[\u0600-\u06ff\u0900-\u097f]", _others()),
)
"""Of every language but English, whose mentions are all written alike (see ``domain.ordinals``)."""
FORMS: tuple[Form, ...] = tuple(form for family in FAMILIES for form in family.forms)
