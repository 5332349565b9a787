"""A worker at the desk prints paper slips, and enters what a resident ticked on one."""

import re

from playwright.sync_api import Page, expect
from pypdfium2 import PdfDocument

from tests.browser.conftest import OpenWindow
from tests.browser.steps import errand_done, fits, sign_in_as_staff
from tests.browser.test_keyboard import press, reach, write
from tests.cast import Bank
from tests.codes import qr_codes


def event_of(path: str) -> str:
    """The errand of a rating page's path."""
    return path.removeprefix("/rate/")[:16]


def numbers_on(sheet: bytes) -> list[str]:
    """Read the slips' numbers off a printed sheet, as a scanner does."""
    return sorted(
        code.text for page in PdfDocument(sheet) for code in qr_codes(page.render(scale=3).to_pil())
    )


def enter_slip(page: Page, number: str) -> None:
    """Enter four stars from a slip by keyboard: Tab, Space and arrows."""
    reach(page, page.get_by_role("radio", name="非常满意 5 星"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    reach(page, page.get_by_role("radio", name="电话回访"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("纸条", exact=True)).to_be_checked()
    write(page, "纸条单号", number)
    press(page, "button", "录入评价")


def test_a_worker_prints_slips_and_enters_one_by_keyboard_alone(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    sign_in_as_staff(page)
    press(page, "link", "印评价单")
    expect(page.get_by_text("还没有印过")).to_be_visible()
    sheets = page.get_by_label("几页")
    reach(page, sheets)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("1")
    press(page, "button", "备好评价单")
    expect(page.get_by_role("status")).to_contain_text("请打开 PDF 打印")
    sheet = page.get_by_role("link", name="打开 PDF")
    reach(page, sheet)
    fits(page)
    address = sheet.get_attribute("href")
    assert address is not None
    numbers = numbers_on(page.context.request.get(address).body())
    assert len(numbers) == 8
    expect(sheet).to_contain_text(numbers[0])
    expect(sheet).to_contain_text(numbers[-1])

    first, second = (event_of(errand_done(bank)) for _time in range(2))
    page.goto(f"/staff/events/{first}")
    enter_slip(page, numbers[2])
    expect(page.get_by_role("status")).to_contain_text("已入账")
    expect(page.get_by_text(f"单号 {numbers[2]}")).to_be_visible()
    expect(page.locator("main")).to_contain_text("15分")
    before = bank.points(bank.li)
    assert before == "215"

    page.goto(f"/staff/events/{second}")
    enter_slip(page, numbers[2])
    field = page.get_by_label("纸条单号")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("这张评价单的编号已经用过"))
    expect(field).to_have_value(numbers[2])
    expect(page.locator("#stars-4")).to_be_checked()
    fits(page)
    unchanged = bank.as_("worker").get(f"/service-events/{second}").json
    assert (unchanged["status"], unchanged["awards"]) == ("completed", [])
    assert bank.points(bank.li) == before

    write(page, "纸条单号", numbers[3])
    expect(field).to_have_value(numbers[3])
    press(page, "button", "录入评价")
    expect(page.get_by_text(f"单号 {numbers[3]}")).to_be_visible()
    assert bank.points(bank.li) == "230"
