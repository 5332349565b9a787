"""A small named cast that the rooms' tests share: who is who, and what they may do.

The district 新安区 has the street 长河街道 with two communities. 梧桐社区 has the station, the
supermarket and everybody below; 槐荫社区 is elsewhere: nobody of 梧桐社区 reaches it.

admin       works for the whole bank
supervisor  of the district; `second` is another one, for what needs two people
worker      of 梧桐社区; `neighbour` is the worker of 槐荫社区
auditor     of the district
li          李秋兰, a volunteer of 梧桐社区: 200 points, a card with the PIN 2468
zhao        赵春生, another one: 20 points, a card with the PIN 1357
till        the terminal of the supermarket; `second_till` its other one
far_till    the terminal of 槐荫社区's supermarket

Goods of the supermarket: rice 20 points (10 bags), oil 60 points (5 bottles, one per person and
month), soap 0.5 points (200 pieces). The other supermarket has salt for 1 point (10 bags).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Barrier
from typing import Any, TypeVar

import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.transaction import transact
from moralbank.market import terminals
from moralbank.market.shelf import goods
from moralbank.organizations import operations as organizations
from moralbank.people import adjustments, cards, sign_in, staff, volunteers
from tests.databases import Databases, close_connections, make_app

PASSWORD = "correct horse"
T = TypeVar("T")
_keys = count(1)


@dataclass(frozen=True)
class Answer:
    """What the API answered; `json` is None where the body is none."""

    status_code: int
    mimetype: str
    headers: Headers
    text: str
    json: Any


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API with a token; None calls without one."""

    app: Flask
    token: str | None

    def call(self, method: str, path: str, json: Any = None, *, key: str | None = None) -> Answer:
        """Send one request to ``/api/v1``; it may run in any thread."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        with self.app.test_client() as client:
            got = client.open(f"/api/v1{path}", method=method, json=json, headers=headers)
            body = got.json if got.is_json else None
            return Answer(got.status_code, got.mimetype or "", got.headers, got.text, body)

    def get(self, path: str) -> Answer:
        """Read."""
        return self.call("GET", path)

    def post(self, path: str, json: Any = None, *, key: str | None = "fresh") -> Answer:
        """Post under a key of its own, under `key`, or under none (None)."""
        if key == "fresh":
            key = f"key-{next(_keys)}"
        return self.call("POST", path, {} if json is None else json, key=key)

    def patch(self, path: str, json: Any) -> Answer:
        """Change."""
        return self.call("PATCH", path, json)


@dataclass(frozen=True)
class Member:
    """A volunteer of the cast."""

    id: str
    name: str
    account_no: str
    phone: str
    code: str
    pin: str
    card_id: str


@dataclass
class Bank:
    """The bank with its cast. Ids are as the API gives them; `as_` speaks for somebody."""

    app: Flask
    district_id: str = ""
    street_id: str = ""
    community_id: str = ""
    other_community_id: str = ""
    station_id: str = ""
    supermarket_id: str = ""
    other_supermarket_id: str = ""
    pool_id: str = ""
    rice: str = ""
    oil: str = ""
    soap: str = ""
    salt: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def li(self) -> Member:
        """李秋兰, who has points."""
        return self.members["li"]

    @property
    def zhao(self) -> Member:
        """赵春生, who has few."""
        return self.members["zhao"]

    def as_(self, name: str) -> Caller:
        """Speak for one of the cast, or for the "public" without a sign-in."""
        return Caller(self.app, None if name == "public" else self.tokens[name])

    def points(self, member: Member) -> str:
        """What a volunteer may spend, read as the counter reads it."""
        answer = self.as_("till").post("/cards/identification", {"code": member.code})
        assert answer.status_code == 200, answer.text
        text: str = answer.json["available"]
        return text

    def buy(
        self,
        lines: dict[str, int],
        *,
        member: Member | None = None,
        pin: str | None = None,
        till: str = "till",
        key: str | None = "fresh",
    ) -> Answer:
        """Redeem goods (id → quantity) for 李秋兰 unless another is named."""
        body: dict[str, Any] = {
            "code": (member or self.li).code,
            "lines": [{"goods_id": number, "quantity": many} for number, many in lines.items()],
        }
        if pin is not None:
            body["pin"] = pin
        return self.as_(till).post("/redemptions", body, key=key)

    def goods(self, goods_id: str) -> dict[str, Any]:
        """Some goods, as they are listed."""
        page = self.as_("admin").get("/goods?limit=100").json
        while True:
            for item in page["items"]:
                if item["id"] == goods_id:
                    found: dict[str, Any] = item
                    return found
            assert page["next"], f"no goods {goods_id}"
            page = self.as_("admin").get(f"/goods?limit=100&cursor={page['next']}").json

    def stock(self, goods_id: str) -> int:
        """What is left of some goods."""
        left: int = self.goods(goods_id)["stock"]
        return left

    @contextmanager
    def inside(self) -> Iterator[None]:
        """An application context, for a test that calls operations."""
        with self.app.app_context():
            yield


@pytest.fixture
def bank(app: Flask, databases: Databases, engine_name: str) -> Bank:
    """The bank with its cast, made by the same operations that people use."""
    cast = rehearsed(databases, engine_name)[1]
    return replace(
        cast, app=app, tokens={**cast.tokens}, ids={**cast.ids}, members={**cast.members}
    )


def rehearsed(databases: Databases, engine: str) -> tuple[str, Bank]:
    """The template that holds the cast, as of the moment that a test set, and who is who in it."""

    def fill(uri: str) -> Bank:
        app = make_app(uri)
        made = Bank(app)
        with app.app_context():
            transact(lambda: _populate(made))
        close_connections(app)
        return made

    return databases.filled(engine, clock._fixed.get(), fill)


def _populate(bank: Bank) -> None:
    _make_places(bank)
    for place, name in enumerate(("li", "zhao")):
        _open_account(bank, name, place)
    _employ(bank)
    _stock_shelves(bank)


def _make_places(bank: Bank) -> None:
    actor = system("cast")

    def place(name: str, level: Any, parent_id: str | None) -> str:
        return organizations.create(actor, name=name, level=level, parent_id=parent_id).id

    bank.district_id = place("新安区", "district", None)
    bank.street_id = place("长河街道", "street", bank.district_id)
    bank.community_id = place("梧桐社区", "community", bank.street_id)
    bank.other_community_id = place("槐荫社区", "community", bank.street_id)
    bank.station_id = place("梧桐代办站", "station", bank.community_id)
    bank.supermarket_id = place("梧桐爱心超市", "supermarket", bank.community_id)
    bank.other_supermarket_id = place("槐荫爱心超市", "supermarket", bank.other_community_id)
    bank.pool_id = place("长河互助池", "pool", bank.street_id)


_MEMBERS = {
    "li": ("李秋兰", "13900000001", "2468", 20_000),
    "zhao": ("赵春生", "13900000002", "1357", 2_000),
}


def _open_account(bank: Bank, name: str, place: int) -> None:
    actor = system("cast")
    full_name, phone, pin, hundredths = _MEMBERS[name]
    opened = volunteers.open_account(
        actor,
        name=full_name,
        phone=phone,
        community_id=bank.community_id,
        station_id=bank.station_id,
        publish_consent=place == 0,
    )
    card = cards.issue(actor, opened.id, pin=pin)
    adjustments.adjust(
        actor, volunteer_id=opened.id, asset="points", amount=hundredths, reason="开户"
    )
    bank.members[name] = Member(
        opened.id, full_name, opened.account_no, phone, card.code, pin, card.id
    )
    bank.ids[name] = opened.id
    bank.tokens[name] = sign_in.sign_in_volunteer(actor, card_code=card.code, pin=pin).access_token


def _employ(bank: Bank) -> None:
    actor = system("cast")
    posts = {
        "admin": ("admin", None),
        "supervisor": ("supervisor", bank.district_id),
        "second": ("supervisor", bank.district_id),
        "worker": ("worker", bank.community_id),
        "neighbour": ("worker", bank.other_community_id),
        "auditor": ("auditor", bank.district_id),
    }
    for name, (role, organization_id) in posts.items():
        bank.ids[name] = staff.create(
            actor,
            username=name,
            password=PASSWORD,
            display_name=name,
            role=role,
            organization_id=organization_id,
        ).id
        bank.tokens[name] = sign_in.sign_in_staff(
            actor, username=name, password=PASSWORD
        ).access_token


def _stock_shelves(bank: Bank) -> None:
    actor = system("cast")

    def shelve(sku: str, name: str, unit: str, price: int, stock: int, **more: Any) -> str:
        place = more.pop("supermarket_id", bank.supermarket_id)
        return goods.create(
            actor, supermarket_id=place, sku=sku, name=name, unit=unit, price=price, stock=stock,
            **more,
        ).id  # fmt: skip

    bank.rice = shelve("R-5", "大米", "袋", 2_000, 10)
    bank.oil = shelve("O-1", "食用油", "瓶", 6_000, 5, limit_per_person=1)
    bank.soap = shelve("S-1", "肥皂", "块", 50, 200)
    bank.salt = shelve("N-1", "食盐", "袋", 100, 10, supermarket_id=bank.other_supermarket_id)
    tills = {
        "till": bank.supermarket_id,
        "second_till": bank.supermarket_id,
        "far_till": bank.other_supermarket_id,
    }
    for name, supermarket_id in tills.items():
        made = terminals.create(actor, supermarket_id=supermarket_id, name=name)
        assert made.token is not None
        bank.ids[name], bank.tokens[name] = made.id, made.token


def together(tasks: list[Callable[[], T]]) -> list[T]:
    """Run `tasks` in as many threads, all let go at the same moment; return what each returned."""
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return [done.result() for done in [threads.submit(run, task) for task in tasks]]
