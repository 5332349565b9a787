"""The staff's page of who works here, and everybody's page of their own sign-ins."""

from __future__ import annotations

import re

from tests.cast import PASSWORD, Bank
from tests.core.problems import problem
from tests.desk.visitor import Visitor, visit


def take_on(bank: Bank, boss: Visitor, **typed: str) -> tuple[str, str]:
    """Take 新来的 on at the desk; return the id and the password that the page shows."""
    boss.open("/staff/people/new")
    sent = {"display_name": "新来的", "username": "newcomer", "role": "worker",
            "organization_id": bank.community_id, **typed}  # fmt: skip
    page = boss.send("/staff/people/new", **sent)
    assert page.status_code == 201, page.text
    number = re.search(r"/staff/people/(\w+)/password", page.text)
    password = re.search(r'class="digest">([^<]+)<', page.text)
    assert number is not None
    assert password is not None
    return number[1], password[1]


def sign_in(bank: Bank, password: str, *, username: str = "newcomer") -> Visitor:
    newcomer = visit(bank)
    newcomer.open("/sign-in")
    forms = [form for form in newcomer._read().forms if "username" in form.names]
    sent = {**forms[0].fields, "username": username, "password": password}
    newcomer.page = newcomer._client.post("/sign-in", data=sent, follow_redirects=True)
    return newcomer


def test_a_colleague_is_taken_on_and_chooses_a_password_first(bank: Bank) -> None:
    boss = visit(bank, "admin")
    number, password = take_on(bank, boss, volunteer=bank.zhao.account_no)
    shown = boss.open(f"/staff/people/{number}").text
    assert password not in shown
    assert bank.zhao.account_no in shown
    newcomer = sign_in(bank, password)
    assert newcomer.path == "/account"
    assert "请先把口令改成自己的" in newcomer.page.text
    assert newcomer.open("/staff/volunteers").request.path == "/account"
    wrong = newcomer.send("/account/password", old_password="nonsense", new_password="0123456789")
    assert wrong.status_code == 422
    assert newcomer.errors.keys() == {"old_password"}
    newcomer.send("/account/password", old_password=password, new_password="0123456789")
    assert "口令已改" in newcomer.page.text
    assert newcomer.open("/staff").status_code == 200


def test_a_form_sent_twice_shows_no_password_again(bank: Bank) -> None:
    boss = visit(bank, "admin")
    boss.open("/staff/people/new")
    fields = boss.form("/staff/people/new").fields
    sent = {**fields, "display_name": "新来的", "username": "newcomer", "role": "worker",
            "organization_id": bank.community_id}  # fmt: skip
    assert boss._client.post("/staff/people/new", data=sent).status_code == 201
    again = boss._client.post("/staff/people/new", data=sent, follow_redirects=True)
    assert "digest" not in again.text
    assert again.text.count("newcomer") == 1


def test_what_is_wrong_stands_beside_its_field(bank: Bank) -> None:
    boss = visit(bank, "admin")
    boss.open("/staff/people/new")
    sent = {"display_name": "又一个", "username": "WORKER", "role": "worker",
            "organization_id": bank.community_id, "volunteer": "没有这个人"}  # fmt: skip
    assert boss.send("/staff/people/new", **sent).status_code == 422
    assert boss.errors.keys() == {"volunteer"}
    assert boss.send("/staff/people/new", **{**sent, "volunteer": ""}).status_code == 409
    assert boss.errors.keys() == {"username"}


def test_a_colleague_is_changed_stopped_and_taken_back(bank: Bank) -> None:
    boss, path = visit(bank, "admin"), f"/staff/people/{bank.ids['worker']}"
    boss.open(path)
    assert "已改" in boss.send(path, role="supervisor").text
    assert bank.as_("admin").get(f"/staff/{bank.ids['worker']}").json["role"] == "supervisor"
    problem(bank.as_("worker").get("/goods"), 401)
    boss.send(f"{path}/stop")
    assert "已停用" in boss.page.text
    assert not boss.offers(f"{path}/stop")
    assert sign_in(bank, PASSWORD, username="worker").path == "/sign-in"
    boss.send(f"{path}/return")
    assert sign_in(bank, PASSWORD, username="worker").path == "/staff"
    boss.open(path)
    boss.send(f"{path}/password")
    password = re.search(r'class="digest">([^<]+)<', boss.page.text)
    assert password is not None
    assert sign_in(bank, password[1], username="worker").path == "/account"


def test_a_supervisor_looks_and_changes_nothing(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    assert "同事与设备" in boss.open("/staff").text
    page = boss.open("/staff/people").text
    assert "worker" in page
    assert f"/staff/shops/{bank.supermarket_id}/terminals" in page
    assert "/staff/people/new" not in page
    path = f"/staff/people/{bank.ids['worker']}"
    boss.open(path)
    assert not boss.offers(path)
    assert boss.post(path, role="admin").status_code == 403
    assert boss.open(f"/staff/people/{bank.ids['admin']}").status_code == 404
    assert visit(bank, "worker").open("/staff/people").status_code == 403


def test_nobody_is_offered_their_own_post(bank: Bank) -> None:
    boss, path = visit(bank, "admin"), f"/staff/people/{bank.ids['admin']}"
    boss.open(path)
    assert "自己的岗位由同事办理" in boss.page.text
    assert not boss.offers(path)
    assert not boss.offers(f"{path}/stop")


def test_one_ends_ones_own_sign_ins_elsewhere(bank: Bank) -> None:
    here = sign_in(bank, PASSWORD, username="worker")
    here.open("/account")
    [end] = [form.action for form in here._read().forms if "/sign-ins/" in form.action][:1]
    assert "那一处已退出" in here.send(end).text
    problem(bank.as_("worker").get("/goods"), 401)
    elsewhere = sign_in(bank, PASSWORD, username="worker")
    here.open("/account")
    here.send("/account/sign-ins/end")
    assert elsewhere.open("/staff").request.path == "/sign-in"
    assert here.open("/staff").request.path == "/staff"


def test_a_volunteer_sees_their_sign_ins_and_no_password(bank: Bank) -> None:
    li = visit(bank, "li")
    page = li.open("/account")
    assert page.status_code == 200
    assert not li.offers("/account/password")
    assert li.post("/account/password", old_password="1", new_password="2").status_code == 403
    assert visit(bank, "auditor").open("/account").status_code == 200
