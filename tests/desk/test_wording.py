"""Figures and times in the reader's words."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from moralbank.core import clock
from moralbank.core.wording import day_text, duration_text, hours_text, moment_text
from moralbank.desk.pages.wording import reason_of
from moralbank.ledger import Entry
from moralbank.people.rules import spaced

EVENING = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)


@pytest.mark.engine("sqlite")
def test_times_are_local_and_name_another_year(app: Flask) -> None:
    with app.app_context(), clock.at(datetime(2026, 12, 1, tzinfo=UTC)):
        assert day_text(EVENING) == "2026-07-01"
        assert moment_text(EVENING) == "7月1日 00:30"
        assert moment_text(EVENING.replace(year=2025)) == "2025年7月1日 00:30"
        assert moment_text(None) == ""


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("minutes", "words", "hours"),
    [
        (0, "0 分钟", "0"),
        (50, "50 分钟", "0.83"),
        (60, "1 小时", "1"),
        (90, "1 小时 30 分钟", "1.5"),
        (119, "1 小时 59 分钟", "1.98"),
        (2175, "36 小时 15 分钟", "36.25"),
    ],
)
def test_minutes_are_told_in_words_and_hours_never_rounded_up(
    app: Flask, minutes: int, words: str, hours: str
) -> None:
    with app.app_context():
        assert duration_text(minutes) == words
        assert hours_text(minutes) == hours


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("kind", "reason", "words"),
    [
        ("award", "home.shopping", "代买日用品"),
        ("award", "an item long gone", "an item long gone"),
        ("adjustment", "开户", "调整：开户"),
        ("redemption", "梧桐爱心超市兑换 1", "梧桐爱心超市兑换 1"),
        ("expiry", "积分到期", "2026 年 6 月 30 日到期"),
    ],
)
def test_a_line_of_the_book_says_why(app: Flask, kind: str, reason: str, words: str) -> None:
    entry = Entry(
        id="1", kind=kind, asset="points", amount=100, balance_after=100, posted_at=EVENING,
        effective_at=EVENING, reason=reason, source={}, rulebook_version=1,
    )  # fmt: skip
    with app.app_context():
        assert reason_of(entry) == words


def test_a_code_is_read_in_groups_of_four() -> None:
    assert spaced("ABCDEFGHJKMNPQRS") == "ABCD EFGH JKMN PQRS"
