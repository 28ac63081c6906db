"""Requests that quote a name which nobody can look up: the requester's own shop, a title made up on
the spot, what a shirt says. The model of quotations is taught them as requests that name nothing.

People make such names up without end, so that labelled requests hold few of them. Each sentence is
joined with some of its language's words; the same are made each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

USES: Final = 3
"""How often each sentence is used, with other words."""


@dataclass(frozen=True)
class Inventions:
    """Sentences of a language, one a line, and what is put into them: ``{name}`` a first name,
    ``{hero}`` and ``{thing}`` what titles are made of."""

    names: str
    heroes: str
    things: str
    sentences: str


def get_invented_requests() -> list[str]:
    """The requests of all languages."""
    return [text for language in _LANGUAGES for text in _requests(language)]


def _requests(language: Inventions) -> Iterator[str]:
    names, heroes, things = (
        [part.strip() for part in listed.split(",")]
        for listed in (language.names, language.heroes, language.things)
    )
    sentences = [line.strip() for line in language.sentences.splitlines() if line.strip()]
    for number, sentence in enumerate(sentences):
        for use in range(USES):
            at = number * USES + use
            yield sentence.format(
                name=names[at % len(names)],
                hero=heroes[(at * 5 + use) % len(heroes)],
                thing=things[(at * 7 + use) % len(things)],
            )


_ENGLISH: Final = Inventions(
    "Oliver, Maya, Carol, Jake, Priya, Sophie, Dave, Noah, Jean, Ellie",
    "Otter, Pancake, Penguin, Broccoli, Teapot, Hedgehog, Sock, Walrus, Pigeon, Cactus, Pickle",
    "Midnight, Laundry, Gravy, Homework, Moonlight, Biscuits, Tuesday, Traffic, Marmalade",
    """
    a movie poster for "The Last {hero}", a film that doesn't exist
    book cover "{thing} and the {hero}", watercolour
    logo for my bakery "{name}'s {thing}"
    """,
)
_GERMAN: Final = Inventions(
    "Lukas, Gerda, Uschi, Finn, Emma, Heinz, Jonas, Mia, Karl",
    "Gurke, Dackel, Socke, Pinguin, Gartenzwerg, Toaster, Hamster, Kartoffel, Igel",
    "Montag, Wäsche, Mitternacht, Nudeln, Mondschein, Stau, Pudding, Steuer",
    """
    Logo für mein Café "Zur {hero}"
    Schild für unseren Laden „{name}s {thing}“
    Plakat für unser Dorffest "{thing} am {hero}"
    """,
)
_FRENCH: Final = Inventions(
    "Lucas, Odette, Chloé, Gérard, Manon, Hugo, Jean, Inès",
    "Cornichon, Hérisson, Chaussette, Pingouin, Camembert, Escargot, Baguette, Hamster",
    "Minuit, la Lessive, la Confiture, Lundi, la Pluie, la Purée, la Sieste",
    """
    enseigne pour mon café « Le {hero} »
    logo pour ma boutique "Chez {name}"
    affiche du film « La Nuit du {hero} », un film inventé
    """,
)
_SPANISH: Final = Inventions(
    "Lucía, Rosa, Paco, Martina, Diego, Valeria, Hugo, Pepe",
    "Pepino, Calcetín, Pingüino, Croqueta, Erizo, Aguacate, Tostadora, Caracol",
    "Medianoche, la Siesta, los Lunes, la Mermelada, la Lluvia, la Colada",
    """
    logo para mi cafetería "El {hero}"
    letrero para la panadería de mi madre "Casa {name}"
    portada del libro «{hero} y {thing}», inventado
    """,
)
_ITALIAN: Final = Inventions(
    "Sofia, Maria, Franco, Matteo, Chiara, Lorenzo, Alice, Gino",
    "Cetriolo, Calzino, Pinguino, Gnocco, Riccio, Tostapane, Criceto, Lumaca",
    "Mezzanotte, Lunedì, la Marmellata, il Bucato, la Pioggia, la Siesta",
    """
    logo per la mia pizzeria "Da {name}"
    insegna per il bar "Il {hero}"
    copertina di un libro inventato, "{hero} e {thing}"
    """,
)
_PORTUGUESE: Final = Inventions(
    "Beatriz, Lurdes, Zé, Miguel, Larissa, Neide, Tiago, Helena",
    "Pepino, Pinguim, Meia, Coxinha, Ouriço, Torradeira, Caracol, Abacate",
    "Meia-Noite, a Soneca, a Geleia, a Chuva, os Domingos, a Roupa Suja",
    """
    logo para minha padaria "Pão da {name}"
    placa para o café "O {hero}"
    capa de um livro inventado, "{hero} e {thing}"
    """,
)
_JAPANESE: Final = Inventions(
    "さくらちゃん, ゆうとくん, 田中さん, みおちゃん, けんたくん, あおいさん",
    "ペンギン, きゅうり, 靴下, ハリネズミ, たこ焼き, トースター, カタツムリ",
    "真夜中, 洗濯物, 月曜日, ジャム, 大雨, 昼寝",
    """
    「{hero}と{thing}」っていう絵本の表紙
    架空の映画『{hero}の逆襲』のポスター
    カフェ「{hero}堂」のロゴ
    パン屋さん「{hero}と{thing}」の看板
    """,
)
_CHINESE: Final = Inventions(
    "小明, 王奶奶, 李叔叔, 朵朵, 张老师, 乐乐, 婷婷, 大壮",
    "企鹅, 黄瓜, 袜子, 刺猬, 包子, 烤面包机, 蜗牛",
    "午夜, 作业, 星期一, 果酱, 大雨, 午睡",
    """
    《{hero}与{thing}》绘本封面
    《{hero}的复仇》电影海报,瞎编的
    我的咖啡店叫“{hero}小馆”,设计logo
    面包店招牌“{name}的{thing}”
    """,
)
_LANGUAGES: Final = (
    _ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _JAPANESE, _CHINESE,
)  # fmt: skip
