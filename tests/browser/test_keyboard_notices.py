"""Notices, objections and star rounds at the desk, without a mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits
from tests.browser.test_keyboard import press, reach, write
from tests.cast import PASSWORD, Bank
from tests.events.errands import request


def sign_in(page: Page, who: str) -> None:
    page.goto("/sign-in")
    write(page, "用户名", who)
    write(page, "口令", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()


def choose(page: Page, label: str, text: str) -> None:
    """Choose from a list by typing what one wants."""
    control = page.get_by_label(label)
    reach(page, control)
    wanted = control.locator("option", has_text=text).first.get_attribute("value")
    for _press in range(60):
        if control.input_value() == wanted:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{text} is not reached in {label}")


def errand(bank: Bank, minutes: int = 180) -> None:
    done = request(bank)
    done.complete("li", minutes=minutes)
    assert done.rate().status_code == 200


def test_a_notice_is_drafted_posted_objected_to_and_decided_by_keyboard_alone(
    window: OpenWindow, bank: Bank
) -> None:
    errand(bank)
    page = window()
    sign_in(page, "supervisor")
    press(page, "link", "办公示")
    press(page, "link", "起草公示")
    reach(page, page.get_by_role("radio", name="积分"))
    page.keyboard.press("Space")
    choose(page, "哪里的", "梧桐社区")
    choose(page, "哪一期", "2026 年度")
    press(page, "button", "起草，先看看")
    expect(page.get_by_role("status")).to_contain_text("草稿已起好")
    expect(page.get_by_text("李*兰")).to_be_visible()
    fits(page)
    write(page, "电话", "13700000008")
    press(page, "button", "今天张贴")
    expect(page.get_by_role("status")).to_contain_text("第 1 号公示已张贴")
    expect(page.get_by_text("13700000008")).to_be_visible()
    sheet = page.get_by_role("link", name="张贴用 PDF（A4）")
    reach(page, sheet)
    assert page.request.get(sheet.get_attribute("href") or "").status == 200

    # A neighbour objects on the public page.
    stranger = window(phone=True)
    stranger.goto(page.url.replace("/staff", ""))
    press(stranger, "link", "提出异议")
    write(stranger, "第几行", "1")
    write(stranger, "您的姓名", "孟庆祥")
    write(stranger, "怎么联系您", "13612340000")
    write(stranger, "哪里不对", "多记了一次", exact=True)
    press(stranger, "button", "提交异议")
    expect(stranger.get_by_role("status")).to_contain_text("已经收到")

    press(page, "link", "工作台")
    link = page.get_by_role("link", name=re.compile("公示异议"))
    reach(page, link)
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("link", name=re.compile("第 1 行")))
    page.keyboard.press("Enter")
    expect(page.get_by_text("13612340000")).to_be_visible()
    reach(page, page.get_by_role("radio", name="成立", exact=True))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="不成立")).to_be_checked()
    write(page, "理由", "核对过签到，没有多记")
    press(page, "button", "定下来")
    expect(page.get_by_role("status")).to_contain_text("异议不成立")
    stranger.reload()
    expect(stranger.get_by_text("核对过签到，没有多记")).to_be_visible()


def test_a_star_round_is_computed_reviewed_and_hung_by_keyboard_alone(
    window: OpenWindow, bank: Bank
) -> None:
    errand(bank)
    page = window()
    sign_in(page, "supervisor")
    press(page, "link", "星级评定")
    reach(page, page.get_by_label("评谁、哪一期"))
    page.keyboard.press("ArrowUp")  # from the quarter that is over to the running one
    press(page, "button", "计算")
    expect(page.get_by_role("status")).to_contain_text("请另一位同事复核")
    reach(page, page.locator("summary", has_text="为什么").first)
    page.keyboard.press("Enter")
    expect(page.locator("details[open] p").first).to_be_visible()
    address = page.url

    second = window(phone=True)
    sign_in(second, "second")
    second.goto(address)
    press(second, "button", "复核过了")
    expect(second.get_by_role("status")).to_contain_text("可以公示了")
    press(second, "button", "起草公示")
    press(second, "button", "今天张贴")
    expect(second.get_by_role("status")).to_contain_text("已张贴")
    fits(second)
    for path in ("/staff/notices", "/staff/star-rounds", address):
        second.goto(path)
        fits(second)
    page.reload()
    expect(page.get_by_text("期满才能公布")).to_be_visible()
    press(page, "link", "第 1 号公示")
    expect(page.get_by_text("公示期还有")).to_be_visible()


def test_a_volunteer_finds_herself_in_a_notice_by_keyboard_alone(
    window: OpenWindow, bank: Bank
) -> None:
    errand(bank)
    body = {"kind": "points", "period": "2026", "organization_id": bank.community_id}
    number = bank.as_("supervisor").post("/notices", body).json["id"]
    bank.as_("supervisor").post(f"/notices/{number}/posting", {"objection_days": 5})
    page = window(phone=True)
    page.goto("/sign-in")
    write(page, "卡号", bank.li.code)
    write(page, "密码", bank.li.pin)
    page.keyboard.press("Enter")
    expect(page.get_by_text(bank.li.account_no)).to_be_visible()
    press(page, "link", "公示里的我")
    alias = bank.as_("li").get("/notices/mine").json["items"][0]["alias"]
    expect(page.get_by_text(alias)).to_be_visible()
    fits(page)
    reach(page, page.get_by_role("link", name=re.compile("提异议")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="提交异议")).to_be_visible()
