"""The book as auditors read it."""

from __future__ import annotations

from urllib.parse import quote

from tests.cast import Bank
from tests.core.problems import problem


def read(bank: Bank, who: str, query: str = "") -> list[dict[str, object]]:
    answer = bank.as_(who).get(f"/ledger/transfers?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json["items"]
    return items


def open_account(bank: Bank, community_id: str) -> str:
    opened = bank.as_("admin").post(
        "/volunteers",
        {
            "name": "周玉兰",
            "phone": "13700000001",
            "community_id": community_id,
            "publish_consent": False,
        },
    )
    number: str = opened.json["id"]
    body = {"volunteer_id": number, "asset": "points", "amount": "7.5", "reason": "更正"}
    assert bank.as_("admin").post("/adjustments", body).status_code == 201
    return number


def test_an_auditor_reads_what_touches_their_organization(bank: Bank) -> None:
    """The auditor of the district reads all of it; another district's is not seen."""
    admin = bank.as_("admin")
    district, street, community = "", "", ""
    for level in ("district", "street", "community"):
        parent = {"street": district, "community": street}.get(level)
        body = {"name": f"远方{level}", "level": level} | ({"parent_id": parent} if parent else {})
        number = admin.post("/organizations", body).json["id"]
        if level == "district":
            district = number
        elif level == "street":
            street = number
        else:
            community = number
    away = open_account(bank, community)
    bank.buy({bank.soap: 2})
    everything = read(bank, "admin")
    seen = read(bank, "auditor")
    assert f"volunteer:{away}" in {row["payee"] for row in everything}
    assert seen == [row for row in everything if row["payee"] != f"volunteer:{away}"]
    assert read(bank, "auditor", f"account=volunteer:{away}") == []
    assert len(read(bank, "admin", f"account=volunteer:{away}")) == 1
    # A worker may do what an auditor may, for their own community.
    holders = {row["payee"] for row in read(bank, "worker")}
    assert f"volunteer:{bank.li.id}" in holders
    assert read(bank, "neighbour") == []


def test_the_rows_can_be_narrowed(bank: Bank) -> None:
    bank.buy({bank.soap: 2})
    [sold] = read(bank, "auditor", "kind=redemption")
    assert sold["amount"] == "1"
    assert sold["payee"] == f"supermarket:{bank.supermarket_id}"
    posted = quote(str(sold["posted_at"]))
    assert sold in read(bank, "auditor", f"from={posted}")
    assert sold not in read(bank, "auditor", f"to={posted}")
    assert sold in read(bank, "auditor", f"from={sold['posted_at']}")  # a bare + is a space
    assert read(bank, "auditor", "kind=opening") == []
    assert sold in read(bank, "auditor", f"account=supermarket:{bank.supermarket_id}")


def test_the_rows_come_page_by_page(bank: Bank) -> None:
    for _time in range(5):
        bank.buy({bank.soap: 1})
    whole = read(bank, "auditor")
    seen: list[object] = []
    cursor = ""
    while True:
        answer = bank.as_("auditor").get(f"/ledger/transfers?limit=2{cursor}").json
        seen += answer["items"]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == whole


def test_volunteers_and_terminals_do_not_read_the_book(bank: Bank) -> None:
    for who in ("li", "till"):
        for path in ("/ledger/transfers", "/ledger/trial-balance"):
            problem(bank.as_(who).get(path), 403, "forbidden")


def test_debits_and_credits_are_decimal_strings_but_for_minutes(bank: Bank) -> None:
    trial = bank.as_("auditor").get("/ledger/trial-balance").json
    assert trial["balanced"]
    points, merit, minutes = trial["assets"]
    assert points == {"asset": "points", "debits": "220", "credits": "220"}
    assert merit["debits"] == "0"
    assert minutes["debits"] == 0
