"""The desk's section of certificates, and the volunteer's own."""

from __future__ import annotations

import re

import pytest

from tests.cast import Bank
from tests.certificates.conftest import Desk, Diary
from tests.desk.visitor import Visitor, visit

ME = "/me/certificates"


@pytest.fixture
def worker(bank: Bank, diary: Diary) -> Visitor:
    """The worker of 梧桐社区, where 李秋兰 did something."""
    diary.errand(bank.li.id, minutes=240)
    return visit(bank, "worker")


def page_of(bank: Bank) -> str:
    return f"/staff/volunteers/{bank.li.id}"


def sheet_on(visitor: Visitor) -> str:
    """The address of the first certificate on the page."""
    found = re.search(r'href="([^"]+/certificates/[^"]+\.pdf)"', visitor.page.text)
    assert found
    return found[1]


def test_a_record_is_issued_printed_and_revoked(bank: Bank, worker: Visitor) -> None:
    page = page_of(bank)
    worker.open(page)
    assert "还没有开过" in worker.page.text
    assert not worker.offers(f"{page}/certificates/stars")
    worker.send(f"{page}/certificates/record", since="2026-08-01", until="2026-08-10")
    assert worker.path == page
    assert "编号 2026-000001 已开出" in worker.page.text
    assert "2026-08-01 至</span>" in worker.page.text
    assert "2026-08-10</span>" in worker.page.text
    address = sheet_on(worker)
    sheet = worker.open(address)
    assert sheet.mimetype == "application/pdf"
    assert sheet.headers["Cache-Control"] == "no-store"
    assert 'filename="certificate-2026-000001.pdf"' in sheet.headers["Content-Disposition"]

    revocation = address.replace(".pdf", "/revocation")
    worker.open(page)
    worker.send(revocation, reason="")
    assert worker.page.status_code == 422
    assert [name.split("-")[0] for name in worker.errors] == ["reason"]
    worker.send(revocation, reason="时长有误")
    assert "已作废，查验时会这样显示" in worker.page.text
    assert "时长有误" in worker.page.text
    assert not worker.offers(revocation)


def test_stars_are_offered_where_there_are_any(bank: Bank, desk: Desk, worker: Visitor) -> None:
    desk.stars()
    page = page_of(bank)
    worker.open(page)
    assert "2026 年第 3 季度 一星代办员</option>" in worker.page.text
    worker.send(f"{page}/certificates/stars", period="2026Q3")
    assert "星级证书" in worker.page.text
    assert worker.open(sheet_on(worker)).mimetype == "application/pdf"


def test_a_span_without_service_is_told_at_the_form(bank: Bank, worker: Visitor) -> None:
    page = page_of(bank)
    worker.open(page)
    worker.send(f"{page}/certificates/record", since="2026-08-10")
    assert worker.page.status_code == 409
    assert "这段时间没有已入账的服务记录" in worker.page.text
    assert worker.form(f"{page}/certificates/record").fields["since"] == "2026-08-10"
    worker.send(f"{page}/certificates/record", since="2026-08-10", until="2026-08-01")
    assert (worker.page.status_code, set(worker.errors)) == (422, {"since"})


def test_who_has_a_rare_name_is_told_what_to_write(
    bank: Bank, worker: Visitor, diary: Diary
) -> None:
    rare = diary.open_account("张䶮")
    diary.errand(rare, minutes=60)
    page = f"/staff/volunteers/{rare}"
    worker.open(page)
    worker.send(f"{page}/certificates/record")
    assert "字库没有“䶮”" in worker.page.text


def test_volunteers_issue_their_own(bank: Bank, worker: Visitor) -> None:
    own = visit(bank, "li")
    own.open("/me")
    own.send(ME)
    assert own.path == "/me"
    assert "编号 2026-000001 已开出" in own.page.text
    address = sheet_on(own)
    assert address.startswith("/me/certificates/")
    assert own.open(address).mimetype == "application/pdf"
    for somebody in (visit(bank, "zhao"), visit(bank, "neighbour")):
        assert somebody.open(address).status_code in (403, 404)
        assert somebody.open(address.replace("/me/", "/staff/")).status_code in (403, 404)
    own.open("/me")
    own.send(ME, since="2026-08-10")
    assert own.page.status_code == 409
    own.send(ME, since="2026-08-10", until="2026-08-01")
    assert (own.page.status_code, set(own.errors)) == (422, {"since"})
    assert worker.open(page_of(bank)).status_code == 200
    assert "系统出具" in worker.page.text


def test_a_second_press_issues_no_second_one(bank: Bank, worker: Visitor) -> None:
    own = visit(bank, "li")
    own.open("/me")
    key = own.form(ME).fields["idempotency_key"]
    for _time in range(2):
        own.open("/me")
        own.post(ME, idempotency_key=key)
    listed = bank.as_("li").get(f"/volunteers/{bank.li.id}/certificates").json["items"]
    assert len(listed) == 1
