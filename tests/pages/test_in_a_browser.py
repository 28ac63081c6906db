"""Pages as people meet them: dark and light, on phones, by keyboard, on paper, without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from domain.requests import Job
from tests.fakes.pages import Site
from tests.pages.conftest import AXE, HERE

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


async def opened(browser: Any, address: str, *, errors: list[str], **options: Any) -> Any:
    """A page that is loaded whole; what its console complains of goes to ``errors``."""
    width, height = SIZES[options.pop("size", "desktop")]
    context = await browser.new_context(viewport={"width": width, "height": height}, **options)
    page = await context.new_page()

    def told(said: Any) -> None:
        if said.type == "error":
            errors.append(said.text)

    def failed(asked: Any) -> None:
        errors.append(f"failed: {asked.url}")

    def broke(error: Any) -> None:
        errors.append(str(error))

    page.on("console", told)
    page.on("pageerror", broke)
    page.on("requestfailed", failed)
    await page.goto(address, wait_until="networkidle")
    return page


def paths(site: Site, job: Job) -> dict[str, str]:
    """Every kind of page."""
    home = site.home(HERE)
    return {
        "evidence": site.link(job),
        "edited": f"{site.link(job)}/2",
        "news": f"{home}/j/JOB-{HERE}-news",
        "gallery": home,
        "embed": f"{home}/j/{job.id}/embed",
        "verify": "/verify",
        "missing": "/p/none",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_no_page_has_a_serious_finding_or_is_wider_than_the_screen(
    browser: Any, site: Site, job: Job, scheme: str, size: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; npm install axe-core")
    for name, path in paths(site, job).items():
        errors: list[str] = []
        page = await opened(
            browser, f"{site.host}{path}", errors=errors, size=size, color_scheme=scheme,
            bypass_csp=True, locale="de-DE" if size == "phone" else "en-GB",
        )  # fmt: skip
        wide = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], (name, wide)
        await page.add_script_tag(path=str(AXE))
        found = await page.evaluate("axe.run()")
        bad = [
            (each["id"], each["nodes"][0]["html"][:200])
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        assert not bad, (name, bad)
        assert name == "missing" or not errors, (name, errors)
        await page.context.close()


async def test_a_page_reads_whole_without_scripts(browser: Any, site: Site, job: Job) -> None:
    errors: list[str] = []
    page = await opened(
        browser, f"{site.host}{site.link(job)}/2", errors=errors, java_script_enabled=False
    )
    assert not errors
    for heading in ("What the picture is meant to show", "What it is based on", "How it was made"):
        assert await page.get_by_role("heading", name=heading).count() == 1
    gallery = await opened(
        browser, f"{site.host}{site.home(HERE)}", errors=errors, java_script_enabled=False
    )
    assert await gallery.locator("ul.cards > li").count() == 24
    await gallery.get_by_role("link", name="More pictures").click()
    assert await gallery.locator("ul.cards > li").count() > 0
    assert "page=2" in gallery.url


async def test_a_passage_is_shown_by_pointing_and_by_keyboard(
    browser: Any, site: Site, job: Job
) -> None:
    from domain.research import Evidence, EvidenceVerdict, GroundedPrompt

    async with site.store.workspace(HERE) as unit:
        research = await unit.research.load(job.id)
        text = "She commanded a shuttle. A cat sits beside her."
        evidence = (
            Evidence(1, "She commanded a shuttle", "s1", "commanded a shuttle", 15),
            Evidence(2, "A cat sits beside her", None, verdict=EvidenceVerdict.UNSUPPORTED),
        )
        grounded = GroundedPrompt(text, research.grounded.references, evidence)
        await unit.research.save_grounding(job.id, grounded, notes=(), searched=True)
        await unit.events.append(job.id, "grounded", {}, key="again")
    page = await opened(browser, f"{site.host}{site.link(job)}", errors=[])
    note = page.locator(".sentence .note").first
    assert not await note.is_visible()
    await page.hover("#p1")
    assert await note.is_visible()
    assert "commanded a shuttle" in await note.inner_text()
    await page.mouse.move(0, 0)
    assert not await note.is_visible()
    cite = page.locator("#p1 a.cite").first
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await cite.evaluate("node => node === document.activeElement"):
            break
    assert await note.is_visible()
    assert "Source 1" in (await cite.get_attribute("aria-label") or "")
    await page.keyboard.press("Enter")
    assert page.url.endswith("#e1")
    phone = await opened(
        browser, f"{site.host}{site.link(job)}", errors=[], size="phone", has_touch=True
    )
    await phone.locator("#p1 a.cite").first.tap()
    assert await phone.locator("#e1 mark").is_visible()


async def test_the_first_tab_skips_to_the_picture(browser: Any, site: Site, job: Job) -> None:
    page = await opened(browser, f"{site.host}{site.link(job)}", errors=[])
    await page.keyboard.press("Tab")
    focused = await page.evaluate("document.activeElement.className")
    assert focused == "skip"


async def test_a_page_can_be_printed(browser: Any, site: Site, job: Job) -> None:
    page = await opened(browser, f"{site.host}{site.link(job)}", errors=[])
    await page.emulate_media(media="print")
    assert not await page.locator(".downloads").is_visible()
    assert await page.locator(".print-only").is_visible()
    assert (await page.pdf()).startswith(b"%PDF")


async def test_the_gallery_goes_on_by_itself(browser: Any, site: Site, job: Job) -> None:
    errors: list[str] = []
    page = await opened(browser, f"{site.host}{site.home(HERE)}", errors=errors)
    await page.locator("nav.turn").scroll_into_view_if_needed()
    await page.locator("ul.cards > li").nth(24).wait_for()
    assert not errors


async def test_a_dropped_picture_is_checked(browser: Any, site: Site, tmp_path: Any) -> None:
    page = await opened(browser, f"{site.host}/verify", errors=[])
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG")
    await page.set_input_files("#picture", str(picture))
    async with page.expect_navigation():
        await page.get_by_role("button", name="Check the picture").click()
    assert await page.locator("h1").count() == 1
