"""Numbered references are understood, and renumbered, in the languages that models write in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.research.answers import accepted, complaints
from agent.research.protocol import Answer, NamedReference
from domain.ordinal_forms import COUNT, FORMS, Form
from domain.ordinals import named_as_references, renumbered, spoken_of
from domain.research import Source, SourceKind
from tests.fakes.search import NOW

SWAPPED = {1: 2, 2: 1}


def shown(*ids: str) -> dict[str, Source]:
    return {
        img_id: Source(img_id, SourceKind.PICTURE, "p", "t", "u", "u", NOW, "a", img_id=img_id)
        for img_id in ids
    }


def an_answer(prompt: str, *ids: str) -> Answer:
    return Answer(prompt, tuple(NamedReference(img_id, "") for img_id in ids))


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("桥参照第一张参考图，天空参照第二张参考图。",
         "桥参照第二张参考图，天空参照第一张参考图。"),
        ("桥像第一张图，天空像第二张图。", "桥像第二张参考图，天空像第一张参考图。"),
        ("第一张和第二张参考图", "第二张和第一张参考图"),
        ("图1的桥和图2的天空", "参考图2的桥和参考图1的天空"),
        ("橋參照第一張參考圖，天空參照第二張參考圖", "橋參照第二張參考圖，天空參照第一張參考圖"),
        ("1枚目の参考画像の橋と2枚目の参考画像の空", "2枚目の参考画像の橋と1枚目の参考画像の空"),
        ("一枚目の画像と二枚目の画像", "二枚目の参考画像と一枚目の参考画像"),
        ("첫 번째 참고 이미지와 두 번째 이미지", "두 번째 참고 이미지와 첫 번째 참고 이미지"),
        (
            "Torre: primera imagen, cielo: segunda imagen.",
            "Torre: segunda imagen de referencia, cielo: primera imagen de referencia.",
        ),
        (
            "Sur la première image de référence et la deuxième image de référence",
            "Sur la deuxième image de référence et la première image de référence",
        ),
        (
            "Wie im ersten Referenzbild und auf dem zweiten Bild",
            "Wie im zweiten Referenzbild und auf dem ersten Referenzbild",
        ),
        ("Bild 1 zeigt den Turm, Bild 2 den Himmel.",
         "Referenzbild 2 zeigt den Turm, Referenzbild 1 den Himmel."),
        (
            "Мост как на первом изображении, небо как на втором референсном изображении",
            "Мост как на втором изображении-референс, небо как на первом референсном изображении",
        ),
        ("a primeira imagem de referência e a segunda imagem",
         "a segunda imagem de referência e a primeira imagem de referência"),
        ("nella prima immagine e nella seconda immagine",
         "nella seconda immagine di riferimento e nella prima immagine di riferimento"),
        (
            "The face of reference image 1, the hat of Image 2.",
            "The face of the second reference image, the hat of the first reference image.",
        ),
        (
            "Image 2 shows the bridge; image 1 the sky.",
            "The first reference image shows the bridge; the second reference image the sky.",
        ),
        (
            "Blend reference images 1 and 2.",
            "Blend the second reference image and the first reference image.",
        ),
        (
            "The face of the first image and the hat of reference #2.",
            "The face of the second reference image and the hat of the first reference image.",
        ),
    ],
)  # fmt: skip
def test_references_are_renumbered_in_the_language_of_the_prompt(text: str, swapped: str) -> None:
    named = named_as_references(text, 2)
    assert sorted(spoken_of(named)) == [1, 2]
    assert renumbered(named, SWAPPED) == swapped


@pytest.mark.parametrize(
    "text",
    [
        "the third picture in a gallery, as in the first reference image",
        "画廊里的第三张照片，参照第一张参考图",
        "Le troisième tableau; la première image de référence",
        "the first reference image, 4 images in a 2 x 2 grid, image 16:9, a photo from the 1950s",
    ],
)
def test_pictures_that_the_prompt_describes_are_no_references(text: str) -> None:
    assert named_as_references(text, 1) == text
    assert spoken_of(text) == [1]


def test_the_references_follow_their_ids_where_the_prompt_can_follow() -> None:
    answer = an_answer("桥参照第一张参考图，天空参照第二张参考图。", "IMG_002", "IMG_001")
    taken = accepted(answer, shown("IMG_001", "IMG_002"), most=5)
    assert [r.img_id for r in taken.references] == ["IMG_001", "IMG_002"]
    assert taken.prompt == "桥参照第二张参考图，天空参照第一张参考图。"


@pytest.mark.parametrize(
    "prompt",
    [
        "Silta kuten ensimmäisessä viitekuvassa, taivas kuten toisessa viitekuvassa.",
        "桥参照甲图，天空参照第二张参考图。",
    ],
)
def test_elsewhere_the_order_of_the_model_stays(prompt: str) -> None:
    taken = accepted(an_answer(prompt, "IMG_002", "IMG_001"), shown("IMG_001", "IMG_002"), most=5)
    assert [r.img_id for r in taken.references] == ["IMG_002", "IMG_001"]
    assert taken.prompt == prompt


@pytest.mark.parametrize(
    ("prompt", "kept"),
    [
        ("参考IMG_001的桥身，天空见IMG_002。", "参考第一张参考图的桥身，天空见第二张参考图。"),
        ("参照第一张参考图（IMG_001）的桥。", "参照第一张参考图的桥。"),
        ("img001と同じ橋", "1枚目の参考画像と同じ橋"),
        ("ＩＭＧ＿００１のような橋", "1枚目の参考画像のような橋"),
        ("Use the IMG-001 here", "Use the first reference image here"),
        ("Wie IMG_1 und IMG_009", "Wie the first reference image und the subject"),
        ("桥见https://x.org/a，很好。", "桥见，很好。"),
    ],
)
def test_no_id_and_no_address_reaches_the_generator(prompt: str, kept: str) -> None:
    answer = an_answer(prompt, "IMG_001", "IMG_002")
    known = shown("IMG_001", "IMG_002")
    assert accepted(answer, known, most=5).prompt == kept
    assert "The gen_prompt must not name ids or addresses." in complaints(answer, known, most=5)


@given(st.sampled_from(FORMS), st.permutations(range(1, COUNT + 1)))
def test_every_form_counts_to_nine_and_takes_any_order(form: Form, order: list[int]) -> None:
    text = "、".join(form.written_for(n) for n in range(1, COUNT + 1))
    assert spoken_of(text) == list(range(1, COUNT + 1))
    there = renumbered(text, dict(enumerate(order, 1)))
    assert spoken_of(there) == order
