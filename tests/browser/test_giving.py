"""A volunteer gives points to a pool by keyboard alone, and on a phone without scripts."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits, sign_in_as_staff, sign_in_with_card
from tests.browser.test_keyboard import press, reach, write
from tests.cast import Bank


def test_points_are_given_by_keyboard_alone(window: OpenWindow, bank: Bank) -> None:
    page = window()
    sign_in_with_card(page, bank.li)
    press(page, "link", "捐积分")
    expect(page.get_by_role("heading", name="捐积分")).to_be_visible()
    expect(page.get_by_label("公益池")).to_have_value(bank.pool_id)  # there is only one
    write(page, "给多少分", "12.5")
    reach(page, page.get_by_label("想说的话"))
    page.keyboard.type("给您添件冬衣")
    press(page, "button", "下一步，核对")
    expect(page.locator(".figures")).to_contain_text("187.5")
    press(page, "button", "确认，给出 12.5 分")
    expect(page.get_by_role("status")).to_contain_text("您给出了 12.5 分")
    assert bank.points(bank.li) == "187.5"


def test_points_are_given_on_a_phone_without_scripts(window: OpenWindow, bank: Bank) -> None:
    page = window(phone=True, scripts=False)
    sign_in_with_card(page, bank.li)
    page.get_by_role("link", name="捐积分").tap()
    expect(page.get_by_role("heading", name="捐积分")).to_be_visible()
    fits(page)
    page.get_by_label("给多少分").fill("3")
    page.get_by_role("button", name="下一步，核对").tap()
    expect(page.get_by_role("heading", name="请您核对")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="确认，给出 3 分").tap()
    expect(page.locator("table")).to_contain_text("转赠长河互助池")
    page.goto("/pools")
    fits(page)
    desk = window(phone=True)
    sign_in_as_staff(desk, "supervisor")
    press(desk, "link", "公益池收到的")
    expect(desk.locator(".entries")).to_contain_text("长河互助池")
    fits(desk)
