"""The counter in a real browser: a gun, a lost answer, a reload in between, a supervisor's sign."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image, ImageFilter
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from moralbank.core.db import session
from moralbank.core.qr import qr_png
from moralbank.market.models import Redemption
from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits, read_qr, sign_in_as_staff
from tests.cast import PASSWORD, Bank

BARCODE = "6901234567892"
SEND = "**/terminal/redemptions"


def enrol(page: Page, bank: Bank, till: str = "till") -> None:
    page.goto("/terminal/enrol")
    page.locator("input[name=token]").fill(bank.tokens[till])
    page.keyboard.press("Enter")
    expect(page.get_by_label("请扫储蓄卡")).to_be_focused()


def gun(page: Page, code: str) -> None:
    """A gun types wherever the focus is, and presses Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def redemptions(bank: Bank) -> int:
    with bank.inside():
        return session().scalar(select(func.count()).select_from(Redemption)) or 0


def scan(page: Page, bank: Bank) -> None:
    """Scan li's card; the counter is ready for goods when its buttons are there."""
    gun(page, bank.li.code)
    expect(page.get_by_role("heading", name="李*")).to_be_visible()
    expect(page.get_by_role("button", name="肥皂 加一")).to_be_visible()


def choose(page: Page, bank: Bank) -> None:
    """Scan li's card and put one soap in, which needs no PIN."""
    scan(page, bank)
    page.get_by_role("button", name="肥皂 加一").click()


def test_a_gun_alone_serves_somebody(window: OpenWindow, bank: Bank) -> None:
    bank.as_("supervisor").patch(f"/goods/{bank.soap}", {"barcode": BARCODE})
    page = window()
    enrol(page, bank)
    scan(page, bank)
    # However slowly: an old laptop may stop for a moment.
    page.keyboard.type(BARCODE, delay=150)
    page.keyboard.press("Enter")
    gun(page, BARCODE)
    expect(page.locator("#gun-says")).to_have_text("加了一份：肥皂")
    expect(page.locator("#total")).to_have_text("1")
    # Into a field it types as well, and what was there stays.
    page.get_by_label("肥皂", exact=True).focus()
    gun(page, BARCODE)
    expect(page.get_by_label("肥皂", exact=True)).to_have_value("3")
    gun(page, "6900000000014")
    expect(page.locator("#gun-says")).to_contain_text("本店没有这个条码")
    expect(page.locator("#total")).to_have_text("1.5")
    page.get_by_role("button", name="确认兑换").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert bank.points(bank.li) == "198.5"


def test_a_device_is_enrolled_by_the_office_s_code(window: OpenWindow, bank: Bank) -> None:
    office = window()
    sign_in_as_staff(office, "supervisor")
    office.goto(f"/staff/shops/{bank.supermarket_id}/terminals")
    office.get_by_label("叫什么").fill("前台手机")
    office.get_by_role("button", name="新建").click()
    address = read_qr(office.get_by_role("img", name="启用收银台的二维码"))
    phone = window()
    fits(office)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(address)
    expect(phone.get_by_text("二维码读到了")).to_be_visible()
    assert "#" not in phone.url
    phone.keyboard.press("Enter")
    expect(phone.get_by_label("请扫储蓄卡")).to_be_focused()
    fits(phone)
    token = address.partition("#")[2]
    assert not any(token in url.partition("#")[0] for url in asked)
    # Without a camera the gun types the whole address.
    laptop = window()
    laptop.goto("/terminal/enrol")
    expect(laptop.get_by_label("收银台令牌")).to_be_focused()
    gun(laptop, address)
    expect(laptop.get_by_label("请扫储蓄卡")).to_be_focused()
    office.get_by_role("button", name="停用 前台手机").click()
    expect(office.get_by_text("那台设备不能再兑换")).to_be_visible()
    phone.goto("/terminal")
    expect(phone.get_by_label("收银台令牌")).to_be_visible()


def film_of(picture: Image.Image, turns: Iterable[int], film: Path, *, blur: float) -> Path:
    """What a camera sees of something in an old hand: turned, out of focus, every third time
    away."""
    shots = []
    for place, turn in enumerate(turns):
        shot = Image.new("L", (640, 480), 170)
        if place % 3 != 2:
            turned = picture.rotate(turn, expand=True, fillcolor=170)
            shot.paste(turned, (110 + 6 * place, 60 + 5 * place))
            shot = shot.filter(ImageFilter.GaussianBlur(blur))
        jpeg = BytesIO()
        shot.convert("RGB").save(jpeg, "JPEG", quality=75)
        shots.append(jpeg.getvalue())
    film.write_bytes(b"".join(shots))
    return film


def test_the_camera_reads_a_card_in_an_old_hand(
    filmed: Callable[[Path], OpenWindow], bank: Bank, tmp_path: Path
) -> None:
    card = Image.open(BytesIO(qr_png(bank.li.code))).convert("L").resize((250, 250))
    film = film_of(card, (-23, 8, 0, 17, 31, 0, -9, 24, 0), tmp_path / "card.mjpeg", blur=1.5)
    page = filmed(film)(phone=True)
    enrol(page, bank)
    page.get_by_role("button", name="用摄像头扫").click()
    expect(page.get_by_role("heading", name="李*")).to_be_visible(timeout=20_000)
    fits(page)


def test_the_camera_puts_goods_in_once_while_they_stay_before_it(
    filmed: Callable[[Path], OpenWindow], bank: Bank, tmp_path: Path
) -> None:
    bank.as_("supervisor").patch(f"/goods/{bank.soap}", {"barcode": BARCODE})
    drawn = zxingcpp.create_barcode(BARCODE, zxingcpp.BarcodeFormat.EAN13).to_image(scale=3)
    label = Image.fromarray(drawn).convert("L").resize((330, 170))
    moves = film_of(label, (0, 6, -5, 0, 12, 3, -9, 0), tmp_path / "goods.mjpeg", blur=0.8)
    page = filmed(moves)(phone=True)
    enrol(page, bank)
    scan(page, bank)
    page.get_by_role("button", name="用摄像头扫物品").click()
    expect(page.locator("#gun-says")).to_have_text("加了一份：肥皂", timeout=20_000)
    film = page.locator("#camera-view")
    while film.evaluate("film => film.currentTime") < 4:
        page.wait_for_timeout(200)
    expect(page.locator("#total")).to_have_text("0.5")
    fits(page)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()


def test_two_counters_want_the_last_bag_and_one_gets_it(window: OpenWindow, bank: Bank) -> None:
    left = bank.stock(bank.rice)
    taken = {"quantity": 1 - left, "reason": "damaged"}
    path = f"/goods/{bank.rice}/stock-movements"
    assert bank.as_("supervisor").post(path, taken).status_code == 201
    first, second = window(), window()
    for page, till, member in ((first, "till", bank.li), (second, "second_till", bank.zhao)):
        enrol(page, bank, till)
        gun(page, member.code)
        page.get_by_role("button", name="大米 加一").click()
        page.get_by_label("请储户按密码").fill(member.pin)
    for page in (first, second):
        page.get_by_role("button", name="确认兑换").click(no_wait_after=True)
    done = [page.get_by_role("heading", name="兑换成功") for page in (first, second)]
    expect(done[0].or_(first.get_by_role("alert"))).to_be_visible()
    expect(done[1].or_(second.get_by_role("alert"))).to_be_visible()
    [without] = [page for page, one in zip((first, second), done, strict=True) if one.count() == 0]
    expect(without.get_by_role("alert")).to_contain_text("没有兑换，积分没有动")
    expect(without.get_by_role("alert")).to_contain_text("只剩 0 袋")
    assert (redemptions(bank), bank.stock(bank.rice)) == (1, 0)


def test_a_refusal_is_said_and_the_goods_are_there_again(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    scan(page, bank)
    page.get_by_label("大米", exact=True).fill("1")
    page.get_by_label("请储户按密码").fill("0000")
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("alert")).to_contain_text("没有兑换，积分没有动")
    expect(page.get_by_label("大米", exact=True)).to_have_value("1")
    page.get_by_label("请储户按密码").fill(bank.li.pin)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert redemptions(bank) == 1


def test_a_lost_answer_is_found_again_and_nothing_is_done_twice(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    page.route(SEND, lose_the_answer)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert (redemptions(bank), bank.points(bank.li)) == (1, "199.5")


def test_a_request_that_never_arrived_is_sent_again(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    page.route(SEND, lambda route: route.abort(), times=1)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert (redemptions(bank), bank.points(bank.li)) == (1, "199.5")


def lose_the_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def hear_nothing(page: Page, bank: Bank, lost: Callable[[Route], None]) -> None:
    """Send, and hear neither the answer nor what became of it."""
    choose(page, bank)
    page.route(SEND, lost)
    page.route("**/terminal/outcome?*", lambda route: route.abort())
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_text("网络不通，还在问。")).to_be_visible()


def reload_in_flight(page: Page, bank: Bank, lost: Callable[[Route], None]) -> None:
    """Send, hear nothing, and open the counter anew when the line is back."""
    hear_nothing(page, bank, lost)
    expect(page.get_by_role("heading", name="这一笔还不知道成没成")).to_be_visible()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_hidden()
    page.unroute_all()
    page.goto("/terminal")


def test_after_a_reload_what_was_done_is_found(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    reload_in_flight(page, bank, lose_the_answer)
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert (redemptions(bank), bank.points(bank.li)) == (1, "199.5")
    page.goto("/terminal")
    expect(page.get_by_label("请扫储蓄卡")).to_be_visible()


def test_after_a_reload_what_was_not_done_never_will_be(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    sent: list[str] = []

    def keep(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.abort()

    reload_in_flight(page, bank, keep)
    expect(page.get_by_role("heading", name="上一笔没有兑换")).to_be_visible()
    expect(page.get_by_label("请扫储蓄卡")).to_be_focused()
    # The request arrives after all.
    late = page.evaluate(
        """async (body) => {
            const form = new FormData();
            for (const [, name, value] of body.matchAll(
                /name="([^"]+)"\\r\\n\\r\\n([^\\r]*)\\r\\n/g)) form.set(name, value);
            const csrf = document.querySelector("[name=csrf_token]").value;
            form.set("csrf_token", csrf);
            return (await fetch("/terminal/redemptions", {method: "POST", body: form})).status;
        }""",
        sent[0],
    )
    assert late == 422
    assert (redemptions(bank), bank.points(bank.li)) == (0, "200")
    choose(page, bank)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()


def walk_away(page: Page, bank: Bank, lost: Callable[[Route], None]) -> None:
    """Send, hear nothing, and be told that the volunteer does not want it any more."""
    hear_nothing(page, bank, lost)
    page.unroute_all()
    page.get_by_role("button", name="不换了").click()


def test_who_walks_away_from_what_was_made_is_told_who_takes_it_back(
    window: OpenWindow, bank: Bank
) -> None:
    page = window(phone=True)
    enrol(page, bank)
    walk_away(page, bank, lose_the_answer)
    expect(page.get_by_role("alert")).to_contain_text("这一笔已经换成了")
    expect(page.get_by_role("heading", name="兑换成功")).to_be_hidden()
    fits(page)
    assert bank.points(bank.li) == "199.5"
    page.get_by_label("为什么").fill("断网，储户走了")
    page.get_by_label("主管用户名").fill("supervisor")
    page.get_by_label("主管口令").fill(PASSWORD)
    page.get_by_role("button", name="撤销，退回积分和物品").click()
    expect(page.get_by_text("已撤销").first).to_be_visible()
    assert (redemptions(bank), bank.points(bank.li)) == (1, "200")


def test_who_walks_away_from_what_was_not_made_is_told_so(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    walk_away(page, bank, lambda route: route.abort())
    expect(page.get_by_role("heading", name="上一笔没有兑换")).to_be_visible()
    assert (redemptions(bank), bank.points(bank.li)) == (0, "200")


def reserved(page: Page, bank: Bank) -> None:
    """li has a bag of rice set aside, and stands at the counter."""
    lines = [{"goods_id": bank.rice, "quantity": 1}]
    made = bank.as_("li").post("/reservations", {"lines": lines})
    assert made.status_code == 201, made.text
    scan(page, bank)


def test_a_lost_answer_of_what_was_set_aside_is_found_again(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    reserved(page, bank)
    page.route("**/terminal/reservations/**", lose_the_answer)
    page.get_by_role("button", name="交给他").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert (redemptions(bank), bank.points(bank.li), bank.stock(bank.rice)) == (1, "180", 9)


def test_after_a_reload_what_was_set_aside_and_handed_over_is_found(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    reserved(page, bank)
    page.route("**/terminal/reservations/**", lose_the_answer)
    page.route("**/terminal/outcome?*", lambda route: route.abort())
    page.get_by_role("button", name="交给他").click()
    expect(page.get_by_text("李*兰 · 大米 × 1 袋")).to_be_visible()
    page.unroute_all()
    page.goto("/terminal")
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert redemptions(bank) == 1


def test_another_code_than_goods_presses_no_button(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    for name in ("肥皂 加一", "确认兑换"):
        page.get_by_role("button", name=name).focus()
        for code in ("96385074", "012345678905", bank.zhao.code):
            gun(page, code)
            expect(page.locator("#gun-says")).to_contain_text(f"本店没有这个条码：{code}")
    pin = page.get_by_label("请储户按密码")
    pin.focus()
    gun(page, "96385074")
    expect(pin).to_have_value("")
    expect(page.get_by_label("肥皂", exact=True)).to_have_value("1")
    assert redemptions(bank) == 0


def test_the_next_card_is_read_where_the_last_one_is_done(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    gun(page, bank.zhao.code)
    expect(page.get_by_role("heading", name="赵*生")).to_be_visible()


def test_a_gun_is_heard_before_the_rest_of_the_page_is_there(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    late: list[Route] = []

    def hold(script: Route) -> None:
        late.append(script)

    page.route("**/js/counter.js*", hold)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    gun(page, bank.zhao.code)
    for script in late:
        script.continue_()
    page.unroute_all()
    expect(page.get_by_role("heading", name="赵*生")).to_be_visible()


def test_a_price_that_changed_is_said_before_it_is_paid(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    changed = bank.as_("supervisor").patch(f"/goods/{bank.soap}", {"price": "0.8"})
    assert changed.status_code == 200, changed.text
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("alert")).to_contain_text("肥皂现在每块 0.8 分")
    expect(page.locator("#total")).to_have_text("0.8")
    assert bank.points(bank.li) == "200"
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert bank.points(bank.li) == "199.2"


def test_a_wrong_pin_is_sent_once_however_the_answers_are_lost(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    scan(page, bank)
    for _bag in range(3):
        page.get_by_role("button", name="大米 加一").click()
    page.get_by_label("请储户按密码").fill("9999")
    sent: list[str] = []

    def lose(route: Route) -> None:
        sent.append(route.request.url)
        lose_the_answer(route)

    page.route(SEND, lose)
    page.get_by_role("button", name="确认兑换").click()
    expect(
        page.get_by_role("heading", name="上一笔没有兑换，积分没有动。请重新扫卡。")
    ).to_be_visible()
    assert (len(sent), redemptions(bank)) == (1, 0)
    refused = bank.buy({bank.rice: 3}, pin="9999")
    assert "还可以试 3 次" in refused.text


def test_of_several_answers_the_one_that_says_it_was_walked_away_from_stays(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    held: list[Route] = []

    def hold_the_second(route: Route) -> None:
        if held or len(lost) > 0:
            held.append(route)
        else:
            lost.append(route)
            route.abort()

    def answer_both(route: Route) -> None:
        done = held[0].fetch()
        answer = route.fetch()
        route.fulfill(response=answer)
        held[0].fulfill(response=done)

    lost: list[Route] = []
    page.route(SEND, hold_the_second)
    page.route("**/terminal/settlement", answer_both)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="这一笔还不知道成没成")).to_be_visible()
    page.wait_for_timeout(300)
    page.get_by_role("button", name="不换了").click()
    expect(page).to_have_url(re.compile(r"/terminal/receipts/.*walked=1"))
    page.wait_for_timeout(500)
    expect(page.get_by_role("heading", name="兑换成功")).to_be_hidden()
    assert "walked=1" in page.url
    assert redemptions(bank) == 1


def test_who_walks_away_presses_once(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    page.route("**/terminal/settlement", lambda route: route.abort())
    hear_nothing(page, bank, lose_the_answer)
    page.get_by_role("button", name="不换了").click()
    expect(page.get_by_role("button", name="不换了")).to_be_disabled()
    expect(page.get_by_role("button", name="再问一次")).to_be_disabled()


def test_what_was_taken_back_before_it_was_known_is_not_called_done(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    hear_nothing(page, bank, lose_the_answer)
    with bank.inside():
        made = session().scalar(select(Redemption.id))
    voided = bank.as_("supervisor").post(f"/redemptions/{made}/void", {"reason": "人走了"})
    assert voided.status_code in (200, 201), voided.text
    page.unroute_all()
    expect(page.get_by_text("此单已撤销")).to_be_visible()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_hidden()
    page.goto(f"/terminal/done/{made}")
    expect(page.get_by_text("此单已撤销")).to_be_visible()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_hidden()


def test_a_device_that_keeps_nothing_sells_all_the_same(window: OpenWindow, bank: Bank) -> None:
    page = window()
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    enrol(page, bank)
    choose(page, bank)
    page.route(SEND, lambda route: route.abort(), times=1)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    assert (redemptions(bank), bank.points(bank.li)) == (1, "199.5")


def test_a_counter_that_was_revoked_says_so(window: OpenWindow, bank: Bank) -> None:
    page = window()
    enrol(page, bank)
    hear_nothing(page, bank, lose_the_answer)
    supervisor = bank.as_("supervisor")
    for till in supervisor.get("/terminals").json["items"]:
        supervisor.post(f"/terminals/{till['id']}/revocation")
    page.unroute_all()
    expect(page.get_by_text("这台收银台停用了")).to_be_visible()


def test_a_supervisor_signs_for_taking_back_and_the_paper_s_code_says_so(
    window: OpenWindow, bank: Bank
) -> None:
    page = window()
    enrol(page, bank)
    choose(page, bank)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    link = read_qr(page.get_by_role("img", name="小票网页的二维码"))
    other = window()
    other.goto(link)
    expect(other.get_by_text("有效", exact=True)).to_be_visible()
    fits(other)

    page.goto("/terminal/today")
    page.get_by_role("link", name=page_number(bank)).click()
    page.get_by_text("撤销这一笔").click()

    def sign(username: str, password: str) -> None:
        page.get_by_label("为什么").fill("人走了，没有拿东西")
        page.get_by_label("主管用户名").fill(username)
        page.get_by_label("主管口令").fill(password)
        page.get_by_role("button", name="撤销，退回积分和物品").click()

    sign("supervisor", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("不对")
    sign("worker", PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    assert bank.points(bank.li) == "199.5"
    sign("supervisor", PASSWORD)
    expect(page.get_by_text("此单已撤销")).to_be_visible()
    assert bank.points(bank.li) == "200"
    other.reload()
    expect(other.get_by_text("积分已经退回。")).to_be_visible()


def page_number(bank: Bank) -> str:
    with bank.inside():
        return session().scalars(select(Redemption.receipt_no)).one()
