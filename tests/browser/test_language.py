"""English by the switch: chosen by keyboard without a script, it stays; every public page fits a
phone in it, in large type too."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits
from tests.browser.test_keyboard import press
from tests.browser.test_large_type import PAGES
from tests.cast import Bank

LONGEST_HEAD_REM = 8
"""The head of a page on a phone: a row of name and switches, a row of rooms."""
HEAD = """() => document.querySelector(".masthead").offsetHeight
    / parseFloat(getComputedStyle(document.documentElement).fontSize)"""


def head(page: Page) -> float:
    """How high the head of the page is, in the page's own letters."""
    height: float = page.evaluate(HEAD)
    return height


def test_english_is_chosen_by_keyboard_and_stays(window: OpenWindow, bank: Bank) -> None:
    page = window(phone=True, scripts=False)
    page.goto("/stars")
    press(page, "link", "English")
    expect(page).to_have_url(page.url.replace("/language/en", "/stars"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert head(page) < LONGEST_HEAD_REM
    page.goto("/notices")
    expect(page.get_by_role("heading", name="Notices")).to_be_visible()
    press(page, "link", "中文")
    expect(page.get_by_role("heading", name="公示")).to_be_visible()


@pytest.mark.parametrize("width", [390, 360])
def test_every_public_page_fits_a_phone_in_english(
    window: OpenWindow, bank: Bank, width: int
) -> None:
    page = window(phone=True, scripts=False)
    page.set_viewport_size({"width": width, "height": 740})
    page.goto("/language/en")
    for path in PAGES:
        page.goto(path)
        fits(page)
        assert head(page) < LONGEST_HEAD_REM, path
    page.goto("/type/large")
    for path in PAGES:
        page.goto(path)
        fits(page)
