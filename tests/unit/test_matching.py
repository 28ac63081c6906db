"""How much of a query a text holds: short words as words of their own, other scripts anywhere."""

from __future__ import annotations

import pytest

from agent.providers.matching import coverage


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("She said it again in Spain", "AI"),
        ("The train crossed the terrain", "rain"),
        ("Sports and transport", "port"),
        ("An education", "cat"),
        ("An aircraft aims at it", "AI"),
        ("In the year 1999", "Falcon 9"),
        ("Он сказал", "Каз"),
    ],
)
def test_a_short_word_inside_another_is_not_held(text: str, query: str) -> None:
    assert coverage(text, query) == 0


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("What AI can do", "ai"),
        ("AI-made; two AIs, the AI's", "AI"),
        ("Two cats and a falcon9", "cat Falcon 9"),
        ("rockets", "rocket"),
        ("a rocket", "rockets"),
        ("Die Köhlbrandbrücke", "Brücke"),
        ("snake_case", "case"),
        ("富士山の写真", "富士山"),
        ("从东京看富士山", "富士山"),
        ("用AI技术作画", "AI"),
        ("用AI技术作画", "AI技术"),
        ("ฉันเห็นภูเขาไฟฟูจิเมื่อวาน", "ภูเขาไฟฟูจิ"),
        ("ខ្ញុំទៅអង្គរវត្តម្សិលមិញ", "អង្គរវត្ត"),
        ("남서울에서", "서울"),
        ("नई दिल्ली में", "दिल्ली"),
        ("في القاهرة", "القاهرة"),
    ],
)
def test_a_word_is_held_with_another_ending_or_in_running_text(text: str, query: str) -> None:
    assert coverage(text, query) == 1


def test_a_word_with_marks_is_one_word() -> None:
    assert coverage("दल और लय", "दिल्ली") == 0
    assert coverage("ภ เขา", "ภูเขา") == 0


def test_the_share_counts_every_word_of_the_query() -> None:
    assert coverage("a red fox said so", "red AI fox hat") == 0.5
    assert coverage("anything", "") == coverage("anything", "?!") == 1
