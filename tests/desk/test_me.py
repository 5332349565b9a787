"""The volunteer's own pages: nobody else's, and of an errand only what its doer needs."""

from datetime import UTC, date, datetime

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.transaction import transact
from moralbank.people import lapsing, sign_in
from moralbank.people.adjustments import adjust
from moralbank.people.volunteers import gift_wallet_of
from moralbank.rulebook.operations import publish
from tests.cast import PASSWORD, Bank
from tests.desk.errand_steps import RESIDENT, complete, rate, take
from tests.desk.visitor import visit


def test_the_book_shows_card_balance_and_entries(bank: Bank) -> None:
    taken = take(bank)
    complete(bank, taken["id"])
    rate(bank, taken["id"])
    page = visit(bank, "li").open("/me")
    assert page.status_code == 200
    points = bank.points(bank.li)
    for words in (bank.li.name, bank.li.account_no, f">{points}<", "代买日用品", "+200", "1.5"):
        assert words in page.text
    assert "<svg" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_phone_s_code_is_the_own_one_and_never_the_printed_one(bank: Bank) -> None:
    for path in ("/me", "/me/code", "/me/code/now"):
        own = visit(bank, "li").open(path).text
        other = visit(bank, "zhao").open(path).text
        assert "<svg" in own
        assert own != other
        assert bank.li.code not in own.replace(" ", "")
        assert visit(bank).open(path).request.path == "/sign-in"


def test_a_revoked_card_is_gone_and_a_locked_one_says_so(bank: Bank) -> None:
    visitor = visit(bank, "li")
    for _try in range(5):
        bank.as_("public").post("/tokens", {"card_code": bank.li.code, "pin": "0000"})
    assert "锁定" in visitor.open("/me").text
    bank.as_("worker").post(f"/cards/{bank.li.card_id}/revocation")
    assert 'name="card_code"' in visitor.open("/me").text


def test_a_lost_card_is_blocked_from_the_phone(bank: Bank) -> None:
    me = visit(bank, "li")
    me.open("/me")
    done = me.send("/me/card/block")
    assert me.path == "/sign-in"
    assert "卡已挂失" in done.text
    assert bank.buy({bank.soap: 1}).json["code"] == "card_locked"
    me.open("/me")
    assert me.path == "/sign-in"
    assert "已锁" in visit(bank, "worker").open(f"/staff/volunteers/{bank.li.id}").text


def test_who_may_buy_stands_there_and_is_ended_with_a_tap(bank: Bank) -> None:
    worker = visit(bank, "worker")
    path = f"/staff/volunteers/{bank.li.id}/delegates"
    assert "代领人" in worker.open(f"/staff/volunteers/{bank.li.id}").text
    worker.open(path)
    wrong = worker.send(path, name="孙晓梅", relation="女儿", good_until="2020-01-01", pin="8642")
    assert wrong.status_code == 422
    assert "一年之内" in wrong.text
    assert "8642" not in wrong.text
    worker.open(path)
    card = worker.send(path, name="孙晓梅", relation="女儿", pin="8642")
    assert "代领卡，储户 李*兰" in card.text
    me = visit(bank, "li")
    page = me.open("/me").text
    assert "能替我换东西的人" in page
    assert "孙晓梅" in page
    [one] = bank.as_("li").get(f"/volunteers/{bank.li.id}/delegates").json["items"]
    assert "马上不能用" in me.send(f"/me/delegates/{one['id']}/end").text
    assert "孙晓梅" not in me.open("/me").text
    assert "已停用" in worker.open(path).text


def test_the_statement_is_paged_by_asset(bank: Bank) -> None:
    with bank.inside():
        for number in range(40):
            adjust(
                system("test"), volunteer_id=bank.li.id, asset="points", amount=100,
                reason=f"第{number}笔",
            )  # fmt: skip
    visitor = visit(bank, "li")
    first = visitor.open("/me/statement").text
    assert "第39笔" in first
    assert "开户" not in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = visitor.open(following.replace("&amp;", "&")).text
    assert "开户" in second
    assert "第39笔" not in second
    assert "还没有账" in visitor.open("/me/statement?asset=minutes").text
    assert visitor.open("/me/statement?asset=gold").status_code == 200
    assert visitor.open("/me/statement?cursor=forged").status_code == 422


def test_the_book_says_what_lapses_next_and_the_statement_what_did(bank: Bank) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    document["expiry"] = {"rule": "year_end"}
    summer, new_year = datetime(2041, 7, 1, tzinfo=UTC), datetime(2042, 1, 1, tzinfo=UTC)
    assert "到期" not in visit(bank, "li").open("/me").text
    with bank.inside():
        publish(system("test"), effective_from=date(2041, 1, 1), document=document)
        with clock.at(summer):
            for points in (1_250, 3_000):
                adjust(
                    system("test"), volunteer_id=bank.li.id, asset="points", amount=points,
                    reason="夏天",
                )  # fmt: skip
            renew(bank)
    with clock.at(summer):
        for path in ("/me", f"/staff/volunteers/{bank.li.id}"):
            who = "li" if path == "/me" else "worker"
            page = visit(bank, who).open(path).text.replace("\u00a0", " ")
            assert "其中 42.5 分于 2041 年 12 月 31 日到期" in page
        assert "到期" not in visit(bank, "zhao").open("/me").text
    with bank.inside(), clock.at(new_year):
        lapsing.expire(system("test"), on=date(2042, 1, 1))
    with bank.inside(), clock.at(new_year):
        renew(bank)
    with clock.at(new_year):
        assert "日到期" in visit(bank, "li").open("/me").text
        page = visit(bank, "li").open("/me/statement").text
        assert ">2041 年 12 月 31 日到期</td>" in page
        assert "−42.5" in page
        assert "其中" not in visit(bank, "li").open("/me").text


def renew(bank: Bank) -> None:
    """Sign in again, at this moment."""
    for name, member in bank.members.items():
        bank.tokens[name] = sign_in.sign_in_volunteer(
            system("test"), card_code=member.code, pin=member.pin
        ).access_token
    bank.tokens["worker"] = sign_in.sign_in_staff(
        system("test"), username="worker", password=PASSWORD
    ).access_token


def test_the_book_says_what_can_only_be_given_away(bank: Bank) -> None:
    assert "只能转赠" not in visit(bank, "li").open("/me").text
    assert "只能转赠" not in visit(bank, "li").open("/me/statement").text
    assert "还没有账" in visit(bank, "li").open("/me/statement?asset=gifts").text

    def cut_off() -> None:
        ledger.post(
            [
                ledger.Posting(
                    key="excess", kind="award", asset="points", payer=ledger.ISSUANCE,
                    payee=gift_wallet_of(bank.li.id), amount=650, effective_at=clock.now(),
                    reason="超出上限", source_type="test", source_id="1",
                )
            ]
        )  # fmt: skip

    with bank.inside():
        transact(cut_off)
    assert "另有 6.5 分只能转赠" in visit(bank, "li").open("/me").text
    assert (
        "另有 6.5 分只能转赠" in visit(bank, "worker").open(f"/staff/volunteers/{bank.li.id}").text
    )
    assert "只能转赠" not in visit(bank, "zhao").open("/me").text
    body = {"to_volunteer_id": bank.zhao.id, "points": "6.5"}
    assert bank.as_("li").post("/donations", body).status_code == 201
    assert "另有" not in visit(bank, "li").open("/me").text
    visitor = visit(bank, "li")
    assert "asset=gifts" in visitor.open("/me/statement").text
    page = visitor.open("/me/statement?asset=gifts").text
    for words in ("超出上限", "转赠积分", "+6.5", "−6.5"):
        assert words in page


def test_claiming_shows_who_asked_and_where(bank: Bank) -> None:
    taken = take(bank)
    visitor = visit(bank, "li")
    before = visitor.open(f"/me/errands/{taken['id']}").text
    assert "两袋米" not in before
    for hidden in RESIDENT.values():
        assert hidden not in before
    visitor.open("/me")
    visitor.send(f"/me/errands/{taken['id']}/claim")
    assert visitor.path == f"/me/errands/{taken['id']}"
    for shown in (*RESIDENT.values(), "两袋米"):
        assert shown in visitor.page.text


def test_the_door_is_forgotten_when_nothing_is_left_to_do(bank: Bank) -> None:
    taken = take(bank)
    complete(bank, taken["id"])
    rate(bank, taken["id"])
    page = visit(bank, "li").open(f"/me/errands/{taken['id']}").text
    for hidden in (*RESIDENT.values(), "两袋米"):
        assert hidden not in page
    assert "得到" in page


def test_two_claim_the_same_errand_and_one_is_told(bank: Bank) -> None:
    taken = take(bank)
    one, other = visit(bank, "li"), visit(bank, "zhao")
    for visitor in (one, other):
        visitor.open("/me")
    for visitor in (one, other):
        visitor.send(f"/me/errands/{taken['id']}/claim")
    assert one.path == f"/me/errands/{taken['id']}"
    assert other.page.status_code == 409
    assert "没有办成" in other.page.text
    assert RESIDENT["name"] not in other.page.text


def test_somebody_else_s_errand_is_not_there(bank: Bank) -> None:
    taken = take(bank)
    complete(bank, taken["id"])
    assert visit(bank, "zhao").open(f"/me/errands/{taken['id']}").status_code == 404
    assert taken["id"] not in visit(bank, "zhao").open("/me").text


def test_errands_of_the_own_community_come_first(bank: Bank) -> None:
    take(bank)
    far = {"service_item": "home.cooking", "community_id": bank.other_community_id}
    assert bank.as_("neighbour").post("/service-events", far).status_code == 201
    for path in ("/me", "/me/errands"):
        page = visit(bank, "li").open(path).text
        assert "代买日用品" in page
        assert "上门做饭" in page
    page = visit(bank, "li").open("/me").text
    assert page.index("代买日用品") < page.index("上门做饭")


def test_these_pages_are_the_volunteers_alone(bank: Bank) -> None:
    for who in ("worker", "auditor", "till"):
        for path in ("/me", "/me/statement", "/me/code", "/me/code/now", "/me/errands"):
            assert visit(bank, who).open(path).status_code == 403
