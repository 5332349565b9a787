"""What the public may see of a person: a masked name with consent, else an alias; no more."""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

from flask.testing import FlaskClient

from moralbank.core.actor import system
from moralbank.core.transaction import transact
from moralbank.notices import operations
from moralbank.notices.models import KINDS
from moralbank.people.volunteers import NewAccount, open_accounts
from tests.cast import Bank
from tests.notices.conftest import Wall

GIVEN = "秋春生兰梅庆祥凤英月华国建桂芳淑珍德福玉琴志强"
COMPOUND = ["欧阳", "司马", "诸葛", "上官"]


def people(many: int) -> list[NewAccount]:
    """Generated people, every third without consent, each with a name of their own."""
    rng = random.Random(3)
    names: set[str] = set()
    while len(names) < many:
        surname = rng.choice([*"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", *COMPOUND])
        names.add(surname + "".join(rng.choices(GIVEN, k=rng.choice([1, 2, 2, 3]))))
    return [
        NewAccount(
            name=name,
            phone=f"1350000{number:04d}",
            community_id="",
            publish_consent=number % 3 != 0,
        )
        for number, name in enumerate(sorted(names))
    ]


def public_texts(bank: Bank, notices: list[str]) -> dict[str, str]:
    """Everything that somebody without a sign-in can read."""
    client: FlaskClient = bank.app.test_client()
    paths = [
        "/", "/notices", "/stars", "/supermarkets",
        *(f"/notices/{number}" for number in notices),
        *(f"/notices/{number}?after=200" for number in notices),
        *(f"/api/v1/notices/{number}" for number in notices),
        *(f"/notices/{number}.{ending}" for number in notices for ending in ("csv", "json")),
        "/data",
        *(f"/data/{kind}/2026Q3.{end}" for kind in KINDS for end in ("csv", "json")),
        "/api/v1/notices", "/api/v1/public/summary", "/api/v1/public/points",
        "/api/v1/public/redemptions", "/api/v1/public/stars?limit=200",
    ]  # fmt: skip
    texts = {}
    for path in paths:
        answer = client.get(path)
        # Not every notice has more lines than stand on its first page.
        assert answer.status_code == 200 or "?after=" in path, path
        texts[path] = answer.text
    return texts


def test_no_name_and_no_phone_reaches_the_public(bank: Bank, wall: Wall) -> None:
    accounts = people(300)
    with bank.inside():
        placed = [
            NewAccount(**{**_fields(one), "community_id": bank.community_id}) for one in accounts
        ]
        ids = transact(lambda: open_accounts(placed))
    wall.diary.errand(*ids, minutes=120)
    wall.stars()
    bank.buy({bank.rice: 1})
    wall.count(bank.rice, 1)
    wall.publish("2026-09-01", title="新规则书")
    notices = [wall.post(kind)["id"] for kind in KINDS]
    texts = public_texts(bank, notices)
    secrets = [*(one.name for one in accounts), *(one.phone for one in accounts), *ids]
    secrets += [bank.li.name, bank.zhao.name, bank.li.phone, bank.li.account_no, "何凤英", "3-201"]
    for path, text in texts.items():
        assert [secret for secret in secrets if secret in text] == [], path
        assert not re.search(r"(?<![0-9A-Za-z_-])1[3-9]\d{9}(?![0-9A-Za-z_-])", text), path
    lines = wall.read(notices[0])["lines"]
    assert len(lines) == 300
    aliases = [line["display_name"] for line in lines if line["display_name"].startswith("志愿者 ")]
    assert len(aliases) == len(set(aliases)) == 100
    assert sum("*" in line["display_name"] for line in lines) == 200


def _fields(account: NewAccount) -> dict[str, Any]:
    return {name: getattr(account, name) for name in ("name", "phone", "publish_consent")}


def consent(bank: Bank, agrees: bool) -> None:
    answer = bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"publish_consent": agrees})
    assert answer.status_code == 200, answer.text


def test_a_withdrawn_consent_works_at_once(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id, minutes=120)
    wall.stars()
    notices = {kind: wall.post(kind) for kind in ("points", "stars")}
    assert notices["points"]["lines"][0]["display_name"] == "李*兰"
    consent(bank, agrees=False)
    for text in public_texts(bank, [notice["id"] for notice in notices.values()]).values():
        assert "李*兰" not in text
    for notice in notices.values():
        now = wall.read(notice["id"])
        assert now["digest"] == notice["digest"]
        alias = now["lines"][0].pop("display_name")
        assert alias.startswith("志愿者 ")
        assert notice["lines"][0].pop("display_name") == "李*兰"
        assert now == notice
    with bank.inside():
        assert operations.faults(system("test")) == []
    consent(bank, agrees=True)
    assert wall.read(notices["points"]["id"])["lines"][0]["display_name"] == "李*兰"


def test_namesakes_of_one_community_are_told_apart(bank: Bank, wall: Wall) -> None:
    diary = wall.diary
    same = [diary.open_account("柳春明"), diary.open_account("柳秋明")]
    silent = diary.open_account("汪德厚", publish_consent=False)
    known = diary.open_account("汪福厚")
    elsewhere = diary.open_account("柳玉明", community_id=bank.other_community_id, station_id=None)
    diary.errand(*same, silent, known, minutes=120)
    ends = {
        number: bank.as_("worker").get(f"/volunteers/{number}").json["account_no"][-2:]
        for number in (*same, known)
    }
    shown = {line["display_name"] for line in wall.post(place=bank.community_id)["lines"]}
    # Whoever knows both of them asks which it is, also where one of them is not named.
    assert {f"柳*明（尾号 {ends[one]}）" for one in same} < shown
    assert f"汪*厚（尾号 {ends[known]}）" in shown
    assert sum(name.startswith("志愿者 ") for name in shown) == 1
    event = {"service_item": "home.shopping", "community_id": bank.other_community_id,
             "resident": {"name": "何凤英"}}  # fmt: skip
    admin = bank.as_("admin")
    path = f"/service-events/{admin.post('/service-events', event).json['id']}"
    admin.post(f"{path}/claim", {"volunteer_id": elsewhere})
    done = {"participants": [{"volunteer_id": elsewhere, "minutes": 60}],
            "performed_at": "2026-08-03T09:00:00+08:00"}  # fmt: skip
    assert admin.post(f"{path}/completion", done).status_code == 200
    assert admin.post(f"{path}/rating", {"stars": 5, "channel": "phone"}).status_code == 200
    [line] = wall.post(place=bank.other_community_id)["lines"]
    assert line["display_name"] == "柳*明"


def test_aliases_do_not_link_two_notices(bank: Bank, wall: Wall) -> None:
    consent(bank, agrees=False)
    wall.diary.errand(bank.li.id, bank.zhao.id)
    bank.buy({bank.soap: 1})
    bank.buy({bank.soap: 2})
    one, two, bought = wall.post(), wall.post(), wall.post("redemptions")

    def names(notice: dict[str, Any]) -> set[str]:
        return {line["display_name"] for line in notice["lines"]}

    for first, second in itertools.combinations([one, two, bought], 2):
        assert not names(first) & names(second)
    assert len(names(one)) == 2
    assert len(names(bought)) == 1  # within a notice it is the same person, under the same alias
    assert wall.read(one["id"]) == {**one, "corrected_by": two["id"]}
