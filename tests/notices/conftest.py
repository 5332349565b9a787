"""The shared cast on Saturday the 15th of August 2026, with a diary of errands and a wall to post
notices on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.cast import Bank, bank
from tests.honours.conftest import Diary, diary, today

__all__ = ["Wall", "bank", "diary", "today", "wall"]

OBJECTION = {"name": "孟庆祥", "contact": "13612340000", "reason": "这一行多记了一次"}


@dataclass
class Wall:
    """Where a supervisor posts notices and anybody reads them."""

    bank: Bank
    diary: Diary

    def draft(
        self, kind: str = "points", *, place: str | None = None, period: str = "2026Q3"
    ) -> str:
        """Draft a notice, of 长河街道 unless another place is named; return its id."""
        body = {
            "kind": kind,
            "organization_id": place or self.bank.street_id,
            "period": period,
        }
        answer = self.bank.as_("supervisor").post("/notices", body)
        assert answer.status_code == 201, answer.text
        assert answer.json["status"] == "draft"
        number: str = answer.json["id"]
        return number

    def post(self, kind: str = "points", *, days: int = 5, **words: Any) -> dict[str, Any]:
        """Draft and post a notice; return it as the public reads it."""
        number = self.draft(kind, **words)
        answer = self.bank.as_("supervisor").post(
            f"/notices/{number}/posting", {"objection_days": days}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json["status"] == "posted"
        return self.read(number)

    def read(self, number: str) -> dict[str, Any]:
        """Read a notice without a sign-in."""
        answer = self.bank.as_("public").get(f"/notices/{number}")
        assert answer.status_code == 200, answer.text
        whole: dict[str, Any] = answer.json
        return whole

    def count(
        self, goods_id: str, counted: int, *, by: str = "till", why: str | None = "受潮"
    ) -> None:
        """Count some goods, and post the difference as its second person, unless there is no
        `why`."""
        made = self.bank.as_(by).post(f"/goods/{goods_id}/counts", {"counted": counted})
        assert made.status_code == 201, made.text
        if why is not None:
            path = f"/goods/{goods_id}/stock-movements/{made.json['id']}/approval"
            posted = self.bank.as_("second").post(path, {"reason": why})
            assert posted.status_code == 200, posted.text

    def publish(self, day: str, **parts: Any) -> int:
        """Publish a rulebook that differs from the first in some parts; return its version."""
        admin = self.bank.as_("admin")
        document = admin.get("/rulebooks/1").json["document"] | parts
        answer = admin.post("/rulebooks", {"effective_from": day, "document": document})
        assert answer.status_code == 201, answer.text
        version: int = answer.json["version"]
        return version

    def object_to(self, number: str, **words: Any) -> Any:
        """Object to a notice without a sign-in."""
        return self.bank.as_("public").post(f"/notices/{number}/objections", OBJECTION | words)

    def stars(
        self, *, subject: str = "volunteer", period: str = "2026Q3", place: str | None = None
    ) -> str:
        """Compute and publish a star round, of 长河街道 unless another place is named; return its
        id."""
        supervisor = self.bank.as_("admin" if place else "supervisor")
        made = supervisor.post(
            "/star-rounds",
            {
                "subject": subject,
                "period": period,
                "organization_id": place or self.bank.street_id,
            },
        )
        assert made.status_code == 201, made.text
        number: str = made.json["id"]
        done = supervisor.post(f"/star-rounds/{number}/publication")
        assert done.status_code == 200, done.text
        return number


@pytest.fixture
def wall(bank: Bank, diary: Diary) -> Wall:
    """An empty wall."""
    return Wall(bank, diary)
