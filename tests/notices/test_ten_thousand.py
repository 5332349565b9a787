"""Ten thousand people, and every public answer searched for a name, a phone or an address."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument

from moralbank.core.policy import MAY
from moralbank.core.transaction import transact
from moralbank.notices.models import KINDS
from moralbank.people.volunteers import NewAccount, open_accounts
from tests.cast import Bank
from tests.notices.conftest import Wall

SURNAMES = ["欧阳", "司马", "诸葛", "上官", *"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"]
GIVEN = "秋春生兰梅庆祥凤英月华国建桂芳淑珍德福玉琴志强"
MANY = 10_000
AT_ONCE = 500
LONGEST = 4
HAN = re.compile(r"[\u3400-\u9fff]+")
PHONE = re.compile(r"(?<![0-9A-Za-z_-])1[3-9][0-9]{9}(?![0-9A-Za-z_-])")
NEEDS_A_LINK = "<token>"
"""What is behind a link of one's own is shown to whoever was given it, and tested beside it."""


def names() -> list[str]:
    """Ten thousand different names, of two to four characters; some surnames have two."""
    every = [
        *(surname + given for surname, given in product(SURNAMES, GIVEN)),
        *(surname + one + two for surname, one, two in product(SURNAMES, GIVEN, GIVEN)),
    ]
    return every[:MANY]


def errand(bank: Bank, number: int, volunteers: list[str]) -> None:
    """Let volunteers work an hour for a resident, who rates it."""
    admin = bank.as_("admin")
    asked = {
        "service_item": "home.shopping",
        "community_id": bank.community_id,
        "resident": {
            "name": f"孟庆{GIVEN[number]}",
            "phone": f"1520000{number:04d}",
            "household_no": f"{number + 31}-7-702",
            "address": f"芙蓉胡同 {number + 31} 号",
        },
    }
    event = admin.post("/service-events", asked).json["id"]
    path = f"/service-events/{event}"
    assert admin.post(f"{path}/claim", {"volunteer_id": volunteers[0]}).status_code == 200
    worked = [{"volunteer_id": one, "minutes": 60} for one in volunteers]
    done = {"participants": worked, "performed_at": "2026-08-03T09:00:00+08:00"}
    answer = admin.post(f"{path}/completion", done)
    assert answer.status_code == 200, answer.text
    answer = admin.post(f"{path}/rating", {"stars": 5, "channel": "phone"})
    assert answer.status_code == 200, answer.text


def addresses(app: Flask, known: dict[str, list[str]]) -> Iterator[str]:
    """Every address that anybody may read, with all that is known for its variable parts."""
    for rule in app.url_map.iter_rules():
        action = getattr(app.view_functions[rule.endpoint], "action", None)
        if "GET" not in (rule.methods or ()) or action is None or "public" not in MAY[action]:
            continue
        if NEEDS_A_LINK in rule.rule:
            continue
        parts = sorted(rule.arguments)
        missing = [part for part in parts if part not in known]
        assert missing == [], f"{rule.rule}: what stands for {missing}?"
        for values in product(*(known[part] for part in parts)):
            parts_of_it: dict[str, Any] = dict(zip(parts, values, strict=True))
            with app.test_request_context():
                yield app.url_for(rule.endpoint, **parts_of_it)


def text_of(content: bytes, kind: str) -> str:
    """All that can be read in an answer, a poster or a spreadsheet too."""
    if kind == "application/pdf":
        return "\n".join(page.get_textpage().get_text_range() for page in PdfDocument(content))
    if kind.endswith("sheet"):
        with zipfile.ZipFile(BytesIO(content)) as parts:
            return "\n".join(parts.read(name).decode() for name in parts.namelist())
    return "" if kind.startswith("image/") else content.decode()


def han(text: str) -> set[str]:
    """All pieces of Chinese text as long as a name."""
    pieces: set[str] = set()
    for run in HAN.findall(text):
        for long in range(2, LONGEST + 1):
            pieces |= {run[at : at + long] for at in range(len(run) - long + 1)}
    return pieces


def following(client: FlaskClient, address: str) -> Iterator[tuple[str, Any]]:
    """An address and the pages after it."""
    seen: set[str] = set()
    waiting = [address]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        got = client.get(path)
        yield path, got
        if got.mimetype == "text/html":
            further = re.findall(r'href="([^"]*[?&](?:after|cursor)=[^"]*)"', got.text)
            waiting += {link.replace("&amp;", "&") for link in further} - seen - set(waiting)
        elif got.is_json and isinstance(got.json, dict) and got.json.get("next"):
            waiting.append(f"{address}?limit=200&cursor={got.json['next']}")


@pytest.mark.engine("sqlite")
def test_no_public_answer_has_a_name_a_phone_or_an_address(bank: Bank, wall: Wall) -> None:
    called = names()
    assert len(set(called)) == MANY
    accounts = [
        NewAccount(
            name=name,
            phone=f"135{number:08d}",
            community_id=bank.community_id,
            station_id=bank.station_id,
            publish_consent=number % 3 != 0,
        )
        for number, name in enumerate(called)
    ]
    with bank.inside():
        ids = transact(lambda: open_accounts(accounts))
    for number, start in enumerate(range(0, MANY, AT_ONCE)):
        errand(bank, number, ids[start : start + AT_ONCE])
    wall.stars()
    wall.stars(subject="station")
    bank.buy({bank.rice: 1})
    wall.count(bank.rice, 1)
    wall.publish("2026-09-01", title="新规则书")
    notices = [wall.post(kind)["id"] for kind in KINDS]
    wall.object_to(notices[0], line_no=1)

    known = {
        "notice_id": notices,
        "ending": ["csv", "json", "xlsx"],
        "kind": list(KINDS),
        "period": ["2026Q3"],
        "community_id": [bank.community_id, bank.other_community_id],
        "station_id": [bank.station_id],
        "size": ["large"],
        "code": ["en"],
        "digest": ["0" * 64],
    }
    secret_names = {*called, bank.li.name, bank.zhao.name, *(f"孟庆{one}" for one in GIVEN[:20])}
    client = bank.app.test_client(use_cookies=False)
    lines = 0
    for address in addresses(bank.app, known):
        for path, got in following(client, address):
            assert got.status_code in (200, 303, 404), path
            text = text_of(got.data, got.mimetype)
            assert han(text) & secret_names == set(), path
            assert PHONE.findall(text) == [], path
            assert "芙蓉胡同" not in text, path
            assert not re.search(r"\d+-7-702", text), path
            lines += text.count("尾号")
    assert lines > MANY, "the lines were not read"
