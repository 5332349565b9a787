"""Steps of an errand, as tests need them."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.people.volunteers import open_account
from tests.cast import Answer, Bank

PERFORMED = "2026-03-15T09:30:00+08:00"
_phones = count(50_000_000)
RESIDENT = {"name": "秦月华", "phone": "13700000007", "household_no": "9-9-9"}


@dataclass(frozen=True)
class Errand:
    """An errand that was requested."""

    bank: Bank
    id: str
    code: str
    codes: list[str]
    visit: str = ""

    @property
    def path(self) -> str:
        return f"/service-events/{self.id}"

    @property
    def page(self) -> str:
        return f"/events/{self.id}"

    def show(self, who: str = "worker") -> Any:
        return self.bank.as_(who).get(self.path).json

    def scan(
        self, way: str, code: str, *, who: str = "worker", at: datetime | None = None
    ) -> Answer:
        """Scan a card `in` or `out`."""
        with clock.at(at) if at else nullcontext():
            return self.bank.as_(who).post(f"{self.path}/check-{way}", {"code": code})

    def stay(self, code: str, minutes: float, *, since: datetime) -> Answer:
        """Scan a card in and, after some minutes, out."""
        assert self.scan("in", code, at=since).status_code == 200
        return self.scan("out", code, at=since + timedelta(minutes=minutes))

    def complete(self, *who: str, minutes: int = 60, **more: Any) -> Answer:
        """Record that these of the cast did it, 李秋兰 unless others are named."""
        people = [
            {"volunteer_id": self.bank.ids[name], "minutes": minutes} for name in who or ("li",)
        ]
        body = {"participants": people, "performed_at": PERFORMED, **more}
        return self.bank.as_("worker").post(f"{self.path}/completion", body)

    def rate(self, code: Any = None, stars: int = 5, *, who: str = "public", **more: Any) -> Answer:
        """Rate with the resident's code, or with another."""
        body = {"stars": stars, "resident_code": self.code if code is None else code, **more}
        return self.bank.as_(who).post(f"{self.path}/rating", body)

    def enter(self, stars: int = 5, *, who: str = "worker", **more: Any) -> Answer:
        """Enter a rating as staff, had by phone unless said otherwise."""
        body = {"stars": stars, "channel": "phone", **more}
        return self.bank.as_(who).post(f"{self.path}/rating", body)


def request(bank: Bank, *, resident: Any = RESIDENT, item: str = "home.shopping",
            **more: Any) -> Errand:  # fmt: skip
    """Take a request; `resident` None is one for the community."""
    body = {"service_item": item, "community_id": bank.community_id, **more}
    if resident is not None:
        body["resident"] = resident
    answer = bank.as_("worker").post("/service-events", body)
    assert answer.status_code == 201, answer.text
    taken = answer.json
    return Errand(bank, taken["id"], taken["resident_code"], taken["neighbour_codes"],
                  taken["visit_path"])  # fmt: skip


def volunteer(bank: Bank, name: str, **more: Any) -> str:
    """Open an account, in 梧桐社区 unless said otherwise; return its id."""
    with bank.inside():
        phone = f"139{next(_phones):08d}"
        place = {"community_id": bank.community_id, **more}
        return open_account(
            system("test"), name=name, phone=phone, publish_consent=False, **place
        ).id


def bound_minutes(bank: Bank, item: str, *, least: int, most: int) -> None:
    """Publish a rulebook that says how long an item plausibly takes."""
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    for one in document["service_items"]:
        if one["code"] == item:
            one["minutes"] = {"least": least, "most": most}
    body = {"effective_from": "2020-01-01", "document": document}
    published = bank.as_("admin").post("/rulebooks", body)
    assert published.status_code == 201, published.text


def points_of(bank: Bank, name: str) -> str:
    """What somebody of the cast has."""
    answer = bank.as_("admin").get(f"/volunteers/{bank.ids[name]}/balance")
    points: str = answer.json["points"]
    return points


def link_staff(bank: Bank, name: str, volunteer: str, role: str = "worker") -> None:
    """Take on somebody of staff who is a volunteer too."""
    employ(bank, name, bank.district_id, role=role, volunteer_id=bank.ids[volunteer])


def employ(bank: Bank, name: str, organization_id: str, **more: Any) -> None:
    """Take on somebody of staff, a worker unless said otherwise."""
    body = {
        "username": name,
        "password": "0123456789",
        "display_name": name,
        "role": "worker",
        "organization_id": organization_id,
        **more,
    }
    assert bank.as_("admin").post("/staff", body).status_code == 201
    signed_in = bank.as_("public").post("/tokens", {"username": name, "password": "0123456789"})
    bank.tokens[name] = signed_in.json["access_token"]
