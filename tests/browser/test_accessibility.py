"""axe-core finds nothing to mend on any page, as a phone and a desk show it.

It is put into the page by the browser's own debugging line, so that the pages keep their policy
for scripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from moralbank.certificates.operations import get as get_certificate
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.market.receipts import token_of
from tests.browser.conftest import DESK, PHONE, OpenWindow
from tests.browser.steps import errand_done
from tests.cast import Bank
from tests.core.examples import asked_for, examples
from tests.core.test_routes import rules
from tests.desk.test_files import LISTS
from tests.events.errands import request
from tests.honours.conftest import Diary
from tests.notices.conftest import Wall
from tests.people.test_photos import put as put_photo

pytestmark = pytest.mark.engine("sqlite")

AXE = (Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
RUN = """async () => {
    const found = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        resultTypes: ["violations"],
    });
    return found.violations.flatMap(one => one.nodes.map(node =>
        `${one.impact} ${one.id}: ${node.target.join(" ")}\\n    ${node.html.slice(0, 160)}\\n    `
        + node.failureSummary.replaceAll("\\n", "\\n    ")));
}"""
"""All of axe's rules for WCAG 2.2 A and AA and for good practice, none left out; whatever they find
counts, minor or critical."""

FILES = {
    *(f"/staff/{name}.<ending>" for name in LISTS),
    "/staff/shops/<shop_id>/money.<ending>", "/staff/shops/<shop_id>/terminals.<ending>",
    "/staff/star-rounds/<round_id>.<ending>",
}  # fmt: skip
"""The desk's lists as Excel and CSV."""

NO_PAGES = {
    "/favicon.ico", "/healthz", "/metrics", "/readyz", "/static/<path:filename>",
    "/data/<kind>/<period>.<ending>", "/notices/<notice_id>.<ending>",
    "/notices/<notice_id>/poster.pdf",
    "/me/code/now",  # what the page of the code asks for each half minute
    "/staff/shops/<shop_id>/books/<month>.<ending>", "/staff/slips/<batch_id>.pdf",  # sheets
    "/staff/audit.<ending>",
    *FILES, "/staff/certificates/<certificate_id>.pdf", "/me/certificates/<certificate_id>.pdf",
    "/terminal/outcome",  # what the counter asks after a lost answer
    "/pictures/<digest>.jpg", "/me/photo", "/staff/volunteers/<volunteer_id>/photo",
    "/type/<size>", "/language/<code>",  # lead back at once
}  # fmt: skip
"""What browsers are given besides pages."""

PUBLIC = ("/", "/ask", "/certificates/<token>", "/closing", "/communities",
          "/communities/<community_id>", "/data", "/notices", "/notices/<notice_id>",
          "/notices/<notice_id>/objections", "/pools", "/rate/<token>",
          "/receipts/<token>", "/rules", "/sign-in", "/stars",
          "/stations/<station_id>", "/supermarkets", "/verify")  # fmt: skip
RESIDENT = ("/resident/<token>", "/resident/<token>/ask")
VOLUNTEER = ("/account", "/me", "/me/code", "/me/errands", "/me/errands/<event_id>", "/me/giving",
             "/me/goods", "/me/goods/<shop_id>", "/me/notices", "/me/skills", "/me/statement",
             "/visit/<token>")  # fmt: skip
TERMINAL = ("/terminal", "/terminal/closing", "/terminal/done/<redemption_id>", "/terminal/enrol",
            "/terminal/errands", "/terminal/errands/<event_id>",
            "/terminal/receipts/<redemption_id>", "/terminal/today")  # fmt: skip


def faults(page: Page, sizes: Sequence[dict[str, int]] = (PHONE, DESK)) -> list[str]:
    """What axe has to say of the page as it stands, on a phone and on a desk."""
    found = []
    page.evaluate(AXE)
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += [f"{page.url} at {size['width']}: {fault}" for fault in page.evaluate(RUN)]
    return found


def staff_rules(app: Flask) -> list[str]:
    """Every page of the staff's."""
    return sorted(
        rule.rule
        for rule, method in rules(app, under="/staff")
        if method == "GET" and rule.rule not in NO_PAGES
    )


@pytest.fixture
def season(bank: Bank) -> Season:
    """A bank in which something of everything has happened."""
    examples(bank)
    return Season(bank)


@dataclass
class Season:
    """Fills the addresses of pages in with what has happened."""

    bank: Bank

    def __post_init__(self) -> None:
        bank = self.bank
        worker, supervisor = bank.as_("worker"), bank.as_("supervisor")
        errand = request(bank, needed_at="2027-01-15T09:30:00+08:00", note="要快")
        assert bank.as_("li").post(f"{errand.path}/claim").status_code == 200
        card = worker.post(f"{errand.path}/resident-link", {})
        notice = supervisor.get("/notices").json["items"][-1]
        sold = bank.buy({bank.soap: 2}).json["id"]
        sheets = worker.post("/slip-batches", {"community_id": bank.community_id, "sheets": 1})
        assert sheets.status_code == 201, sheets.text
        counted = bank.as_("till").post(f"/goods/{bank.soap}/counts", {"counted": 150})
        assert counted.status_code == 201, counted.text
        assert put_photo(bank).status_code == 200
        hung, draft = (community_notice(bank, kind) for kind in ("points", "redemptions"))
        posted = supervisor.post(f"/notices/{hung}/posting", {"objection_days": 5})
        assert posted.status_code == 200, posted.text
        objection = bank.as_("public").post(
            f"/notices/{hung}/objections", {"name": "孟", "contact": "楼下", "reason": "多了"}
        )
        self.draft = f"/staff/notices/{draft}"
        starred = supervisor.post(
            "/star-rounds",
            {"subject": "volunteer", "period": "2026Q1", "organization_id": bank.community_id},
        )
        proofs = worker.get(f"/volunteers/{bank.li.id}/certificates").json["items"]
        with bank.inside():
            receipt = token_of(sold)
            proof = get_certificate(system("test"), proofs[0]["id"]).token
        self.resident = card.json["resident_path"]
        self.by_rule = {
            "/certificates/<token>": f"/certificates/{proof}",
            "/notices/<notice_id>": f"/notices/{notice['id']}",
            "/notices/<notice_id>/objections": f"/notices/{hung}/objections",
            "/rate/<token>": errand_done(bank),
            "/receipts/<token>": f"/receipts/{receipt}",
            "/resident/<token>": self.resident,
            "/resident/<token>/ask": f"{self.resident}/ask",
            "/visit/<token>": errand.visit,
        }
        self.by_name = {
            "event_id": errand.id,
            "ask_id": asked_for(bank),
            "card_id": bank.li.card_id,
            "community_id": bank.community_id,
            "station_id": bank.station_id,
            "goods_id": bank.soap,
            "shop_id": bank.supermarket_id,
            "volunteer_id": bank.li.id,
            "redemption_id": sold,
            "notice_id": hung,
            "objection_id": objection.json["id"],
            "round_id": starred.json["id"],
            "staff_id": bank.ids["worker"],
        }

    def path(self, rule: str) -> str:
        """The address of a page with something to show."""
        path: str = self.by_rule.get(rule, rule)
        for name, number in self.by_name.items():
            path = path.replace(f"<{name}>", number)
        assert "<" not in path, f"nothing for {rule}"
        return path

    def sign_in(self, page: Page, who: str) -> None:
        """Carry the sign-in of one of the cast into a window."""
        client = self.bank.app.test_client()
        with client.session_transaction() as kept:
            kept["person"] = self.bank.tokens[who]
        cookie = client.get_cookie("moralbank")
        assert cookie is not None
        page.goto("/sign-in")
        page.context.add_cookies([{"name": "moralbank", "value": cookie.value, "url": page.url}])

    def look(
        self, page: Page, paths: Sequence[str], sizes: Sequence[dict[str, int]] = (PHONE, DESK)
    ) -> list[str]:
        """Open the pages of these rules, one after the other; what axe has to say of them."""
        found = []
        for rule in paths:
            answer = page.goto(self.path(rule))
            assert answer is not None
            assert answer.status == 200, f"{rule}: {answer.status}"
            found += faults(page, sizes)
        return found


def community_notice(bank: Bank, kind: str) -> str:
    """Draft a notice of 梧桐社区; return its id."""
    body = {"kind": kind, "period": "2026Q1", "organization_id": bank.community_id}
    answer = bank.as_("supervisor").post("/notices", body)
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def say(found: list[str]) -> None:
    assert not found, "\n\n".join(found)


def test_no_page_is_forgotten(app: Flask) -> None:
    pages = {
        rule.rule
        for rule, method in rules(app)
        if method == "GET" and not rule.rule.startswith("/api/")
    }
    seen = {*PUBLIC, *RESIDENT, *VOLUNTEER, *TERMINAL, *staff_rules(app)}
    assert pages == seen | NO_PAGES


def test_what_is_wrong_is_found(window: OpenWindow, bank: Bank) -> None:
    page = window()
    page.goto("/sign-in")
    assert faults(page) == []
    page.evaluate("document.querySelector('label[for=username]').remove()")
    assert ["critical label" in fault for fault in faults(page)] == [True, True]


def test_what_everybody_and_a_resident_sees(window: OpenWindow, season: Season) -> None:
    page = window()
    found = season.look(page, PUBLIC + RESIDENT)
    for lost in ("/nowhere", "/rate/nothing"):
        page.goto(lost)
        found += faults(page)
    page.goto(season.path("/rate/<token>"))
    page.get_by_text("非常满意").click()
    say(found + faults(page))


def test_what_everybody_and_a_resident_sees_in_english(window: OpenWindow, season: Season) -> None:
    page = window()
    page.goto("/language/en?next=/nowhere")
    found = faults(page, [PHONE])
    say(found + season.look(page, PUBLIC + RESIDENT, [PHONE]))


def test_what_everybody_sees_of_counts_and_of_rules(window: OpenWindow, bank: Bank) -> None:
    wall, page = Wall(bank, Diary(bank)), window()
    with bank.inside():
        today = clock.today()
    wall.count(bank.rice, 1)
    wall.publish(today.isoformat(), title="新规则书")
    found = []
    for kind in ("stock_counts", "rule_changes"):
        notice = wall.post(kind, period=str(today.year))
        assert len(notice["lines"]) == 1
        page.goto(f"/notices/{notice['id']}")
        expect(page.get_by_role("table", name=notice["title"])).to_be_visible()
        found += faults(page)
    say(found)


def test_what_a_volunteer_sees(window: OpenWindow, season: Season) -> None:
    page = window()
    season.sign_in(page, "li")
    found = season.look(page, VOLUNTEER)
    # A gift that is refused, and one that is looked over.
    for points, sign in (("1000000", ".errors"), ("1", "#sure")):
        page.goto("/me/giving")
        page.get_by_label("给谁", exact=True).select_option(index=1)
        page.get_by_label("给多少分").fill(points)
        page.get_by_role("button", name="下一步，核对").click()
        expect(page.locator(sign).first).to_be_visible()
        found += faults(page)
    page.goto("/me/giving?what=goods")
    found += faults(page)
    say(found)


MAY_BE_REFUSED = {
    "supervisor": ("/staff/people/new", "/staff/audit", "/staff/roles"), "worker": ("/staff/",),
}  # fmt: skip
"""Pages that somebody of the staff is refused, on a page too, begin like this."""


@pytest.mark.parametrize("who", ["admin", "supervisor", "worker"])
def test_what_the_staff_sees(window: OpenWindow, season: Season, who: str) -> None:
    page = window()
    season.sign_in(page, who)
    found = []
    for rule in staff_rules(season.bank.app):
        answer = page.goto(season.path(rule))
        assert answer is not None
        refused = answer.status == 403 and rule.startswith(MAY_BE_REFUSED.get(who, ()))
        assert answer.status == 200 or refused, rule
        found += faults(page)
    if who == "supervisor":
        for path in (season.draft, "/staff/notices?status=draft"):
            page.goto(path)
            found += faults(page)
    # A form that is refused says so at its fields.
    page.goto("/staff/volunteers/new")
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="开户").click()
    expect(page.locator(".errors").first).to_be_visible()
    say(found + faults(page))


def test_every_step_at_the_counter(window: OpenWindow, season: Season) -> None:
    bank, page = season.bank, window()
    page.goto("/terminal/enrol")
    found = faults(page)
    page.get_by_label("收银台令牌").fill(bank.tokens["till"])
    page.keyboard.press("Enter")
    expect(page.get_by_label("请扫储蓄卡")).to_be_focused()
    found += faults(page)
    page.keyboard.type(bank.li.code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="李*")).to_be_visible()
    found += faults(page)
    # Dearer than may go without a PIN, and the PIN is wrong.
    page.get_by_label("大米", exact=True).fill("6")
    page.get_by_label("请储户按密码").fill("0000")
    found += faults(page)
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += faults(page)
    page.goto("/terminal")
    page.keyboard.type(bank.li.code)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="肥皂 加一").click()
    page.get_by_role("button", name="确认兑换").click()
    expect(page.get_by_role("heading", name="兑换成功")).to_be_visible()
    found += faults(page)
    found += season.look(page, TERMINAL)
    page.goto("/terminal/closing")
    page.get_by_label("几张").fill("1")
    page.get_by_role("button", name="日结").click()
    say(found + faults(page))
