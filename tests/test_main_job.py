"""The main job, once, as it is told: from an account to a public page, all of it through the API.

An account is opened and gets a card; an errand is taken, done and rated; the rating becomes
points; points become rice; one redemption was a mistake and is taken back; the quarter ends with a
star, a notice and figures that anybody may read. At the end the book balances.
"""

from __future__ import annotations

from tests import cast
from tests.core.problems import problem

bank = cast.bank
PERIOD = "2026Q3"
PERFORMED = "2026-08-15T09:30:00+08:00"


def test_from_an_account_to_a_public_page(bank: cast.Bank) -> None:
    admin, supervisor, worker = bank.as_("admin"), bank.as_("supervisor"), bank.as_("worker")
    public, till, auditor = bank.as_("public"), bank.as_("till"), bank.as_("auditor")

    # An account and its card, which signs its holder in.
    opened = worker.post(
        "/volunteers",
        {
            "name": "周玉兰",
            "phone": "138 0000 0009",
            "community_id": bank.community_id,
            "station_id": bank.station_id,
            "publish_consent": True,
        },
    )
    assert opened.status_code == 201
    zhou = opened.json
    card = worker.post(f"/volunteers/{zhou['id']}/cards", {"pin": "8642"})
    assert (card.status_code, card.json["status"]) == (201, "active")
    token = public.post("/tokens", {"card_code": card.json["code"], "pin": "8642"})
    bank.tokens["zhou"] = token.json["access_token"]
    zhou_herself = bank.as_("zhou")

    # An errand: a resident asks, she claims it, the worker records it, the resident rates it.
    taken = worker.post(
        "/service-events",
        {
            "service_item": "home.shopping",
            "community_id": bank.community_id,
            "resident": {"name": "秦月华", "phone": "13700000007", "address": "春风里 3 号"},
        },
    ).json
    errand = f"/service-events/{taken['id']}"
    offered = zhou_herself.get("/service-events?status=open").json["items"]
    assert [item["id"] for item in offered] == [taken["id"]]
    assert zhou_herself.post(f"{errand}/claim").json["status"] == "claimed"
    done = worker.post(
        f"{errand}/completion",
        {
            "participants": [{"volunteer_id": zhou["id"], "minutes": 120}],
            "performed_at": PERFORMED,
        },
    )
    assert done.json["status"] == "completed"
    rated = public.post(
        f"{errand}/rating", {"stars": 5, "resident_code": taken["resident_code"]}, key="rating"
    )
    assert rated.json["status"] == "awarded"
    [award] = rated.json["awards"]
    assert (award["points"], award["merit"], award["minutes"]) == ("24", "24", 120)
    assert award["explanation"]

    # The answer was lost on the way; the same request gets it again and changes nothing.
    again = public.post(
        f"{errand}/rating", {"stars": 5, "resident_code": taken["resident_code"]}, key="rating"
    )
    assert (again.text, again.headers["Idempotency-Replayed"]) == (rated.text, "true")
    balance = zhou_herself.get(f"/volunteers/{zhou['id']}/balance").json
    assert (balance["available"], balance["merit"], balance["minutes"]) == ("24", "24", 120)

    # Points become rice; the second bag was not wanted and comes back.
    known = till.post("/cards/identification", {"code": card.json["code"]}).json
    assert (known["display_name"], known["available"]) == ("周*兰", "24")
    sale = {"code": card.json["code"], "lines": [{"goods_id": bank.rice, "quantity": 1}]}
    bought = till.post("/redemptions", sale, key="first")
    assert bought.status_code == 201
    assert (bought.json["points"], bought.json["balance_after"]) == ("20", "4")
    problem(till.post("/redemptions", sale, key="second"), 409, "insufficient_points")
    found = till.get("/redemptions?idempotency_key=first").json["items"]
    assert [item["receipt_no"] for item in found] == [bought.json["receipt_no"]]
    void = f"/redemptions/{bought.json['id']}/void"
    problem(till.post(void, {"reason": "拿错了"}), 403, "forbidden")
    assert supervisor.post(void, {"reason": "拿错了"}).json["status"] == "voided"
    problem(supervisor.post(void, {"reason": "拿错了"}), 409, "already_voided")
    assert bank.stock(bank.rice) == 10
    assert till.post("/redemptions", sale, key="third").json["balance_after"] == "4"

    statement = zhou_herself.get(f"/volunteers/{zhou['id']}/entries").json["items"]
    assert [(line["kind"], line["amount"], line["balance_after"]) for line in statement] == [
        ("redemption", "-20", "4"),
        ("reversal", "20", "24"),
        ("redemption", "-20", "4"),
        ("award", "24", "24"),
    ]

    # The quarter's stars: everybody is listed, whoever earned some and whoever did not.
    body = {"subject": "volunteer", "period": PERIOD, "organization_id": bank.district_id}
    drafted = supervisor.post("/star-rounds", body)
    assert (drafted.status_code, drafted.json["status"]) == (201, "draft")
    round_ = f"/star-rounds/{drafted.json['id']}"
    results = supervisor.get(f"{round_}/results").json["items"]
    assert {result["subject_id"] for result in results} == {zhou["id"], bank.li.id, bank.zhao.id}
    assert results[0]["subject_id"] == zhou["id"]
    assert results[0]["rank"] == 1
    assert supervisor.post(f"{round_}/publication").json["status"] == "published"

    # A notice of the quarter: a draft is nobody's business, a posted one everybody's.
    notice = supervisor.post(
        "/notices", {"kind": "points", "organization_id": bank.district_id, "period": PERIOD}
    )
    assert notice.status_code == 201
    path = f"/notices/{notice.json['id']}"
    problem(public.get(path), 404, "not_found")
    assert supervisor.post(f"{path}/posting", {"objection_days": 5}).status_code == 200
    shown = public.get(path)
    [line] = shown.json["lines"]
    assert (line["display_name"], line["points"]) == ("周*兰", "24")
    assert "周玉兰" not in shown.text
    assert "秦月华" not in shown.text
    objection = public.post(
        f"{path}/objections",
        {"line_no": line["line_no"], "name": "钱有声", "contact": "13700000008", "reason": "不对"},
    )
    assert objection.status_code == 201
    decided = bank.as_("second").post(
        f"{path}/objections/{objection.json['id']}/decision",
        {"upheld": False, "reason": "查过了,无误"},
    )
    assert decided.status_code == 200

    # What the public sees, and what the auditor checks.
    summary = public.get("/public/summary").json
    assert summary["volunteers"] == 3
    assert summary["minutes"] == 120
    assert summary["service_events"] == 1
    assert summary["points_awarded"] == "24"
    assert summary["points_redeemed"] == "20"
    assert (summary["stations"], summary["supermarkets"]) == (1, 2)
    trial = auditor.get("/ledger/trial-balance").json
    assert trial["balanced"]
    kinds = {row["kind"] for row in admin.get("/ledger/transfers").json["items"]}
    assert kinds == {"adjustment", "award", "redemption", "reversal"}
