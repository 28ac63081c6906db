"""A search provider is one file: its settings, their reference, doctor and registry follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.added_module import look_at

MODULE = """
from agent.ports import SearchProvider
from agent.providers.serper import Serper
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import WebProvider


def build(access: Access) -> SearchProvider:
    engine = Serper(access.base_url, access.api_key, name="atlas", news=access.news)
    return WebProvider(engine, access.fetcher)


SPEC = ProviderSpec(
    name="atlas", title="Atlas", base_url="https://atlas.example/", needs_key=True,
    gives_news=True, price_unit="call", build=build,
)
"""
LOOK = """
import asyncio, json, sys
import agent.providers
agent.providers.__path__.append(sys.argv[1])  # as if the file lay beside the others

from app.doctor import _providers, examine
from app.provider_settings import provider_settings
from app.settings import Settings, load_settings
from app.settings_docs import env_example
from domain.errors import InvalidSettings

def refused(**chosen):
    try:
        load_settings(**chosen)
    except InvalidSettings as error:
        return str(error)

settings = load_settings()
known = provider_settings(settings)
from agent.providers.registry import PROVIDERS, build_provider
print(json.dumps({
    "news": settings.news_providers,
    "built": build_provider("atlas", known, fetcher=None, library=None).name,
    "shown": settings.redactor.text("sent atlas-key-0123456789"),
    "refused": refused(atlas_base_url="atlas"),
    "reference": env_example(),
    "default": Settings.model_fields["atlas_base_url"].default,
    "lacking": [
        (f.ok, f.text) for f in asyncio.run(_providers(load_settings(atlas_api_key=None)))
    ],
    "findings": {f.name: (f.ok, f.text) for f in asyncio.run(examine(settings))},
}))
"""


def looked(folder: Path, **environment: str) -> dict[str, Any]:
    return look_at(
        folder,
        "atlas",
        MODULE,
        LOOK,
        LIMNER_SEARCH_PROVIDERS="library,atlas",
        LIMNER_NEWS_PROVIDERS="atlas",
        LIMNER_SEARCH_USD="atlas=0.002",
        **environment,
    )


def test_a_provider_is_one_file(tmp_path: Path) -> None:
    found = looked(tmp_path, LIMNER_ATLAS_API_KEY="atlas-key-0123456789")
    assert found["news"] == ["atlas"]
    assert found["built"] == "atlas"
    assert "0123456789" not in found["shown"]
    assert found["refused"].startswith("The setting LIMNER_ATLAS_BASE_URL is wrong: 'atlas' is no")
    assert (
        "# Address of Atlas.\n#LIMNER_ATLAS_BASE_URL=https://atlas.example/\n"
        in (found["reference"])
    )
    assert "# API key for Atlas.\n#LIMNER_ATLAS_API_KEY=\n" in found["reference"]
    assert "in addition to a schedule's feeds: atlas, brave" in found["reference"]
    assert [False, "Atlas needs LIMNER_ATLAS_API_KEY to be set."] in found["lacking"]
    findings = found["findings"]
    assert findings["settings"] == [True, "All LIMNER_ variables are known settings."]
    assert findings["search provider library"][0]
    assert findings["search provider atlas"] == [
        True,
        "Atlas: https://atlas.example; key is set; searches news; 0.002 USD a call.",
    ]
