"""The staff's whole journey without a mouse: Tab, arrows, Space and Enter."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenWindow
from tests.cast import PASSWORD, Bank

FURTHEST = 80
"""How many presses of Tab a control may be away."""


def reach(page: Page, control: Locator) -> None:
    """Press Tab until `control` has the focus, and see that it shows it."""
    for _press in range(FURTHEST):
        page.keyboard.press("Tab")
        if control.evaluate("it => it === document.activeElement"):
            ring = control.evaluate(
                """it => {
                    const near = [it, it.nextElementSibling].filter(Boolean);
                    const seen = near.map(one => getComputedStyle(one));
                    return seen.some(one => `${one.outlineStyle} ${one.boxShadow}` !== 'none none');
                }"""
            )
            assert ring, "the focus cannot be seen"
            return
    raise AssertionError(f"{control} is not reached by Tab")


def write(page: Page, label: str, text: str, *, exact: bool = False) -> None:
    reach(page, page.get_by_label(label, exact=exact).first)
    page.keyboard.type(text)


def press(page: Page, role: str, name: str) -> None:
    reach(page, page.get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def test_the_staff_s_journey_by_keyboard_alone(window: OpenWindow, bank: Bank) -> None:
    page = window()
    page.goto("/sign-in")
    write(page, "用户名", "worker")
    write(page, "口令", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()

    press(page, "link", "开户")
    write(page, "姓名", "孙建国", exact=True)
    write(page, "手机号", "13900000003")
    reach(page, page.get_by_label("居民", exact=True))
    page.keyboard.press("Space")
    press(page, "button", "开户")
    expect(page.get_by_role("status")).to_contain_text("已开户")

    write(page, "密码", "4711", exact=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="打印储蓄卡")).to_be_visible()

    press(page, "link", "工作台")
    press(page, "link", "接一件事")
    reach(page, page.get_by_label("办什么事"))
    page.keyboard.press("ArrowDown")
    write(page, "居民姓名", "周桂花")
    press(page, "button", "记下来")
    expect(page.locator(".six")).to_have_text(re.compile(r"^\d{3} \d{3}$"))

    press(page, "link", "去看这件事")
    write(page, "志愿者", "孙建国", exact=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已派给孙*国")

    # The day is there already; midnight of today has been in every time of day.
    hour = page.get_by_label("什么时候开始办的 几点")
    reach(page, hour)
    page.keyboard.type("1200AM")
    if hour.input_value() != "00:00":  # this browser's clock has 24 hours
        page.keyboard.press("ArrowLeft")
        page.keyboard.type("0000")
    expect(hour).to_have_value("00:00")
    write(page, "分钟", "90")
    press(page, "button", "记为办完")
    expect(page.get_by_role("status")).to_contain_text("已记为办完")

    reach(page, page.get_by_role("radio", name="非常满意 5 星"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#stars-4")).to_be_checked()
    reach(page, page.get_by_role("radio", name="电话回访"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("纸条", exact=True)).to_be_checked()
    write(page, "纸条单号", "A-17")
    press(page, "button", "录入评价")
    expect(page.get_by_role("status")).to_contain_text("已入账")
