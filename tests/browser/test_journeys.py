"""A worker, a resident and a volunteer at their pages, in a real browser."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import (
    errand_done,
    fits,
    read_qr,
    sign_in_as_staff,
    sign_in_with_card,
)
from tests.cast import Bank


def test_a_worker_sees_an_errand_through_from_the_account_to_the_points(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    sign_in_as_staff(page)

    page.get_by_role("link", name="开户", exact=True).click()
    page.get_by_label("姓名", exact=True).fill("孙建国")
    page.get_by_label("手机号").fill("139 0000 0003")
    page.get_by_label("居民", exact=True).check()
    page.get_by_role("button", name="开户").click()
    expect(page.get_by_role("status")).to_contain_text("已开户")

    page.get_by_label("密码", exact=True).fill("4711")
    page.get_by_role("button", name="发卡").click()
    expect(page.get_by_role("heading", name="打印储蓄卡")).to_be_visible()
    code = page.locator(".card-code").inner_text().replace(" ", "")
    assert read_qr(page.get_by_role("img", name="卡的二维码")) == code
    page.emulate_media(media="print")
    expect(page.locator("header.masthead")).to_be_hidden()
    expect(page.get_by_role("button", name="打印")).to_be_hidden()
    expect(page.locator(".cr80.back")).to_be_visible()
    page.emulate_media(media="screen")

    page.get_by_role("link", name="工作台").first.click()
    page.get_by_role("link", name="接一件事").click()
    page.get_by_label("办什么事").select_option(label="代买日用品")
    page.get_by_label("居民姓名").fill("周桂花")
    page.get_by_label("居民电话").fill("13700000001")
    page.get_by_role("button", name="记下来").click()
    expect(page.locator(".six")).to_have_text(re.compile(r"^\d{3} \d{3}$"))
    link = read_qr(page.get_by_role("img", name="评价网页的二维码"))
    assert link == page.locator(".slip a").get_attribute("href")
    assert "/rate/" in link

    page.get_by_role("link", name="去看这件事").click()
    complete(page, "孙建国", "90")
    page.get_by_text("满意", exact=True).click()
    page.get_by_label("纸条", exact=True).check()
    page.get_by_label("纸条单号").fill("A-17")
    page.get_by_role("button", name="录入评价").click()
    expect(page.get_by_role("status")).to_contain_text("已入账")
    expect(page.get_by_text("单号 A-17")).to_be_visible()

    resident = window(phone=True)
    resident.goto(link)
    expect(resident.get_by_role("heading", name="已经评过了")).to_be_visible()


def complete(page: Page, who: str, minutes: str) -> None:
    page.get_by_label("志愿者 1").fill(who)
    page.get_by_label("分钟").first.fill(minutes)
    page.get_by_label("什么时候开始办的 日期").fill("2026-07-01")
    page.get_by_label("什么时候开始办的 几点").fill("09:30")
    page.get_by_role("button", name="记为办完").click()
    expect(page.get_by_role("status")).to_contain_text("已记为办完")


def test_a_resident_rates_in_two_taps(window: OpenWindow, bank: Bank) -> None:
    page = window(phone=True)
    page.goto(errand_done(bank))
    fits(page)
    page.get_by_text("非常满意").tap()
    send = page.get_by_role("button", name="提交评价")
    expect(send).to_be_in_viewport(ratio=1)
    send.tap()
    expect(page.get_by_role("heading", name="谢谢您")).to_be_visible()
    expect(page.get_by_text("李*兰")).to_be_visible()
    fits(page)
    page.reload()
    expect(page.get_by_role("heading", name="谢谢您")).to_be_visible()
    assert bank.points(bank.li) == "218"


def test_without_scripts_a_resident_rates_and_a_volunteer_signs_in(
    window: OpenWindow, bank: Bank
) -> None:
    resident = window(phone=True, scripts=False)
    resident.goto(errand_done(bank))
    resident.get_by_text("满意", exact=True).tap()
    resident.get_by_role("button", name="提交评价").tap()
    expect(resident.get_by_role("heading", name="谢谢您")).to_be_visible()

    volunteer = window(phone=True, scripts=False)
    sign_in_with_card(volunteer, bank.li)
    expect(volunteer.get_by_text("代买日用品").first).to_be_visible()

    staff = window(scripts=False)
    sign_in_as_staff(staff)


def test_a_neighbour_types_the_code_of_an_errand_for_all(window: OpenWindow, bank: Bank) -> None:
    page = window(phone=True)
    page.goto(errand_done(bank, resident=False))
    page.get_by_text("满意", exact=True).tap()
    page.get_by_label("六位评价码").fill("12345x")
    page.get_by_role("button", name="提交评价").tap()
    expect(page.get_by_role("alert")).to_contain_text("评价码不对")
    expect(page.locator("#stars-4")).to_be_checked()


def test_a_volunteer_claims_an_errand_on_the_phone(window: OpenWindow, bank: Bank) -> None:
    asked = bank.as_("worker").post(
        "/service-events",
        {
            "service_item": "home.cooking", "community_id": bank.community_id,
            "resident": {"name": "周桂花", "phone": "13700000001", "address": "梧桐路 1 号"},
        },
    )  # fmt: skip
    assert asked.status_code == 201
    page = window(phone=True)
    sign_in_with_card(page, bank.zhao)
    fits(page)
    shown = read_qr(page.get_by_role("img", name="我的二维码，半分钟一换"))
    assert shown.startswith(bank.zhao.card_id.upper())
    page.get_by_role("button", name="我来办 上门做饭").tap()
    expect(page.get_by_role("status")).to_contain_text("归您办了")
    expect(page.get_by_role("link", name="13700000001")).to_have_attribute(
        "href", "tel:13700000001"
    )
    expect(page.get_by_text("梧桐路 1 号")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="我的存折").first.tap()
    expect(page.get_by_text("眼下没有等人认领的事")).to_be_visible()


def test_after_signing_out_the_back_button_shows_nothing(window: OpenWindow, bank: Bank) -> None:
    page = window(phone=True)
    sign_in_with_card(page, bank.li)
    page.get_by_role("button", name="退出").tap()
    expect(page.get_by_role("link", name="登录")).to_be_visible()
    page.go_back()
    expect(page.get_by_text(bank.li.account_no)).to_have_count(0)


def test_the_staff_s_pages_fit_a_phone(window: OpenWindow, bank: Bank) -> None:
    path = errand_done(bank)
    event_id = path.removeprefix("/rate/")[:16]
    page = window(phone=True)
    sign_in_as_staff(page)
    for address in (
        "/staff", "/staff/volunteers", "/staff/volunteers/new", "/staff/events",
        "/staff/events/new", f"/staff/events/{event_id}", f"/staff/volunteers/{bank.li.id}",
        f"/staff/cards/{bank.li.card_id}",
    ):  # fmt: skip
        page.goto(address)
        fits(page)
