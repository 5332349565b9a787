"""Every public page says without scripts what it says with them, on a narrow phone too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits
from tests.browser.test_accessibility import PUBLIC, RESIDENT, Season, season

__all__ = ["season"]

pytestmark = pytest.mark.engine("sqlite")

NARROW = {"width": 360, "height": 740}
SAID = """() => {
    for (const button of document.querySelectorAll("[data-print]")) button.remove();
    return document.body.innerText.split(/\\s+/).join(" ");
}"""
"""What a page says; the buttons that print need a script and show themselves with one alone."""


def test_every_public_page_says_the_same_without_scripts(
    window: OpenWindow, season: Season
) -> None:
    def said(page: Page, path: str) -> str:
        page.goto(path)
        fits(page)
        text: str = page.evaluate(SAID)
        return text

    plain, scripted = window(phone=True, scripts=False), window(phone=True)
    for page in (plain, scripted):
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for rule in (*PUBLIC, *RESIDENT):
        path = season.path(rule)
        assert said(plain, path) == said(scripted, path), path
