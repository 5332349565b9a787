"""For every route that takes a body: somebody who may call it, and a body that would do."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from moralbank.core import clock
from tests.cast import PASSWORD, Bank
from tests.photos import photo

SOON = "2027-01-15T09:30:00+08:00"
PAST = "2026-01-15T09:30:00+08:00"
RULEBOOK = "migrations/data/rulebook-1.yaml"


@dataclass(frozen=True)
class Example:
    """One call that would be taken."""

    who: str
    path: str
    body: dict[str, Any]


def open_event(bank: Bank) -> str:
    """Take a request for a resident; return its id."""
    answer = bank.as_("worker").post(
        "/service-events",
        {
            "service_item": "home.shopping",
            "community_id": bank.community_id,
            "resident": {"name": "秦月华", "phone": "13700000007"},
        },
    )
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def publish(bank: Bank, **parts: Any) -> int:
    """Put a rulebook in force from today that differs from the default in some parts; return its
    version."""
    document = {**bank.as_("admin").get("/rulebooks/1").json["document"], **parts}
    sent = {"effective_from": "2020-01-01", "document": document}
    answer = bank.as_("admin").post("/rulebooks", sent)
    assert answer.status_code == 201, answer.text
    version: int = answer.json["version"]
    return version


LATE = {"code": "late", "name": "迟到", "kind": "deduction", "points": "1"}


def done_event(bank: Bank, *, performed_at: str = PAST) -> str:
    """Take a request and complete it; return its id."""
    number = open_event(bank)
    answer = bank.as_("worker").post(
        f"/service-events/{number}/completion",
        {
            "participants": [{"volunteer_id": bank.li.id, "minutes": 60}],
            "performed_at": performed_at,
        },
    )
    assert answer.status_code == 200, answer.text
    return number


def claimed_event(bank: Bank) -> str:
    """Take a request that 李秋兰 claims; return its id."""
    number = open_event(bank)
    body = {"volunteer_id": bank.li.id}
    answer = bank.as_("worker").post(f"/service-events/{number}/claim", body)
    assert answer.status_code == 200, answer.text
    return number


def repeated_event(bank: Bank) -> str:
    """Let 李秋兰 do an errand that comes again; return the id of the next."""
    taken = bank.as_("worker").post(
        "/service-events",
        {
            "service_item": "home.shopping",
            "community_id": bank.community_id,
            "needed_at": SOON,
            "repeats": {"every": "week", "until": "2027-06-30"},
        },
    )
    body = {"participants": [{"volunteer_id": bank.li.id, "minutes": 60}], "performed_at": PAST}
    path = f"/service-events/{taken.json['id']}/completion"
    assert bank.as_("worker").post(path, body).status_code == 200
    number: str = bank.as_("worker").get("/service-events?limit=1").json["items"][0]["id"]
    return number


def asked_for(bank: Bank) -> str:
    """Ask on the public page; return the id of what waits for a call back."""
    body = {
        "service_item": "home.shopping", "community_id": bank.community_id, "name": "秦月华",
        "phone": "13700000008",
    }  # fmt: skip
    answer = bank.as_("public").post("/asks", body)
    assert answer.status_code == 201, answer.text
    number: str = bank.as_("worker").get("/asks").json["items"][-1]["id"]
    return number


def reserved(bank: Bank) -> str:
    """Set a soap aside for 李秋兰; return the reservation's id."""
    lines = [{"goods_id": bank.soap, "quantity": 1}]
    answer = bank.as_("li").post("/reservations", {"lines": lines})
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def sold_out(bank: Bank) -> str:
    """Put goods on the shelf of which there are none; return their id."""
    made = {
        "supermarket_id": bank.supermarket_id, "sku": "none-left", "name": "面粉", "unit": "袋",
        "price": "15", "stock": 0,
    }  # fmt: skip
    answer = bank.as_("supervisor").post("/goods", made)
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def newcomer(bank: Bank, phone: str) -> str:
    """Open an account for somebody whom nothing else is about; return its id."""
    body = {
        "name": "甘雨田",
        "phone": phone,
        "community_id": bank.community_id,
        "publish_consent": False,
    }
    answer = bank.as_("worker").post("/volunteers", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def frozen(bank: Bank) -> str:
    """Freeze the account of somebody; return its id."""
    number = newcomer(bank, "13900000081")
    answer = bank.as_("worker").post(f"/volunteers/{number}/freezing", {"reason": "卡被人冒用"})
    assert answer.status_code == 200, answer.text
    return number


def end_asked(bank: Bank) -> str:
    """Ask for the end of somebody's account; return the number of what is asked."""
    path = f"/volunteers/{newcomer(bank, '13900000082')}/ends"
    answer = bank.as_("worker").post(path, {"kind": "left", "reason": "搬走了"})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def household(bank: Bank, name: str = "万家", *, who: str = "worker", **more: Any) -> str:
    """The id of a household in hardship that the worker registered."""
    body = {"community_id": bank.community_id, "name": name, **more}
    made = bank.as_(who).post("/households", body)
    assert made.status_code == 201, made.text
    number: str = made.json["id"]
    return number


def proposal(bank: Bank, household_id: str, **more: Any) -> str:
    """The id of what the supervisor proposed for a household: a piece of soap from the pool."""
    body = {"household_id": household_id, "pool_id": bank.pool_id,
            "lines": [{"goods_id": bank.soap, "quantity": 1}], **more}  # fmt: skip
    made = bank.as_("supervisor").post("/reliefs", body)
    assert made.status_code == 201, made.text
    number: str = made.json["id"]
    return number


def examples(bank: Bank) -> dict[str, Example]:
    """Return an example for each "METHOD /rule" whose body has fields; further words tell a second
    one from the first."""
    opened, claimed, done, disputed = (
        open_event(bank), open_event(bank), done_event(bank), done_event(bank),
    )  # fmt: skip
    taken, left, missed, visited = (claimed_event(bank) for _time in range(4))
    bank.as_("worker").post(f"/service-events/{visited}/check-in", {"code": bank.li.code})
    again = repeated_event(bank)
    supervisor = bank.as_("supervisor")
    supervisor.post(f"/service-events/{disputed}/dispute", {"reason": "没有来"})
    team = supervisor.post("/teams", {"name": "夕阳红", "organization_id": bank.community_id}).json[
        "id"
    ]
    drafts = [
        supervisor.post(
            "/notices", {"kind": "points", "period": "2026Q1", "organization_id": place}
        ).json["id"]
        for place in (bank.district_id, bank.street_id)
    ]
    posted = f"/notices/{drafts[0]}"
    supervisor.post(f"{posted}/posting", {"objection_days": 5})
    objection = (
        bank.as_("public")
        .post(
            f"{posted}/objections", {"name": "钱有声", "contact": "13700000009", "reason": "有误"}
        )
        .json["id"]
    )
    publish(bank, reasons=[LATE])
    with bank.inside():
        now = clock.now().isoformat()
    late = {"reason": "late", "note": "迟到一刻钟"}
    conduct = supervisor.post(f"/volunteers/{bank.zhao.id}/conduct", late).json["id"]
    bad = done_event(bank)
    bank.as_("worker").post(f"/service-events/{bad}/rating", {"stars": 1, "channel": "phone"})
    flag = supervisor.get("/flags?kind=low_rating").json["items"][0]["id"]
    proof = bank.as_("worker").post(
        f"/volunteers/{bank.li.id}/certificates", {"kind": "service_record"}
    )
    assert proof.status_code == 201, proof.text
    asked = [asked_for(bank) for _time in range(2)]
    bought = bank.buy({bank.soap: 1})
    assert bought.status_code == 201, bought.text
    home = household(bank)
    given = bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "10"})
    assert given.status_code == 201, given.text
    soap = {"to_pool_id": bank.pool_id, "lines": [{"goods_id": bank.soap, "quantity": 1}]}
    parcel = bank.as_("li").post("/donations", soap)
    assert parcel.status_code == 201, parcel.text
    refused, mistaken = (proposal(bank, home) for _time in range(2))
    handed_out = bank.as_("second").post(f"/reliefs/{mistaken}/approval")
    assert handed_out.status_code == 200, handed_out.text
    return {
        "POST /tokens": Example(
            "public", "/tokens", {"username": "nobody", "password": "wrong horse"}
        ),
        "POST /tokens by card": Example(
            "public", "/tokens", {"card_code": "2" * 16, "pin": "000000"}
        ),
        "POST /staff": Example(
            "admin",
            "/staff",
            {
                "username": "new",
                "password": "correct horse",
                "display_name": "新",
                "role": "worker",
                "organization_id": bank.community_id,
                "volunteer_id": bank.zhao.id,
            },
        ),
        "PATCH /staff/<staff_id>": Example(
            "admin",
            f"/staff/{bank.ids['second']}",
            {
                "display_name": "second",
                "role": "supervisor",
                "organization_id": bank.district_id,
                "volunteer_id": None,
            },
        ),
        "PUT /staff/current/password": Example(
            "auditor",
            "/staff/current/password",
            {"old_password": PASSWORD, "new_password": "horse, correct"},
        ),
        "POST /organizations": Example(
            "supervisor",
            "/organizations",
            {
                "name": "东风站",
                "level": "station",
                "parent_id": bank.community_id,
                "code": "S-9",
                "station_kind": "barber",
                "phone": "024-5000000",
                "address": "东风路 1 号",
                "leader": "站长",
                "hours": "9-17",
            },
        ),
        "PATCH /organizations/<organization_id>": Example(
            "supervisor",
            f"/organizations/{bank.station_id}",
            {
                "name": "新名",
                "code": "S-8",
                "station_kind": "barber",
                "phone": "024-5000000",
                "address": "东风路 1 号",
                "leader": "站长",
                "hours": "9-17",
            },
        ),
        **{
            f"POST /{word}": Example(
                "supervisor",
                f"/{word}",
                {
                    "name": "队",
                    "organization_id": bank.community_id,
                    "code": "T-1",
                    "leader": "队长",
                    "phone": "024-5000000",
                    "address": "东风路 1 号",
                    "hours": "9-17",
                },
            )
            for word in ("teams", "pools")
        },
        **{
            f"POST /{word} under a parent": Example(
                "supervisor", f"/{word}", {"name": "队", "parent_id": bank.community_id}
            )
            for word in ("teams", "pools")
        },
        "POST /volunteers": Example(
            "worker",
            "/volunteers",
            {
                "name": "周玉兰",
                "phone": "13700000001",
                "community_id": bank.community_id,
                "station_id": bank.station_id,
                "team_id": team,
                "party_member": True,
                "affiliation": "retired",
                "publish_consent": True,
                "household_no": "3-2-9",
                "skills": ["cooking"],
            },
        ),
        "PATCH /volunteers/<volunteer_id>": Example(
            "worker",
            f"/volunteers/{bank.li.id}",
            {
                "name": "李秋菊",
                "phone": "13700000002",
                "community_id": bank.community_id,
                "station_id": bank.station_id,
                "team_id": team,
                "party_member": True,
                "affiliation": "retired",
                "publish_consent": True,
                "household_no": "3-2-9",
                "skills": ["cooking"],
            },
        ),
        "POST /volunteers/<volunteer_id>/cards": Example(
            "worker", f"/volunteers/{bank.li.id}/cards", {"pin": "1234"}
        ),
        "POST /reservations": Example(
            "li",
            "/reservations",
            {"lines": [{"goods_id": bank.soap, "quantity": 1, "price": "0.5"}]},
        ),
        "POST /reservations/<reservation_id>/collection": Example(
            "till",
            f"/reservations/{reserved(bank)}/collection",
            {"code": bank.li.code, "pin": bank.li.pin},
        ),
        "POST /goods/<goods_id>/waiting": Example(
            "worker", f"/goods/{sold_out(bank)}/waiting", {"volunteer_id": bank.li.id}
        ),
        "POST /volunteers/<volunteer_id>/delegates": Example(
            "worker",
            f"/volunteers/{bank.li.id}/delegates",
            {
                "name": "孙晓梅",
                "relation": "女儿",
                "phone": "13700000009",
                "good_until": SOON[:10],
                "pin": "8642",
            },
        ),
        "POST /volunteers/<volunteer_id>/certificates": Example(
            "worker",
            f"/volunteers/{bank.li.id}/certificates",
            {"kind": "service_record", "since": "2026-01-01", "until": "2026-01-31"},
        ),
        "POST /volunteers/<volunteer_id>/certificates of stars": Example(
            "worker",
            f"/volunteers/{bank.li.id}/certificates",
            {"kind": "stars", "period": "2026Q1"},
        ),
        "POST /certificates/<certificate_id>/revocation": Example(
            "worker", f"/certificates/{proof.json['id']}/revocation", {"reason": "开错了"}
        ),
        "PUT /volunteers/<volunteer_id>/photo": Example(
            "worker",
            f"/volunteers/{bank.li.id}/photo",
            {"photo": b64encode(photo()).decode(), "consent": True},
        ),
        "PUT /cards/<card_id>/pin": Example(
            "worker", f"/cards/{bank.li.card_id}/pin", {"pin": "1234"}
        ),
        "POST /cards/identification": Example(
            "till", "/cards/identification", {"code": bank.li.code}
        ),
        "POST /volunteers/<volunteer_id>/freezing": Example(
            "worker",
            f"/volunteers/{newcomer(bank, '13900000083')}/freezing",
            {"reason": "卡被人冒用"},
        ),
        "POST /volunteers/<volunteer_id>/thawing": Example(
            "supervisor", f"/volunteers/{frozen(bank)}/thawing", {"reason": "卡找回"}
        ),
        "POST /volunteers/<volunteer_id>/ends": Example(
            "worker",
            f"/volunteers/{newcomer(bank, '13900000084')}/ends",
            {
                "kind": "died",
                "reason": "家属报告",
                "happened_on": "2026-11-20",
                "other_id": bank.li.id,
                "relation": "配偶",
            },
        ),
        "POST /account-changes/<change_id>/decision": Example(
            "second", f"/account-changes/{end_asked(bank)}/decision", {"agreed": True}
        ),
        "POST /adjustments": Example(
            "supervisor",
            "/adjustments",
            {
                "volunteer_id": bank.li.id,
                "asset": "points",
                "amount": "1",
                "reason": "更正",
                "opening": False,
            },
        ),
        "POST /rulebooks": Example(
            "admin", "/rulebooks", {"effective_from": "2027-01-01", "document": {}}
        ),
        "POST /service-events": Example(
            "worker",
            "/service-events",
            {
                "service_item": "home.shopping",
                "community_id": bank.community_id,
                "station_id": bank.station_id,
                "resident": {
                    "name": "秦月华",
                    "phone": "13700000007",
                    "household_no": "3-2-1",
                    "address": "东风路 1 号",
                },
                "requester": {"name": "秦大海", "phone": "13700000008", "relation": "儿子"},
                "needed_at": SOON,
                "deadline": SOON,
                "note": "要快",
                "volunteers_needed": 2,
                "repeats": {"every": "week", "until": "2027-06-30"},
                "kind": "wish",
                "came_by": "phone",
            },
        ),
        "POST /service-events/<event_id>/claim": Example(
            "worker", f"/service-events/{opened}/claim", {"volunteer_id": bank.li.id}
        ),
        "POST /service-events/<event_id>/assignment": Example(
            "worker",
            f"/service-events/{opened}/assignment",
            {"volunteer_ids": [bank.zhao.id], "team_id": team},
        ),
        "POST /service-events/<event_id>/handover": Example(
            "worker",
            f"/service-events/{taken}/handover",
            {
                "to_volunteer_id": bank.zhao.id,
                "from_volunteer_id": bank.li.id,
                "reason": "病了",
            },
        ),
        "POST /service-events/<event_id>/withdrawal": Example(
            "worker",
            f"/service-events/{left}/withdrawal",
            {"volunteer_id": bank.li.id, "reason": "病了"},
        ),
        "POST /service-events/<event_id>/no-show": Example(
            "worker",
            f"/service-events/{missed}/no-show",
            {"volunteer_id": bank.li.id, "reason": "没有来"},
        ),
        "POST /service-events/<event_id>/decline": Example(
            "worker", f"/service-events/{again}/decline", {"volunteer_id": bank.li.id}
        ),
        "POST /service-events/<event_id>/series/end": Example(
            "worker", f"/service-events/{again}/series/end", {"reason": "搬走了"}
        ),
        "POST /service-events/<event_id>/callback": Example(
            "worker", f"/service-events/{done}/callback", {"reached": False, "note": "没人接"}
        ),
        "POST /service-events/<event_id>/check-in": Example(
            "worker", f"/service-events/{opened}/check-in", {"code": bank.zhao.code}
        ),
        "POST /service-events/<event_id>/check-out": Example(
            "worker", f"/service-events/{visited}/check-out", {"code": bank.li.code}
        ),
        "POST /service-events/<event_id>/completion": Example(
            "worker",
            f"/service-events/{claimed}/completion",
            {
                "participants": [{"volunteer_id": bank.li.id, "minutes": 60, "reason": "无"}],
                "performed_at": PAST,
                "quantity": 1,
                "note": "办好了",
            },
        ),
        "POST /service-events/<event_id>/rating": Example(
            "worker",
            f"/service-events/{done}/rating",
            {
                "stars": 5,
                "resident_code": "no",
                "channel": "paper",
                "slip_no": "A-1",
                "comment": "好",
                "rater": {"name": "秦大海", "phone": "13700000008", "relation": "儿子"},
            },
        ),
        "POST /service-events/<event_id>/cancellation": Example(
            "worker", f"/service-events/{opened}/cancellation", {"reason": "不用了"}
        ),
        "POST /service-events/<event_id>/dispute": Example(
            "worker", f"/service-events/{done}/dispute", {"reason": "没有来"}
        ),
        "POST /service-events/<event_id>/dispute/evidence": Example(
            "second", f"/service-events/{disputed}/dispute/evidence", {"text": "我在场"}
        ),
        "POST /service-events/<event_id>/dispute/decision": Example(
            "supervisor",
            f"/service-events/{disputed}/dispute/decision",
            {"upheld": True, "reason": "属实"},
        ),
        "POST /volunteers/<volunteer_id>/conduct": Example(
            "supervisor",
            f"/volunteers/{bank.li.id}/conduct",
            {"reason": "late", "note": "迟到一刻钟", "service_event_id": done, "happened_at": now},
        ),
        "POST /conduct/<record_id>/withdrawal": Example(
            "supervisor", f"/conduct/{conduct}/withdrawal", {"reason": "记错了人"}
        ),
        "POST /asks": Example(
            "public",
            "/asks",
            {
                "service_item": "home.shopping",
                "community_id": bank.community_id,
                "name": "秦月华",
                "phone": "13700000007",
                "address": "东风路 1 号",
                "needed_at": SOON,
                "note": "要快",
                "kind": "wish",
            },
        ),
        "POST /asks/<ask_id>/taking": Example(
            "worker",
            f"/asks/{asked[0]}/taking",
            {
                "service_item": "home.repair",
                "needed_at": SOON,
                "note": "要快",
                "household_no": "3-2-1",
                "address": "东风路 1 号",
            },
        ),
        "POST /asks/<ask_id>/refusal": Example(
            "worker", f"/asks/{asked[1]}/refusal", {"reason": "没有这个人"}
        ),
        "POST /service-events/<event_id>/resident-link": Example(
            "worker", f"/service-events/{opened}/resident-link", {"renew": True}
        ),
        "POST /slip-batches": Example(
            "worker", "/slip-batches", {"community_id": bank.community_id, "sheets": 1}
        ),
        "POST /flags/<flag_id>/decision": Example(
            "supervisor", f"/flags/{flag}/decision", {"finding": "fine", "note": "打过电话"}
        ),
        "POST /pairings": Example(
            "worker",
            "/pairings",
            {
                "volunteer_id": bank.li.id,
                "community_id": bank.community_id,
                "resident": {
                    "name": "秦月华",
                    "phone": "13700000007",
                    "household_no": "3-2-1",
                    "address": "东风路 1 号",
                },
                "note": "三年",
            },
        ),
        "POST /goods": Example(
            "supervisor",
            "/goods",
            {
                "supermarket_id": bank.supermarket_id,
                "sku": "X-1",
                "name": "毛巾",
                "unit": "条",
                "price": "3",
                "stock": 5,
                "limit_per_person": 2,
                "limit_period": "month",
                "cost": "4.5",
                "barcode": "6901234567892",
                "reorder_level": 2,
            },
        ),
        "PATCH /goods/<goods_id>": Example(
            "supervisor",
            f"/goods/{bank.rice}",
            {
                "name": "新米",
                "unit": "袋",
                "price": "21",
                "limit_per_person": 2,
                "limit_period": "year",
                "cost": "4.5",
                "active": False,
                "barcode": "6901234567892",
                "reorder_level": 2,
            },
        ),
        "POST /goods/<goods_id>/stock-movements": Example(
            "supervisor",
            f"/goods/{bank.rice}/stock-movements",
            {
                "quantity": 5,
                "reason": "received",
                "donor": "丰收粮油店",
                "invoice": "A-17",
                "cost": "38",
                "note": "门口卸货",
            },
        ),
        "POST /goods/<goods_id>/moves": Example(
            "supervisor",
            f"/goods/{bank.rice}/moves",
            {"to_goods_id": bank.salt, "quantity": 1, "note": "调拨"},
        ),
        "POST /goods/<goods_id>/counts": Example(
            "till", f"/goods/{bank.rice}/counts", {"counted": 9}
        ),
        "POST /goods/<goods_id>/stock-movements/<movement_id>/approval": Example(
            "supervisor", f"/goods/{bank.rice}/stock-movements/none/approval", {"reason": "少了"}
        ),
        "POST /goods/<goods_id>/stock-movements/<movement_id>/rejection": Example(
            "supervisor", f"/goods/{bank.rice}/stock-movements/none/rejection", {"reason": "重盘"}
        ),
        "POST /goods/<goods_id>/prices": Example(
            "supervisor",
            f"/goods/{bank.rice}/prices",
            {"price": "15", "starts_on": "2030-01-01", "ends_on": "2030-02-01"},
        ),
        "POST /supermarkets/<supermarket_id>/contributions": Example(
            "supervisor",
            f"/supermarkets/{bank.supermarket_id}/contributions",
            {
                "kind": "donated",
                "amount": "500",
                "received_on": "2026-03-01",
                "donor": "丰收粮油店",
                "receipt_no": "B-3",
                "note": "春节慰问",
            },
        ),
        "POST /supermarkets/<supermarket_id>/contributions/<contribution_id>/correction": Example(
            "supervisor",
            f"/supermarkets/{bank.supermarket_id}/contributions/none/correction",
            {"reason": "记错了"},
        ),
        "POST /terminals": Example(
            "supervisor", "/terminals", {"supermarket_id": bank.supermarket_id, "name": "三号"}
        ),
        "POST /terminal-closings": Example(
            "till", "/terminal-closings", {"counted": 3, "reason": "两张小票受潮看不清"}
        ),
        "POST /redemptions": Example(
            "till",
            "/redemptions",
            {
                "code": bank.li.code,
                "pin": bank.li.pin,
                "lines": [{"goods_id": bank.rice, "quantity": 1, "price": "20"}],
            },
        ),
        "POST /redemptions/<redemption_id>/void": Example(
            "supervisor", f"/redemptions/{bought.json['id']}/void", {"reason": "拿错了"}
        ),
        "POST /donations": Example(
            "li",
            "/donations",
            {
                "to_volunteer_id": bank.zhao.id,
                "points": "1",
                "message": "谢谢",
            },
        ),
        "POST /donations to a pool": Example(
            "li", "/donations", {"to_pool_id": bank.pool_id, "points": "1"}
        ),
        "POST /donations of goods": Example(
            "li",
            "/donations",
            {
                "to_pool_id": bank.pool_id,
                "lines": [{"goods_id": bank.soap, "quantity": 2, "price": "0.5"}],
            },
        ),
        "POST /donations to nobody": Example(
            "li", "/donations", {"to_household_id": "nobody", "points": "1"}
        ),
        "POST /households": Example(
            "worker",
            "/households",
            {
                "community_id": bank.community_id,
                "name": "卜家",
                "phone": "13500000001",
                "household_no": "9-9-901",
                "address": "梧桐路 9 号",
                "note": "主劳力生病",
                "namesake": True,
            },
        ),
        "POST /reliefs": Example(
            "supervisor",
            "/reliefs",
            {
                "household_id": home,
                "pool_id": bank.pool_id,
                "donation_id": None,
                "lines": [{"goods_id": bank.soap, "quantity": 1, "price": "0.5"}],
                "note": "周五送",
            },
        ),
        "POST /donations/<donation_id>/points": Example(
            "supervisor", f"/donations/{parcel.json['id']}/points", {"reason": "这种皂停产了"}
        ),
        "POST /reliefs/<relief_id>/rejection": Example(
            "second", f"/reliefs/{refused}/rejection", {"reason": "上周刚发过"}
        ),
        "POST /reliefs/<relief_id>/void": Example(
            "supervisor", f"/reliefs/{mistaken}/void", {"reason": "送错了人家"}
        ),
        "POST /star-rounds": Example(
            "supervisor",
            "/star-rounds",
            {"subject": "volunteer", "period": "2026Q3", "organization_id": bank.district_id},
        ),
        "POST /notices": Example(
            "supervisor",
            "/notices",
            {
                "kind": "points",
                "period": "2026Q1",
                "organization_id": bank.district_id,
                "correction_of": drafts[0],
                "correction_reason": "漏了一页",
            },
        ),
        "POST /notices/<notice_id>/posting": Example(
            "supervisor",
            f"/notices/{drafts[1]}/posting",
            {
                "objection_days": 5,
                "authority": "长河街道志愿服务站",
                "phone": "13700000008",
                "address": "长河路 1 号",
            },
        ),
        "POST /notices/<notice_id>/objections": Example(
            "public",
            f"{posted}/objections",
            {"line_no": 1, "name": "钱有声", "contact": "13700000009", "reason": "有误"},
        ),
        "POST /notices/<notice_id>/objections/<objection_id>/decision": Example(
            "second", f"{posted}/objections/{objection}/decision", {"upheld": True, "reason": "x"}
        ),
    }
