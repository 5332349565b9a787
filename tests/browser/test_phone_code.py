"""The changing code on a volunteer's phone, from the phone to the counter."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits, read_qr, sign_in_with_card
from tests.browser.test_counter import enrol, gun
from tests.cast import Bank

CODE = "我的二维码，半分钟一换"
NOW = "**/me/code/now"


def test_a_code_off_the_phone_buys_once_without_a_pin(window: OpenWindow, bank: Bank) -> None:
    phone, till = window(phone=True), window()
    sign_in_with_card(phone, bank.li)
    fits(phone)
    code = read_qr(phone.get_by_role("img", name=CODE))
    enrol(till, bank)
    gun(till, code)
    expect(till.get_by_role("heading", name="李*")).to_be_visible()
    expect(till.get_by_label("请储户按密码")).to_have_count(0)
    till.get_by_role("button", name="大米 加一").click()
    till.get_by_role("button", name="大米 加一").click()
    till.get_by_role("button", name="大米 加一").click()
    till.get_by_role("button", name="确认兑换").click()
    expect(till.get_by_text("兑换成功")).to_be_visible()
    assert bank.points(bank.li) == "140"
    till.goto("/terminal")
    gun(till, code)
    expect(till.get_by_text("这个码已经用过了")).to_be_visible()


def test_it_is_renewed_in_time_and_no_old_one_is_left_on_a_bad_line(
    window: OpenWindow, bank: Bank
) -> None:
    phone = window(phone=True)
    phone.clock.install()
    sign_in_with_card(phone, bank.li)
    picture = phone.get_by_role("img", name=CODE)
    expect(picture).to_be_visible()
    phone.evaluate("document.querySelector('[data-left]').classList.add('old')")
    phone.clock.run_for(31_000)
    # It may have been on its way already; then this half minute passed before it came.
    expect(phone.locator(".old")).to_have_count(0)
    expect(picture).to_be_visible()
    left = int(phone.locator("[data-left]").get_attribute("data-left") or 0)
    phone.route(NOW, lambda route: route.abort())
    phone.clock.run_for((left + 15) * 1000)
    expect(picture).to_be_visible()  # the counter still takes it
    phone.clock.run_for(15_000)
    expect(phone.get_by_text("网络不通，出不了码")).to_be_visible()
    expect(picture).to_be_hidden()
    phone.unroute(NOW)
    phone.clock.run_for(2_000)
    expect(picture).to_be_visible()
    expect(phone.get_by_text("网络不通，出不了码")).to_be_hidden()


def test_without_scripts_a_page_of_its_own_shows_it(window: OpenWindow, bank: Bank) -> None:
    phone = window(phone=True, scripts=False)
    sign_in_with_card(phone, bank.li)
    phone.get_by_role("link", name="码换了？点这里出新的").click()
    assert read_qr(phone.get_by_role("img", name=CODE))
    fits(phone)
    seconds = phone.locator("noscript meta, meta[http-equiv=refresh]").get_attribute("content")
    assert 1 <= int(seconds or 0) <= 30
