"""A volunteer at the door with a phone, and a worker at the desk with a scanner that types."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits, sign_in_as_staff, sign_in_with_card
from tests.browser.test_keyboard import press, reach
from tests.cast import Bank


def take(bank: Bank, item: str, **more: object) -> dict[str, str]:
    body = {"service_item": item, "community_id": bank.community_id, **more}
    answer = bank.as_("worker").post("/service-events", body)
    assert answer.status_code == 201, answer.text
    taken: dict[str, str] = answer.json
    return taken


def test_a_volunteer_claims_comes_and_is_done_on_the_phone(window: OpenWindow, bank: Bank) -> None:
    take(bank, "home.cooking", resident={"name": "钱有声"})
    taken = take(bank, "home.repair", resident={"name": "周桂花", "address": "梧桐路 1 号"})
    page = window(phone=True, scripts=False)
    sign_in_with_card(page, bank.li)
    page.get_by_role("link", name="我会做什么").tap()
    expect(page.get_by_role("heading", name="我会做什么")).to_be_visible()
    fits(page)
    page.get_by_label("修理", exact=True).tap()
    page.get_by_role("button", name="记下来").tap()
    expect(page.locator(".entries li").first).to_contain_text("合您手艺")
    fits(page)
    page.locator(".entries li").first.get_by_role("button").tap()
    expect(page.get_by_text("梧桐路 1 号")).to_be_visible()
    fits(page)

    page.goto(taken["visit_path"])
    came = page.get_by_role("button", name="到了")
    expect(came).to_be_in_viewport(ratio=1)
    fits(page)
    came.tap()
    expect(page.get_by_text("到的时间")).to_be_visible()
    gone = page.get_by_role("button", name="做完了")
    expect(gone).to_be_in_viewport(ratio=1)
    gone.tap()
    expect(page.get_by_text("时间太短")).to_be_visible()
    expect(gone).to_have_count(0)
    fits(page)


def test_a_door_s_code_leads_through_the_sign_in(window: OpenWindow, bank: Bank) -> None:
    taken = take(bank, "home.repair", resident={"name": "周桂花"})
    page = window(phone=True)
    page.goto(taken["visit_path"])
    page.get_by_label("卡号").fill(bank.li.code)
    page.get_by_label("密码").fill(bank.li.pin)
    page.get_by_role("button", name="看我的存折").tap()
    expect(page.get_by_role("button", name="到了")).to_be_visible()


def scan(page: Page, code: str, said: str) -> None:
    """A scanner types the code into whatever has the focus, and presses Enter."""
    field = page.get_by_label("卡号")
    expect(field).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text(said)
    expect(field).to_be_focused()
    expect(field).to_have_value("")


def test_a_worker_scans_people_by_keyboard_alone(window: OpenWindow, bank: Bank) -> None:
    taken = take(bank, "public.cleanup", volunteers_needed=50)
    page = window()
    sign_in_as_staff(page)
    page.goto(f"/staff/events/{taken['id']}")
    press(page, "link", "刷卡签到、签退")
    scan(page, bank.li.code, "李*兰 到了")
    scan(page, bank.zhao.code, "赵*生 到了")
    scan(page, bank.li.code, "已经签到过了")
    scan(page, "2" * 16, "没有这张卡")
    expect(page.locator(".figures")).to_contain_text("2人")
    reach(page, page.get_by_label("来了（签到）"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("走了（签退）")).to_be_checked()
    page.keyboard.press("Shift+Tab")
    scan(page, bank.li.code, "李*兰 走了")
    scan(page, bank.zhao.code, "赵*生 走了")
    expect(page.locator("table")).to_contain_text("赵*生")


def test_the_pages_of_errands_fit_a_phone(window: OpenWindow, bank: Bank) -> None:
    taken = take(
        bank, "public.cleanup", volunteers_needed=50, needed_at="2026-01-02T09:00:00+08:00",
        repeats={"every": "week", "until": "2026-12-31"}, deadline="2026-01-04T09:00:00+08:00",
    )  # fmt: skip
    bank.as_("worker").post(f"/service-events/{taken['id']}/check-in", {"code": bank.li.code})
    page = window(phone=True)
    sign_in_as_staff(page)
    for address in (
        f"/staff/events/{taken['id']}", f"/staff/events/{taken['id']}/attendance",
        "/staff/callbacks", "/staff/closing", "/staff/events/new", "/staff/events", "/staff",
        f"/staff/volunteers/{bank.li.id}",
    ):  # fmt: skip
        page.goto(address)
        fits(page)


def gun(page: Page, code: str, said: str) -> None:
    """A USB scanner at the counter: it types into what has the focus, and ends with Enter."""
    field = page.get_by_label("请扫储蓄卡")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(field).to_be_in_viewport(ratio=1)
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator(".passed, .refusal")).to_contain_text(said)


def test_a_scanner_at_the_counter_signs_in_without_scripts(window: OpenWindow, bank: Bank) -> None:
    take(bank, "public.cleanup", volunteers_needed=50)
    page = window(scripts=False)
    page.goto("/terminal/enrol")
    page.get_by_label("令牌").fill(bank.tokens["till"])
    page.keyboard.press("Enter")
    press(page, "link", "代办签到、签退")
    reach(page, page.locator(".entries a").first)
    page.keyboard.press("Enter")
    gun(page, bank.li.code, "李*兰 来了")
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)
    gun(page, bank.li.code, "刚签到，还没有签退")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    gun(page, "2" * 16, "没有这张卡")
    gun(page, bank.zhao.code, "赵*生 来了")
    expect(page.locator("table")).to_contain_text("李*兰")
    expect(page.locator(".figures")).to_contain_text("2人")
    page.reload()
    expect(page.locator(".figures")).to_contain_text("2人")
    fits(page)


def test_the_counter_s_pages_of_errands_fit_a_phone(window: OpenWindow, bank: Bank) -> None:
    taken = take(bank, "public.cleanup", volunteers_needed=50)
    page = window(phone=True)
    page.goto("/terminal/enrol")
    page.get_by_label("令牌").fill(bank.tokens["till"])
    page.keyboard.press("Enter")
    expect(page.get_by_label("请扫储蓄卡")).to_be_visible()
    page.goto("/terminal/errands")
    fits(page)
    page.goto(f"/terminal/errands/{taken['id']}")
    fits(page)
    gun(page, bank.li.code, "李*兰 来了")
    fits(page)
