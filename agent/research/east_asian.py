"""What a request in Chinese, Japanese or Korean speaks of, whose words must be cut out first."""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Final

from agent.language.frequencies import get_zipf
from agent.language.tagging import TaggedWord, WordKind, cut_into_words
from agent.people import find_people
from agent.research.vocabulary import PICTURE_WORDS

_KEPT: Final = frozenset({WordKind.NAME, WordKind.NOUN, WordKind.NUMBER})
_SPACE = re.compile(r"[\s、，。！？・,;；:：]")
_KANJI = re.compile(r"[\u3400-\u9fff]")
_KATAKANA = re.compile(r"[\u30a0-\u30ff]+")
_FOREIGN = re.compile(r"[\u30a1-\u30fa\u30fc]+(?:[・＝=][\u30a1-\u30fa\u30fc]+)+")
_HIRAGANA = re.compile(r"[\u3041-\u3096]{4,}")
_HIRAGANA_SIGN = re.compile(r"[\u3041-\u3096]")
_HIRAGANA_WORD = re.compile(r"[\u3041-\u3096]{2,}")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z]")
_MONUMENT: Final = ("寺", "神社", "城", "塔", "宮", "殿", "院", "橋", "駅", "館")
"""Endings of Japanese names of places; a rare word with one is a name."""
_PICTURES: Final = frozenset(
    """
    照片 画 图 图片 海报 肖像 插画 水彩画 油画 风格 样子 场景 鸟瞰图 剖面图 封面 素描 绘画 画面
    电影 海報 圖片 圖 畫 風格 場景 電影 写真 絵 絵画 油絵 水彩画 肖像画 イラスト ポスター
    映画 風 スケッチ 浮世絵 様子 瞬間 図
    그림 사진 이미지 포스터 수채화 유화 스케치 일러스트 풍경 풍경화 장면 모습 초상화 만화 영화
    스타일
    """.split()
)
"""What a picture is called in these languages, which is never what it shows."""
_PLACES: Final = frozenset(
    """
    前 上 下 中 横 隣 後ろ 左 右 間 奥 外 内 周り 近く 方 そば 旁 里
    앞 위 아래 옆 뒤 안 밖 속 사이
    """.split()
)
"""Nouns that say where something is."""
_KOREAN_WORKS: Final = frozenset({"영화", "드라마", "소설", "게임", "애니메이션", "뮤지컬"})
"""Film, drama, novel, game …; a rarer noun right behind one is a title."""
_LOOK_QUESTION = re.compile(
    r"(?P<thing>[^，。！？、,?!\s]{2,12}?)"
    r"(?:(?:到底|究竟|原来)?[长長]得?(?:什么样|什麼樣|啥样|怎样|怎么样)"
    r"|(?:って|は)(?:本当は)?(?:どんな|どういう)(?:見た目|姿|形|顔|外見)"
    r"|[은는이가]\s?(?:실제로\s?)?어떻게\s?생겼)"
)
"""Questions how something looks, which is looked up even where its name is a common word."""
_SERIES: Final = "系型号號"
"""What stands behind the number of a series."""
MOST_PARTS: Final = 4
"""Words into which the dictionary may cut a known name."""
_COMMON_SIGN: Final = 4.6
"""Zipf frequency from which a single Chinese sign is a word of its own."""
_COMMON_THING: Final = 4.1
_RARE_CHINESE: Final = 2.0
_CHINESE_WORK = re.compile(r"\w{3,}[图圖记記传傳赋賦经經]")
"""Titles of old paintings and books: 清明上河图."""
_COMMON_KOREAN: Final = 4.2
_RARE_JAPANESE: Final = 2.6
_COMMON_JAPANESE: Final = 3.5
_RARE_BEFORE_KIND: Final = 3.0


def find_east_asian(text: str, language: str) -> list[tuple[str, bool, int, bool]]:
    """The things of a text as (text, named, start, person): runs of nouns, named where one is a
    name; ``person`` where it is somebody's."""
    words = _with_foreign_names(cut_into_words(text, language), text)
    if language == "zh":
        words = _with_chinese_names(words, text)
    asked = _asked_looks(text)
    people = [p for p in find_people(text, language) if p.known or p.score >= 0.8]
    found: list[tuple[str, bool, int, bool]] = []
    run: list[TaggedWord] = []
    for word in [*words, None]:
        if word is not None and _continues(word, run, text):
            run.append(word)
            continue
        found += _things(run, text, language, people=[p.text for p in people], asked=asked)
        run = [word] if word is not None and _begins(word) else []
    return found


def _with_foreign_names(words: Sequence[TaggedWord], text: str) -> list[TaggedWord]:
    """The words with foreign names in Katakana, whose parts a dot joins, as one each."""
    found = [(m.start(), m.end()) for m in _FOREIGN.finditer(text)]
    kept = [w for w in words if not any(start <= w.start < end for start, end in found)]
    names = [TaggedWord(text[start:end], start, WordKind.NAME) for start, end in found]
    return sorted([*kept, *names], key=lambda word: word.start)


def _with_chinese_names(words: Sequence[TaggedWord], text: str) -> list[TaggedWord]:
    """The words with known names that the dictionary cuts into parts, and with given names of rare
    signs behind a family name, as one each: 冰墩墩, 屠呦呦."""
    kept = list(words)
    joined: list[TaggedWord] = []
    while kept:
        count = _count_joined(kept, text)
        first = kept[0]
        if count > 1:
            end = kept[count - 1].start + len(kept[count - 1].text)
            first = TaggedWord(text[first.start : end], first.start, WordKind.NAME)
        joined.append(first)
        kept = kept[count:]
    return joined


def _count_joined(words: Sequence[TaggedWord], text: str) -> int:
    """How many of the words from the first one on are one name."""
    for count in range(min(MOST_PARTS, len(words)), 1, -1):
        last = words[count - 1]
        whole = text[words[0].start : last.start + len(last.text)]
        if len(whole) > 2 and whole in _listed("chinese_names.txt"):
            return count
    family = words[0]
    if family.kind is not WordKind.NAME or len(family.text) > 1:
        return 1
    count = 1
    for word in words[1:3]:
        adjacent = text[family.start + count] == word.text[0]
        if not adjacent or len(word.text) > 1 or get_zipf(word.text, "zh") >= _COMMON_SIGN:
            break
        count += 1
    return count


def _asked_looks(text: str) -> range:
    """Where the thing stands whose looks a request asks for."""
    match = _LOOK_QUESTION.search(text)
    return range(*match.span("thing")) if match else range(0)


def _begins(word: TaggedWord) -> bool:
    title = _CHINESE_WORK.fullmatch(word.text) is not None and word.kind is WordKind.OTHER
    return word.kind in _KEPT or title or bool(_LATIN.search(word.text))


def _continues(word: TaggedWord, run: Sequence[TaggedWord], text: str) -> bool:
    if not run:
        return _begins(word)
    last = run[-1]
    between = text[last.start + len(last.text) : word.start]
    blank_joins = bool(
        _HANGUL.search(last.text + word.text) or _LATIN.search(last.text + word.text)
    )
    tied = not between or (between.isspace() and blank_joins)
    return bool(tied) and _begins(word)


def _things(
    run: Sequence[TaggedWord],
    whole: str,
    language: str,
    *,
    people: Sequence[str],
    asked: range,
) -> list[tuple[str, bool, int, bool]]:
    run = list(run)
    while run and (run[-1].text in _PICTURES or run[-1].text in PICTURE_WORDS):
        run.pop()
    while run and (
        run[0].text in _PICTURES
        or (
            run[0].kind is WordKind.NUMBER
            and not _is_date(run[0].text)
            and len(run) > 1
            and run[1].kind is not WordKind.NAME
        )
    ):
        run.pop(0)
    while run and run[-1].text in _PLACES:
        run.pop()
    if not run:
        return []
    text = _text_of(run, whole)
    if text.isdigit():
        return []
    named = [
        n
        for n, word in enumerate(run)
        if _is_name(word, language, people)
        or (word.start in asked and get_zipf(word.text, language) < _COMMON_THING)
        or _is_monument(run, n, language)
        or _is_model(run, n, whole, language)
        or _is_foreign_place(run, n, language)
        or _is_korean_work(run, n)
        or _is_coined(run, n, language)
    ]
    if named:
        first = named[0]
        if _is_model(run, first, whole, language):
            first = 0 if language == "ja" else first - 1
        while first and (_is_date(run[first - 1].text) or run[first - 1].text in ("年", "년")):
            first -= 1
        # Korean joins nouns by blanks without end; the first behind a name tells its kind.
        run = run[first : named[-1] + 2] if language == "ko" else run[first:]
        text = _text_of(run, whole)
    person = any(word.text in name for name in people for word in run if len(word.text) > 1)
    return [(text, bool(named), run[0].start, person)]


def _text_of(run: Sequence[TaggedWord], whole: str) -> str:
    """The words as they stand in the text; in Korean and between Latin words with their blanks."""
    return whole[run[0].start : run[-1].start + len(run[-1].text)]


def _is_monument(run: Sequence[TaggedWord], number: int, language: str) -> bool:
    """Whether a rare word stands before the kind of a building: 金閣寺."""
    if language != "ja" or number + 1 >= len(run) or run[number + 1].text not in _MONUMENT:
        return False
    return get_zipf(run[number].text, language) < _RARE_BEFORE_KIND


def _is_foreign_place(run: Sequence[TaggedWord], number: int, language: str) -> bool:
    """Whether a rare word in Katakana stands before another one: ドジャースタジアム."""
    if language != "ja" or number + 1 >= len(run):
        return False
    first, second = run[number].text, run[number + 1].text
    both = _KATAKANA.fullmatch(first) and _KATAKANA.fullmatch(second)
    return bool(both) and len(first) > 2 and get_zipf(first, language) < _RARE_JAPANESE


def _is_coined(run: Sequence[TaggedWord], number: int, language: str) -> bool:
    """Whether a word in Hiragana stands right before one in Katakana, as in the names that are made
    up for mascots: くまモン."""
    if language != "ja" or number + 1 >= len(run):
        return False
    first, second = run[number], run[number + 1]
    short = bool(_HIRAGANA_WORD.fullmatch(first.text)) and len(second.text) <= len(first.text) + 1
    return short and bool(_KATAKANA.fullmatch(second.text)) and first.kind is WordKind.NOUN


def _is_korean_work(run: Sequence[TaggedWord], number: int) -> bool:
    """Whether a noun stands behind the kind of a work, whose title it is: 영화 기생충."""
    plain = run[number].text
    told = number > 0 and run[number - 1].text in _KOREAN_WORKS and plain not in _PICTURES
    return told and get_zipf(plain, "ko") < _COMMON_KOREAN


def _is_model(run: Sequence[TaggedWord], number: int, whole: str, language: str) -> bool:
    """Whether it is the number of a series: 新幹線0系, スバル360. One that a counter follows counts
    things."""
    word = run[number]
    if not number or not word.text.isdigit():
        return False
    following = whole[word.start + len(word.text) :][:1]
    if following in _SERIES and following:
        return True
    before = run[number - 1].text
    ends = not following or _HIRAGANA_SIGN.match(following) is not None
    return language == "ja" and len(word.text) > 1 and bool(_KATAKANA.fullmatch(before)) and ends


def _is_date(text: str) -> bool:
    plain = text.rstrip("年년")
    return plain.isdigit() and len(plain) == 4


def _is_name(word: TaggedWord, language: str, people: Sequence[str]) -> bool:
    plain = word.text
    if any(plain in person or person in plain for person in people if len(plain) > 1):
        return True
    if _LATIN.search(plain):
        return any(map(str.isdigit, plain)) or plain[0].isupper()
    if len(plain) < 2:
        return False
    if language == "zh":
        if plain in _listed("chinese_common.txt"):
            return False
        rare = word.kind is WordKind.NOUN and 0 < get_zipf(plain, "zh") <= _RARE_CHINESE
        rare = rare or (word.kind is WordKind.OTHER and bool(_CHINESE_WORK.fullmatch(plain)))
        return word.kind is WordKind.NAME or rare or plain in _listed("chinese_names.txt")
    if word.kind is WordKind.NAME or language == "ko":
        return word.kind is WordKind.NAME
    if word.kind is WordKind.NOUN and _HIRAGANA.fullmatch(plain) and not get_zipf(plain, "ja"):
        return True
    return (
        word.kind is WordKind.NOUN
        and not _is_joined(plain)
        and get_zipf(plain, language) < _RARE_JAPANESE
        and (bool(_KATAKANA.fullmatch(plain)) and len(plain) > 4)
    )


def _is_joined(plain: str) -> bool:
    """Whether a word in Katakana is put together of two common ones: スケートボード."""
    return any(
        get_zipf(plain[:cut], "ja") >= _COMMON_JAPANESE
        and get_zipf(plain[cut:], "ja") >= _COMMON_JAPANESE
        for cut in range(2, len(plain) - 1)
    )


@lru_cache(maxsize=2)
def _listed(name: str) -> frozenset[str]:
    data = resources.files("agent.language") / "data" / name
    return frozenset(data.read_text(encoding="utf-8").split())
