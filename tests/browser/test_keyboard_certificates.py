"""Issuing certificates and checking them, without a mouse."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.test_keyboard import press, reach, write
from tests.cast import PASSWORD, Bank
from tests.certificates.conftest import Paper
from tests.events.errands import request


def test_a_proof_is_issued_checked_and_revoked_by_keyboard_alone(
    window: OpenWindow, bank: Bank
) -> None:
    errand = request(bank)
    errand.complete("li", minutes=90)
    assert errand.rate().status_code == 200
    page = window()
    page.goto("/sign-in")
    write(page, "用户名", "worker")
    write(page, "口令", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()

    page.goto(f"/staff/volunteers/{bank.li.id}")
    reach(page, page.locator("summary", has_text="开服务证明"))
    page.keyboard.press("Enter")
    day = page.get_by_label("从哪天")
    reach(page, day)
    page.keyboard.type("03012026")
    if day.input_value() != "2026-03-01":  # this browser writes the year first
        page.keyboard.press("Control+a")
        page.keyboard.type("20260301")
    press(page, "button", "开证明")
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"编号 \d{4}-000001 已开出"))
    said = page.get_by_role("status").inner_text()
    number = re.search(r"\d{4}-000001", said)
    assert number

    link = page.get_by_role("link", name=f"PDF {number[0]}")
    reach(page, link)
    address = link.get_attribute("href")
    assert address
    sheet = page.request.get(address)
    assert sheet.status == 200
    paper = Paper(sheet.body())
    assert "共1次" in paper.text

    # Somebody scans the paper, then types what stands on it.
    stranger = window(phone=True)
    stranger.goto(paper.link)
    expect(stranger.get_by_text("现在有效")).to_be_visible()
    press(stranger, "link", "核对持有人姓名")
    expect(stranger.get_by_label("编号")).to_have_value(number[0])
    write(stranger, "持有人姓名", bank.li.name)
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("status")).to_contain_text("李*兰")

    reach(page, page.locator("summary", has_text="作废"))
    page.keyboard.press("Enter")
    write(page, "为什么作废", "日期写错了")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已作废")
    stranger.goto(paper.link)
    expect(stranger.get_by_text("已作废")).to_be_visible()
