"""Large type for old eyes: chosen once, it stays; every public page fits a phone in it."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits
from tests.browser.test_keyboard import press
from tests.cast import Bank

PAGES = ("/", "/notices", "/stars", "/supermarkets", "/rules", "/communities", "/pools", "/closing",
         "/ask", "/sign-in")  # fmt: skip
SIZES = """() => {
    const px = (element) => parseFloat(getComputedStyle(element).fontSize);
    const tall = [...document.querySelectorAll("main a.button, main button, .rooms a")]
        .filter((one) => one.offsetParent)
        .map((one) => one.getBoundingClientRect().height);
    return [px(document.body), Math.min(...tall)];
}"""


def sizes(page: Page) -> list[float]:
    """The type of a paragraph, and the lowest thing to tap, in pixels."""
    found: list[float] = page.evaluate(SIZES)
    return found


def test_large_type_is_chosen_by_keyboard_and_stays(window: OpenWindow, bank: Bank) -> None:
    page = window(phone=True, scripts=False)
    page.goto("/stars")
    type_size, tap = sizes(page)
    assert (type_size >= 18, tap >= 44) == (True, True)
    press(page, "link", "大字")
    expect(page.get_by_role("link", name="小字")).to_be_visible()
    assert page.url.endswith("/stars")
    for path in PAGES:
        page.goto(path)
        fits(page)
        type_size, tap = sizes(page)
        assert (type_size >= 24, tap >= 60) == (True, True), (path, type_size, tap)
    press(page, "link", "小字")
    expect(page.get_by_role("link", name="大字")).to_be_visible()
    page.goto("/")
    assert sizes(page)[0] < 24


def test_it_leads_nowhere_else(bank: Bank) -> None:
    client = bank.app.test_client()
    away = client.get("/type/large?next=//elsewhere.example/")
    assert (away.status_code, away.location) == (303, "/")
    assert client.get("/type/huge").status_code == 404
