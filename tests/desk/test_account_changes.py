"""The pages of what becomes of an account: two people, and the book keeps every line."""

from __future__ import annotations

from tests.cast import Bank
from tests.core.examples import publish
from tests.desk.visitor import visit


def asked_in(bank: Bank) -> str:
    """Where the form of the one end that waits goes."""
    [one] = bank.as_("supervisor").get("/account-changes?status=asked").json["items"]
    return f"/staff/account-changes/{one['id']}"


def pending_in(bank: Bank) -> str:
    """Where the form of the one correction that waits goes."""
    [one] = bank.as_("supervisor").get("/adjustments?status=pending").json["items"]
    return f"/staff/adjustments/{one['id']}"


def test_freezing_and_thawing(bank: Bank) -> None:
    person = f"/staff/volunteers/{bank.li.id}"
    page, path = visit(bank, "worker"), f"{person}/account"
    assert "账户变动" in page.open(person).text
    page.open(path)
    assert "已冻结" in page.send(f"{person}/freezing", reason="卡被人冒用").text
    assert "解冻" not in page.open(path).text.partition("办理")[2]
    above = visit(bank, "supervisor")
    above.open(path)
    refused = above.send(f"{person}/thawing", reason=" ")
    assert refused.status_code == 422
    assert "可以用了" in above.send(f"{person}/thawing", reason="卡找回了").text
    history = above.open(path).text
    assert "卡被人冒用" in history
    assert "卡找回了" in history


def test_an_inheritance_from_registering_to_the_second_person(bank: Bank) -> None:
    publish(bank, leaving={"points": "lapse", "heirs": ["配偶", "子女"], "days": 365})
    person = f"/staff/volunteers/{bank.li.id}"
    page, path = visit(bank, "worker"), f"{person}/account"
    page.open(path)
    faulty = page.send(
        f"{person}/ends", kind="died", happened_on="2026-11-20", other="查无此人", relation="子女",
        reason="看过死亡证明",
    )  # fmt: skip
    assert faulty.status_code == 422
    assert "查无此人" in page.errors["other"]
    asked = page.send(
        f"{person}/ends", kind="died", happened_on="2026-11-20", other=bank.zhao.account_no,
        relation="子女", reason="看过死亡证明和户口本",
    )  # fmt: skip
    assert "等另一位主管核实" in asked.text
    assert "等第二个人核实" not in visit(bank, "worker").open("/staff").text
    above = visit(bank, "supervisor")
    assert "等第二个人核实" in above.open("/staff").text
    listed = above.open("/staff/second-person").text
    assert "看过死亡证明和户口本" in listed
    assert f"由 赵春生（账号 {bank.zhao.account_no}）（子女）继承" in listed
    assert "已办好" in above.send(asked_in(bank), agreed="true").text
    assert "没有等您核实的" in above.open("/staff/second-person").text
    done = above.open(path).text
    assert "已销户" in done
    assert "200" in done
    assert "继承" in above.open(f"/staff/volunteers/{bank.zhao.id}").text


def test_where_nobody_inherits_it_is_said_beside_the_name(bank: Bank) -> None:
    publish(bank, leaving=None)
    person, page = f"/staff/volunteers/{bank.li.id}", visit(bank, "worker")
    page.open(f"{person}/account")
    page.send(
        f"{person}/ends", kind="died", happened_on="2026-11-20", other=bank.zhao.account_no,
        reason="看过死亡证明",
    )  # fmt: skip
    assert "没有人" in page.errors["other"]


def test_who_registered_does_not_decide(bank: Bank) -> None:
    person, page = f"/staff/volunteers/{bank.li.id}", visit(bank, "supervisor")
    page.open(f"{person}/account")
    page.send(f"{person}/ends", kind="left", happened_on="2026-11-27", reason="搬走了")
    assert "等第二个人核实" not in page.open("/staff").text
    page.open("/staff/second-person")
    assert "要由另一位主管核实" in page.send(asked_in(bank), agreed="true").text
    other = visit(bank, "second")
    other.open("/staff/second-person")
    assert "账户照旧" in other.send(asked_in(bank), agreed="false").text


def test_a_paper_book_is_taken_over_by_two_people(bank: Bank) -> None:
    person = f"/staff/volunteers/{bank.li.id}"
    page, path = visit(bank, "supervisor"), f"{person}/account"
    page.open(path)
    wrong = page.send(f"{person}/adjustments", asset="points", amount="abc", reason="旧存折")
    assert (wrong.status_code, "amount" in page.errors) == (422, True)
    made = page.send(
        f"{person}/adjustments", asset="points", amount="30", opening="on", reason="旧存折第 2 页"
    )
    assert "等另一位主管核实后入账" in made.text
    assert bank.points(bank.li) == "200"
    other = visit(bank, "second")
    assert "旧存折转入" in other.open("/staff/second-person").text
    assert "已入账" in other.send(pending_in(bank)).text
    assert bank.points(bank.li) == "230"
