"""A roster at the desk, without a mouse: looked over, marked, opened, and its cards printed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import DESK, OpenWindow
from tests.browser.steps import fits
from tests.browser.test_accessibility import faults
from tests.browser.test_keyboard import press, reach
from tests.browser.test_keyboard_notices import sign_in
from tests.cast import Bank
from tests.desk.test_rosters import ROSTER


def test_a_roster_becomes_accounts_and_cards_by_keyboard_alone(
    window: OpenWindow, bank: Bank, tmp_path: Path
) -> None:
    file = tmp_path / "名册.xlsx"
    file.write_bytes(ROSTER)
    for phone, scripts in ((False, True), (True, False)):
        page = window(phone=phone, scripts=scripts)
        sign_in(page, "worker")
        press(page, "link", "按名册开户")
        control = page.get_by_label("名册", exact=True)
        reach(page, control)
        control.set_input_files(file)  # what opens is the machine's own, and no page's
        press(page, "button", "先看看，不开户")
        expect(page.get_by_text("写的是“槐荫社区”")).to_be_visible()
        fits(page)
        with page.expect_download() as marked:
            press(page, "button", "下载标好问题的 Excel")
        assert marked.value.suggested_filename == "roster-marked.xlsx"
        if phone:  # the accounts are open by now
            expect(page.get_by_role("button", name="开 2 户")).to_have_count(0)
            continue
        reach(page, page.locator("summary", has_text="可以开户的 2 人"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("孙建国")).to_be_visible()
        assert faults(page, [DESK]) == []
        press(page, "button", "开 2 户")
        expect(page.get_by_role("status")).to_contain_text("开了 2 户")
        fits(page)
        with page.expect_download() as cards:
            press(page, "button", "制 2 张卡，下载 PDF")
        assert cards.value.suggested_filename.startswith("cards-")
