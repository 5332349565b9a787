"""On a phone of 360 px every page fits its window, every figure of a table can be read and whatever
is tapped is large enough for a finger, in normal and in large type, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page

from moralbank.core import clock
from tests.browser.conftest import OpenWindow
from tests.browser.test_accessibility import PUBLIC, RESIDENT, Season, season
from tests.browser.test_without_scripts import NARROW
from tests.cast import Bank
from tests.honours.conftest import Diary
from tests.notices.conftest import Wall

__all__ = ["season"]

pytestmark = pytest.mark.engine("sqlite")

UNREADABLE = """() => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    const found = [], wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide > 0) found.push(`the page is ${wide} px too wide`);
    for (const cell of document.querySelectorAll("tbody th, tbody td")) {
        const box = cell.getBoundingClientRect();
        const frame = cell.closest(".scroll").getBoundingClientRect();
        const head = cell.closest("table").querySelector("thead").getBoundingClientRect();
        const said = getComputedStyle(cell, "::before").content !== "none";
        if (!box.width || box.left < frame.left - 1 || box.right > frame.right + 1)
            found.push(`out of sight: ${cell.innerText}`);
        else if (cell.scrollWidth > cell.clientWidth + 1)
            found.push(`clipped: ${cell.innerText}`);
        else if (head.height < 2 && cell.matches("td:not([colspan])") && !said)
            found.push(`without its head: ${cell.innerText}`);
    }
    return found;
}"""
"""What cannot be read on a page as it stands, with all that folds unfolded."""

UNTOUCHABLE = """least => [...document.querySelectorAll("a[href], button, summary, input, select")]
    .filter(one => one.checkVisibility() && one.type !== "hidden" && !one.matches(".skip"))
    .map(one => [one, one.matches("[type=radio], [type=checkbox]") ? one.labels[0] : one])
    .map(([one, whole]) => [one, whole.getBoundingClientRect()])
    .filter(([one, box]) => Math.min(box.width, box.height) < least - 0.5)
    .map(([one, box]) => `${Math.round(box.width)} by ${Math.round(box.height)} px: `
        + one.outerHTML)
"""
"""What is smaller than it must be; no link is excused for standing in a sentence."""
LEAST = {"normal": 44, "large": 60}


def faults(page: Page, paths: Sequence[str]) -> list[str]:
    """Look at the pages in each type and each language."""
    found = []
    for size in ("normal", "large"):
        for language in ("zh", "en"):
            for choice in (f"/type/{size}", f"/language/{language}"):
                page.goto(f"{choice}?next=/verify")
            for path in paths:
                page.goto(path)
                seen = page.evaluate(UNREADABLE) + page.evaluate(UNTOUCHABLE, LEAST[size])
                found += [f"{path} {size} {language}: {fault}" for fault in seen]
    return found


def notices(bank: Bank) -> list[str]:
    """Post a notice of each kind that has something in it; return their pages."""
    wall = Wall(bank, Diary(bank))
    with bank.inside():
        today = clock.today()
    wall.count(bank.rice, 1, why="受潮结块，两袋破损，已经报社区处理")
    wall.publish(today.isoformat(), title="新规则书")
    kinds = ("points", "redemptions", "stock_counts", "rule_changes")
    posted = [wall.post(kind, period=str(today.year)) for kind in kinds]
    wall.stars(period=str(today.year))
    posted.append(wall.post("stars", period=str(today.year)))
    assert all(notice["lines"] for notice in posted)
    return [f"/notices/{notice['id']}" for notice in posted]


def test_everything_can_be_read_and_hit_on_a_narrow_phone(
    window: OpenWindow, season: Season
) -> None:
    page = window(phone=True)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    season.bank.app.config["BANK_PHONE"] = "024-87654321"
    created = season.bank.as_("admin").post(
        "/organizations",
        {"name": "梧桐第18社区12号党员家庭代办站", "level": "station", "station_kind": "household",
         "parent_id": season.bank.community_id},
    )  # fmt: skip
    assert created.status_code == 201, created.text
    pages = [season.path(rule) for rule in (*PUBLIC, *RESIDENT)]
    found = faults(page, [*pages, *notices(season.bank)])
    assert not found, "\n".join(found)
