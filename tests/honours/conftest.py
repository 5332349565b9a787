"""The shared cast on a fixed day, and errands that were done, rated and awarded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from moralbank.core import clock
from tests.cast import Bank, bank

__all__ = ["Diary", "bank", "diary", "today"]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """It is the 15th of August 2026, in the third quarter."""
    with clock.at(datetime(2026, 8, 15, 4, tzinfo=UTC)):
        yield


@dataclass
class Diary:
    """Keeps what was awarded, as the API answered when it was."""

    bank: Bank
    awards: list[dict[str, Any]] = field(default_factory=list)
    accounts: int = 0

    def open_account(self, name: str, **place: Any) -> str:
        """Open an account in 梧桐社区, or elsewhere, and return its id."""
        self.accounts += 1
        body = {
            "name": name,
            "phone": f"137{self.accounts:08d}",
            "community_id": self.bank.community_id,
            "publish_consent": True,
            **place,
        }
        answer = self.bank.as_("admin").post("/volunteers", body)
        assert answer.status_code == 201, answer.text
        number: str = answer.json["id"]
        return number

    def errand(
        self, *volunteer_ids: str, minutes: int = 60, stars: int = 5, at: str = "2026-08-03T09:00"
    ) -> str:
        """Let volunteers do an errand at a local moment, and the resident rate it."""
        admin = self.bank.as_("admin")
        body = {
            "service_item": "home.shopping",
            "community_id": self.bank.community_id,
            "resident": {"name": "何凤英", "household_no": "3-201"},
        }
        event_id: str = admin.post("/service-events", body).json["id"]
        claimed = admin.post(
            f"/service-events/{event_id}/claim", {"volunteer_id": volunteer_ids[0]}
        )
        assert claimed.status_code == 200, claimed.text
        participants = [{"volunteer_id": one, "minutes": minutes} for one in volunteer_ids]
        done = admin.post(
            f"/service-events/{event_id}/completion",
            {"participants": participants, "performed_at": f"{at}:00+08:00"},
        )
        assert done.status_code == 200, done.text
        rated = admin.post(
            f"/service-events/{event_id}/rating", {"stars": stars, "channel": "phone"}
        )
        assert rated.status_code == 200, rated.text
        told = {"stars": stars, "at": at, "event_id": event_id}
        self.awards += [award | told for award in rated.json["awards"]]
        return event_id


@pytest.fixture
def diary(bank: Bank) -> Diary:
    """An empty diary of the bank's errands."""
    return Diary(bank)
