"""A resident with a phone and a card of their own; another who only found the public page."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits, read_qr, sign_in_as_staff
from tests.browser.test_keyboard import press, reach, write
from tests.cast import Bank
from tests.events.errands import request


def test_a_card_a_request_a_visit_a_rating(window: OpenWindow, bank: Bank) -> None:
    errand = request(bank)
    desk = window()
    sign_in_as_staff(desk)
    desk.goto(f"/staff/events/{errand.id}")
    desk.get_by_text("居民服务卡").click()
    desk.get_by_role("button", name="出卡").click()
    link = read_qr(desk.get_by_role("img", name="居民自己那一页的二维码"))
    assert "/resident/" in link

    phone = window(phone=True, scripts=False)
    phone.goto(link)
    expect(phone.get_by_role("heading", name="秦*华，您好")).to_be_visible()
    fits(phone)
    phone.get_by_role("link", name="请人帮忙").tap()
    phone.get_by_label("要办什么事").select_option("home.repair")
    phone.get_by_label("要交代的").fill("水龙头漏水")
    fits(phone)
    phone.get_by_role("button", name="找人来办").tap()
    expect(phone.get_by_text("打电话评价时，报这个码")).to_be_visible()
    fits(phone)
    phone.get_by_role("link", name="回到我的事").tap()
    own = phone.locator(".entries > li").first
    expect(own).to_contain_text("在找人")
    own.get_by_text("志愿者到了，给他扫码").tap()
    assert "/visit/" in read_qr(own.get_by_role("img", name="签到网页的二维码"))
    fits(phone)

    newest = bank.as_("worker").get("/service-events?limit=1").json["items"][0]
    body = {
        "participants": [{"volunteer_id": bank.li.id, "minutes": 60}],
        "performed_at": "2026-07-01T09:30:00+08:00",
    }
    done = bank.as_("worker").post(f"/service-events/{newest['id']}/completion", body)
    assert done.status_code == 200, done.text
    phone.reload()
    expect(own).to_contain_text("李*兰")
    own.get_by_role("link", name="去打星").tap()
    phone.get_by_text("非常满意").tap()
    phone.get_by_role("button", name="提交评价").tap()
    expect(phone.get_by_text("谢谢您！")).to_be_visible()
    phone.goto(link)
    expect(own).to_contain_text("您打了")


def test_the_public_page_by_keyboard_alone(window: OpenWindow, bank: Bank) -> None:
    page = window()
    page.goto("/")
    press(page, "link", "请人帮忙")
    for choice in ("要办什么事", "您住在哪个社区"):
        reach(page, page.get_by_label(choice))
        page.keyboard.press("ArrowDown")
    write(page, "您怎么称呼", "秦月华")
    write(page, "您的电话", "13700000007")
    press(page, "button", "请社区打给我")
    expect(page.get_by_role("heading", name="收到了。")).to_be_visible()
    [ask] = bank.as_("worker").get("/asks").json["items"]
    assert (ask["name"], ask["phone"]) == ("秦月华", "13700000007")
