"""The steps of an errand, taken through the API, for tests of what the pages show of it."""

from typing import Any

from tests.cast import Bank, Member

PERFORMED = "2026-07-01T09:30:00+08:00"
RESIDENT = {"name": "周桂花", "phone": "13700000001", "address": "梧桐路 1 号"}


def take(bank: Bank, item: str = "home.shopping", **more: Any) -> dict[str, Any]:
    """Take a request of 周桂花, or as `more` says; return the answer with its codes."""
    body = {
        "service_item": item,
        "community_id": bank.community_id,
        "resident": RESIDENT,
        "note": "两袋米",
        **more,
    }
    answer = bank.as_("worker").post(
        "/service-events", {name: value for name, value in body.items() if value is not None}
    )
    assert answer.status_code == 201, answer.text
    taken: dict[str, Any] = answer.json
    return taken


def complete(bank: Bank, event_id: str, *people: Member, minutes: int = 90) -> None:
    """Record that some of the cast did it; 李秋兰 unless others are named."""
    answer = bank.as_("worker").post(
        f"/service-events/{event_id}/completion",
        {
            "participants": [
                {"volunteer_id": person.id, "minutes": minutes} for person in people or (bank.li,)
            ],
            "performed_at": PERFORMED,
        },
    )
    assert answer.status_code == 200, answer.text


def rate(bank: Bank, event_id: str, **more: Any) -> None:
    """Enter five stars that came by phone."""
    answer = bank.as_("worker").post(
        f"/service-events/{event_id}/rating", {"stars": 5, "channel": "phone", **more}
    )
    assert answer.status_code == 200, answer.text
