"""What a licence allows, and whom a picture of Wikimedia Commons is by."""

from __future__ import annotations

import pytest

from agent.ports import PictureHit
from agent.providers.credits import author_of, license_of, name_in
from agent.research.results import is_allowed
from domain.licences import Use, allows, forbids_commerce
from domain.requests import Rights
from tests.fakes.search import NOW

FREE = ["CC BY 4.0", "CC BY-SA 3.0 de", "CC0 1.0", "Public domain", "GFDL 1.2", "FAL", "PDM 1.0"]
TEAM = Use(commercial=True, derivatives=True)


def a_hit(license_name: str | None, provider: str = "openverse") -> PictureHit:
    return PictureHit(
        provider, "t", "https://a.example/", "https://a.example/", NOW, "", license_name
    )


@pytest.mark.parametrize("name", FREE)
def test_a_free_licence_allows_everything(name: str) -> None:
    assert allows(name, TEAM)


@pytest.mark.parametrize(
    ("name", "commercial", "derivatives"),
    [
        ("CC BY-NC-ND 4.0", False, False),
        ("CC BY-NC 2.0", False, True),
        ("CC BY-ND 2.0", True, False),
        ("cc_by_nc_sa_4.0", False, True),
        ("Creative Commons Attribution-NonCommercial-NoDerivs 3.0", False, False),
        ("CC SAMPLING+ 1.0", False, True),
    ],
)
def test_a_licence_allows_what_it_does_not_forbid(
    name: str, commercial: bool, derivatives: bool
) -> None:
    assert allows(name, Use(commercial=True, derivatives=False)) == commercial
    assert allows(name, Use(commercial=False, derivatives=True)) == derivatives
    assert allows(name, Use(commercial=False, derivatives=False))
    assert allows(name, TEAM) == (commercial and derivatives)


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize(
    "name", [None, "", "Fair use", "Non-free logo", "All rights reserved", "Unknown", "editorial"]
)
def test_what_is_no_licence_allows_nothing(name: str | None, trusted: bool) -> None:
    if name == "editorial" and trusted:
        name = "Editorial use only"
    assert not allows(name, Use(commercial=False, derivatives=False), trusted=trusted)


def test_a_teams_own_licence_is_trusted_and_a_strangers_is_not() -> None:
    name = "The agency's contract of 2024"
    assert not is_allowed(a_hit(name), Rights.LICENSED, TEAM)
    assert is_allowed(a_hit(name, "library"), Rights.LICENSED, TEAM)
    assert not is_allowed(a_hit("CC BY-NC 4.0", "library"), Rights.LICENSED, TEAM)
    assert is_allowed(a_hit("CC BY-NC 4.0"), Rights.ANY, TEAM)


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('Unknown author<span style="display: none;">Unknown author</span>', None),
        (
            '<span lang="en">Ann Author<span style="display:none"><b>Ann</b> Author</span></span>',
            "Ann Author",
        ),
        ("Anonymous", None),
        ("See below", None),
        ("Unknown author Unknown author", None),
        ("Own work", None),
        ("Unbekannter Autor", None),
        (
            (
                '<a href="//x/User:Ann">Ann</a> (<a href="//x/User_talk:Ann">talk</a> · '
                '<a href="//x/Contribs">contribs</a>)'
            ),
            "Ann",
        ),
        ('<a href="//x/User:Ann">Ann</a> (<a href="//x">Diskussion</a>)', "Ann"),
        ('<table class="layouttemplate"><tr><td>A box of a template</td></tr></table>Ann', "Ann"),
        ("Ann Author Ann Author", "Ann Author"),
        ("Anonymous Photographers Collective", "Anonymous Photographers Collective"),
        (7, None),
        ("<table>", None),
    ],
)
def test_an_author_is_whom_a_page_shows(html: object, name: str | None) -> None:
    assert name_in(html) == name


def test_the_attribution_that_is_asked_for_comes_before_the_author() -> None:
    about = {"Artist": {"value": "ann77"}, "Attribution": {"value": "<b>Ann Author</b> / Agency"}}
    assert author_of(about) == "Ann Author / Agency"
    assert author_of({"Artist": {"value": "Anonymous"}, "Credit": {"value": "The Museum"}}) == (
        "The Museum"
    )
    assert author_of({"Credit": {"value": "See below"}}) is None


def test_restrictions_stand_beside_the_licence() -> None:
    about = {
        "LicenseShortName": {"value": "CC BY-SA 4.0"},
        "Restrictions": {"value": "personality|trademarked"},
    }
    told = license_of(about)
    assert told == "CC BY-SA 4.0; restrictions: personality rights, trademark"
    assert allows(told, TEAM)


def test_a_licence_without_a_name_is_read_from_its_address() -> None:
    address = "https://creativecommons.org/licenses/by-nc/3.0/deed.en"
    assert license_of({"LicenseUrl": {"value": address}}) == "CC BY-NC 3.0"
    zero = "http://creativecommons.org/publicdomain/zero/1.0/"
    assert license_of({"LicenseUrl": {"value": zero}}) == "CC0 1.0"
    assert license_of({"LicenseUrl": {"value": "https://a.example/"}}) is None


@pytest.mark.parametrize(
    ("name", "forbids"),
    [
        ("FLUX non-commercial license", True),
        ("Qwen research license, non-commercial", True),
        ("CC BY-NC 4.0", True),
        ("Apache-2.0", False),
        ("CreativeML Open RAIL++-M", False),
        ("the provider's terms", False),
        ("not stated", False),
    ],
)
def test_licenses_that_forbid_commercial_use_are_known_by_their_names(
    name: str, forbids: bool
) -> None:
    assert forbids_commerce(name) == forbids
