"""What is done in a supermarket and for it, without a mouse: close of day, void, count, terminals,
and cards by the batch."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.test_counter import enrol, page_number, scan
from tests.browser.test_keyboard import press, reach, write
from tests.cast import PASSWORD, Bank
from tests.events.errands import volunteer


def sign_in(page: Page, username: str) -> None:
    page.goto("/sign-in")
    write(page, "用户名", username)
    write(page, "口令", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()


def to_shop(page: Page) -> None:
    """From the staff's first page to the supermarket's."""
    press(page, "link", "爱心超市")
    reach(page, page.get_by_role("link", name=re.compile("^梧桐爱心超市")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="梧桐爱心超市")).to_be_visible()


def goes_round(page: Page, heading: str) -> None:
    """Once the page of this heading is there, Tab comes by everything that can be used, in
    the order of the page, and to the beginning again."""
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    page.evaluate(
        """() => {
            document.activeElement.blur();
            const all = [...document.querySelectorAll("a[href], button, input, select, summary")];
            window.usable = all.filter(it => it.checkVisibility({visibilityProperty: true})
                && it.type !== "hidden" && !it.disabled && it.tabIndex >= 0);
        }"""
    )
    usable = page.evaluate("usable.length")
    stops: list[int] = []
    for _press in range(3 * usable):
        page.keyboard.press("Tab")
        place = page.evaluate("usable.indexOf(document.activeElement)")
        if stops and place == stops[0]:
            break
        if place >= 0:
            stops.append(place)
    start = stops.index(min(stops))
    assert stops[start:] + stops[:start] == list(range(usable))


def test_a_supervisor_takes_back_and_the_clerk_closes_the_day(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    scan(page, bank)
    press(page, "button", "肥皂 加一")
    press(page, "button", "确认兑换")
    expect(page.get_by_role("link", name="下一位")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("请扫储蓄卡")).to_be_focused()

    press(page, "link", "今天的兑换")
    press(page, "link", page_number(bank))
    reach(page, page.locator("summary").filter(has_text="撤销这一笔"))
    page.keyboard.press("Enter")
    write(page, "为什么", "人走了，没有拿东西")
    write(page, "主管用户名", "supervisor")
    write(page, "主管口令", "wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("不对")
    # The form is open still, and keeps what was no secret.
    write(page, "主管口令", PASSWORD)
    press(page, "button", "撤销，退回积分和物品")
    expect(page.get_by_text("此单已撤销")).to_be_visible()
    assert bank.points(bank.li) == "200"

    page.goto("/terminal")
    press(page, "link", "今天的兑换")
    press(page, "link", "日结")
    goes_round(page, "日结")
    write(page, "几张", "2")
    page.keyboard.press("Enter")
    wrong = page.get_by_label("原因")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    reach(page, wrong)
    page.keyboard.type("多打了一张")
    press(page, "button", "日结")
    expect(page.get_by_role("heading", name="已日结，张数不一样")).to_be_visible()
    goes_round(page, "已日结，张数不一样")
    reach(page, page.get_by_role("link", name="回收银台"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("请扫储蓄卡")).to_be_focused()


def test_one_counts_blind_and_another_posts_it(window: OpenWindow, bank: Bank) -> None:
    page = window()
    sign_in(page, "worker")
    to_shop(page)
    press(page, "link", "盘点")
    goes_round(page, "盘点")
    write(page, "大米", "8")
    write(page, "肥皂", "200")
    press(page, "button", "记下来")
    expect(page.get_by_role("status")).to_be_visible()

    other = window()
    sign_in(other, "supervisor")
    to_shop(other)
    goes_round(other, "梧桐爱心超市")
    waits = other.get_by_role("form", name="大米")
    reach(other, waits.get_by_label("原因"))
    other.keyboard.type("老鼠咬破两袋")
    # The next stop is the answer that posts, and after it the one that puts aside.
    other.keyboard.press("Tab")
    expect(waits.get_by_role("button", name="差异入账")).to_be_focused()
    other.keyboard.press("Tab")
    expect(waits.get_by_role("button", name="不算，重新数")).to_be_focused()
    other.keyboard.press("Shift+Tab")
    other.keyboard.press("Enter")
    expect(other.get_by_role("status")).to_be_visible()
    expect(waits).to_have_count(0)
    assert bank.stock(bank.rice) == 8


def test_a_terminal_is_set_up_started_and_ended(window: OpenWindow, bank: Bank) -> None:
    page = window()
    sign_in(page, "supervisor")
    to_shop(page)
    press(page, "link", "收银台")
    write(page, "叫什么", "前台手机")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="启用收银台的二维码")).to_be_visible()
    goes_round(page, "收银台")
    token = page.locator(".digest").inner_text()

    till = window()
    till.goto("/terminal/enrol")
    expect(till.get_by_label("收银台令牌")).to_be_focused()
    till.keyboard.type(token)
    till.keyboard.press("Tab")
    expect(till.get_by_role("button", name="启用")).to_be_focused()
    till.keyboard.press("Enter")
    expect(till.get_by_label("请扫储蓄卡")).to_be_focused()

    press(page, "button", "停用 前台手机")
    expect(page.get_by_text("那台设备不能再兑换")).to_be_visible()
    till.goto("/terminal")
    expect(till.get_by_label("收银台令牌")).to_be_visible()


def test_cards_are_made_by_the_batch_and_made_again(window: OpenWindow, bank: Bank) -> None:
    volunteer(bank, "孙建国")
    page = window()
    sign_in(page, "worker")
    press(page, "link", "批量制卡")
    place = page.get_by_label("哪个社区")
    reach(page, place)
    if not place.input_value():
        page.keyboard.press("ArrowDown")
    press(page, "button", "看看谁还没有卡")
    expect(page.get_by_text("还没有卡的有 1 人")).to_be_visible()
    goes_round(page, "批量制卡")
    make = page.get_by_role("button", name=re.compile("^制 1 张卡"))
    reach(page, make)
    with page.expect_download() as sheet:
        page.keyboard.press("Enter")
    assert sheet.value.suggested_filename.endswith(".pdf")

    page.reload()
    reach(page, page.locator("summary").filter(has_text="重印"))
    page.keyboard.press("Enter")
    again = page.get_by_role("button", name="作废旧卡，重印")
    reach(page, again)
    with page.expect_download() as sheet:
        page.keyboard.press("Enter")
    assert sheet.value.suggested_filename.endswith(".pdf")
    page.reload()
    expect(page.get_by_text("还有效 1 张")).to_be_visible()
    expect(page.get_by_text("还有效 0 张")).to_be_visible()
