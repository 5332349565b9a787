"""A volunteer gives points and goods by keyboard alone, and on a phone without scripts."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits, sign_in_as_staff, sign_in_with_card
from tests.browser.test_keyboard import press, reach, write
from tests.cast import Bank
from tests.core.examples import household


def test_points_are_given_by_keyboard_alone(window: OpenWindow, bank: Bank) -> None:
    page = window()
    sign_in_with_card(page, bank.li)
    press(page, "link", "捐积分、捐物品")
    expect(page.get_by_role("heading", name="捐积分")).to_be_visible()
    receiver = page.get_by_label("给谁", exact=True)
    expect(receiver).to_have_value(f"pool:{bank.pool_id}")  # there is only one
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
    page.get_by_role("link", name="捐积分、捐物品").tap()
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
    press(desk, "link", "收到的捐赠")
    expect(desk.locator(".entries")).to_contain_text("长河互助池")
    fits(desk)


def test_rice_for_a_household_by_keyboard_alone(window: OpenWindow, bank: Bank) -> None:
    home = household(bank, "万秀兰")
    page = window()
    sign_in_with_card(page, bank.li)
    press(page, "link", "捐积分、捐物品")
    press(page, "link", "捐物品")
    reach(page, page.get_by_label("给谁", exact=True))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("给谁", exact=True)).to_have_value(f"household:{home}")
    reach(page, page.get_by_label("物品", exact=True))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("物品", exact=True)).to_have_value(bank.rice)
    press(page, "button", "下一步，核对")
    expect(page.get_by_role("region", name="请您核对")).to_contain_text("大米 × 1 袋")
    expect(page.locator("main")).not_to_contain_text("万秀兰")
    press(page, "button", "确认，给出 20 分")
    expect(page.get_by_role("status")).to_contain_text("您给出了 20 分的物品")

    desk = window()
    sign_in_as_staff(desk, "worker")
    press(desk, "link", "收到的捐赠")
    press(desk, "link", "提出发放 大米 × 1 袋")
    press(desk, "button", "提出，等批准")
    expect(desk.get_by_role("status")).to_contain_text("等另一位同事批准")
    second = window()
    sign_in_as_staff(second, "supervisor")
    press(second, "link", "困难户发放")
    expect(second.locator("main")).to_contain_text("大米 × 1 袋")
    waiting = bank.as_("supervisor").get("/reliefs?status=proposed").json["items"][0]
    press(second, "button", f"批准并出库 {waiting['receipt_no']}")
    expect(second.get_by_role("status")).to_contain_text("物品出库")
    assert bank.stock(bank.rice) == 9
