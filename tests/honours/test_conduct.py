"""Bonuses and deductions in a star round, and who is excluded, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from moralbank.honours import rounds
from tests.cast import Bank
from tests.honours.conftest import Diary
from tests.honours.test_star_rounds import compute, line_of, publish, results

REASONS = [
    {"code": "no_show", "name": "无故缺席", "kind": "deduction", "points": "10", "merit": "5"},
    {"code": "rude", "name": "态度恶劣", "kind": "deduction", "points": "0", "merit": "100"},
    {"code": "referral", "name": "介绍新人", "kind": "bonus", "points": "20", "merit": "20"},
]
STANDING = {
    "strike_off": {
        "when": [{"reason": "no_show", "times": 2, "per": "lifetime"}],
        "stops": ["claims"],
    },
    "blacklist": {"merit_below": "-50", "stops": ["claims"]},
}
LEVELS = [
    {"stars": 1, "needs": {"hours": "1", "points": "12"}},
    {"stars": 2, "needs": {"hours": "2", "points": "24"}},
    {"stars": 3, "needs": {"hours": "2", "points": "40"}},
]
NOBODY = {"reasons": [], "struck_off": False, "blacklisted": False}


def in_force(bank: Bank, **excludes: Any) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    document |= {"reasons": REASONS, "standing": STANDING}
    document["star_ladders"] = [
        {
            "subject": subject, "period": period, "levels": LEVELS,
            "excludes": {**NOBODY, **excludes} if subject == "volunteer" and excludes else None,
        }
        for subject in ("volunteer", "station")
        for period in ("quarter", "lifetime")
    ]  # fmt: skip
    sent = {"effective_from": "2026-08-15", "document": document}
    answer = bank.as_("admin").post("/rulebooks", sent)
    assert answer.status_code == 201, answer.text


def note(bank: Bank, volunteer_id: str, reason: str, at: str = "2026-08-15") -> str:
    """Put a bonus or a deduction on record; return its id."""
    answer = bank.as_("supervisor").post(
        f"/volunteers/{volunteer_id}/conduct",
        {"reason": reason, "note": "核实无误", "happened_at": f"{at}T00:00:01+08:00"},
    )
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def reached(bank: Bank, subject_id: str, period: str = "2026Q3", **words: str) -> dict[str, Any]:
    return line_of(results(bank, compute(bank, period=period, **words)), subject_id)


def test_deductions_lower_the_star_and_bonuses_raise_it(bank: Bank, diary: Diary) -> None:
    """Two hours with five stars are 24 points; 10 less are one star, and 20 more three."""
    in_force(bank)
    diary.errand(bank.li.id, minutes=120)
    assert reached(bank, bank.li.id)["stars"] == 2
    number = note(bank, bank.li.id, "no_show")
    lowered = reached(bank, bank.li.id)
    assert lowered["stars"] == 1
    assert (lowered["measures"]["points"], lowered["measures"]["merit"]) == ("14", "19")
    assert lowered["measures"]["minutes"] == 120
    assert lowered["explanation"][-3:] == [
        "距二星：",
        "积分还差 10（现有 14，需 24）",
        "其中奖励和扣减合计：积分 -10，道德分 -5",
    ]
    assert reached(bank, bank.li.id, "lifetime-2026Q3")["stars"] == 1
    # what was spent is no deduction, and what is withdrawn is none any more
    withdrawn = bank.as_("supervisor").post(f"/conduct/{number}/withdrawal", {"reason": "记错了人"})
    assert withdrawn.status_code == 200, withdrawn.text
    assert reached(bank, bank.li.id)["stars"] == 2
    note(bank, bank.li.id, "referral")
    raised = reached(bank, bank.li.id)
    assert (raised["stars"], raised["measures"]["points"]) == (3, "44")
    assert raised["explanation"][-1] == "其中奖励和扣减合计：积分 20，道德分 20"


def test_more_is_deducted_than_there_was_to_take(bank: Bank, diary: Diary) -> None:
    """The wallet stops at nothing; what a ladder measures does not."""
    in_force(bank)
    idle = diary.open_account("林一")
    note(bank, idle, "no_show")
    measures = reached(bank, idle)["measures"]
    assert (measures["points"], measures["merit"]) == ("-10", "-5")


def test_a_stations_members_are_added_up(bank: Bank, diary: Diary) -> None:
    in_force(bank)
    members = [diary.open_account(name, station_id=bank.station_id) for name in ("林一", "林二")]
    diary.errand(*members, minutes=60)
    assert reached(bank, bank.station_id, subject="station")["measures"]["points"] == "24"
    note(bank, members[0], "referral")
    note(bank, members[1], "no_show")
    line = reached(bank, bank.station_id, subject="station")
    assert (line["measures"]["points"], line["measures"]["merit"]) == ("34", "39")
    assert line["explanation"][-1] == "其中奖励和扣减合计：积分 10，道德分 15"


def test_a_reason_on_record_in_the_period_excludes(bank: Bank, diary: Diary) -> None:
    in_force(bank, reasons=["no_show", "rude"])
    diary.errand(bank.li.id, bank.zhao.id, minutes=240)
    note(bank, bank.zhao.id, "referral")
    note(bank, bank.li.id, "no_show")
    excluded = reached(bank, bank.li.id)
    assert excluded["stars"] == 0
    assert excluded["explanation"][0] == "本期有“无故缺席”记录，不评星级"
    assert reached(bank, bank.zhao.id)["stars"] == 3
    assert reached(bank, bank.li.id, "lifetime-2026Q3")["stars"] == 0


@pytest.mark.parametrize(
    ("reasons", "why"),
    [
        (["no_show", "no_show"], "已被除名，不评星级"),
        (["rude", "rude"], "已列入黑名单，不评星级"),
    ],
)
def test_who_is_struck_off_or_blacklisted_keeps_what_is_on_record(
    bank: Bank, diary: Diary, reasons: list[str], why: str
) -> None:
    in_force(bank, struck_off=True, blacklisted=True)
    diary.errand(bank.li.id, bank.zhao.id, minutes=240)
    assert publish(bank, compute(bank)).status_code == 200
    for reason in reasons:
        note(bank, bank.li.id, reason)
    line = reached(bank, bank.li.id, "lifetime-2026Q3")
    assert (line["stars"], line["explanation"][0]) == (0, why)
    assert reached(bank, bank.zhao.id, "lifetime-2026Q3")["stars"] == 3
    with bank.inside():
        assert rounds.current_stars(bank.li.id) == 3
