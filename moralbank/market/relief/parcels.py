"""Parcels: goods that somebody gave. They are set aside on the shelf, and their points wait in a
wallet of their own, until they are brought, or until somebody on the staff turns them into points.

So whatever becomes of prices, of the shelf or of other gifts, a parcel can be brought as it was
given, and is never spent on anything else.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert

from moralbank import ledger
from moralbank.core.db import session
from moralbank.market.models import Donation, DonationLine, Parcel
from moralbank.market.receipts import ReceiptLine, pieces_of
from moralbank.market.relief.households import wallet_of_household
from moralbank.market.shelf import book
from moralbank.organizations.operations import pool_holder
from moralbank.people.lapsing import PARCEL


def wallet_of_parcel(donation_id: str) -> str:
    """Return the book's name for what pays a parcel."""
    return f"{PARCEL}{donation_id}"


def write_down(donation_id: str, shop_id: str, lines: Sequence[ReceiptLine]) -> None:
    """Set the goods of a gift aside, and write down that it is a parcel, in the caller's
    transaction, which holds the goods. Refuses 409 `out_of_stock`."""
    session().execute(
        insert(DonationLine),
        [
            {"donation_id": donation_id, "line_no": place, **asdict(line)}
            for place, line in enumerate(lines, start=1)
        ],
    )
    session().execute(
        insert(Parcel),
        {
            "donation_id": donation_id,
            "supermarket_id": shop_id,
            "status": "waiting",
            "ended_at": None,
            "ended_by": None,
            "reason": None,
        },
    )
    for goods_id, quantity in pieces_of(DonationLine.donation_id, donation_id).items():
        book.set_aside(goods_id, quantity)


def hold_parcel(donation_id: str) -> tuple[Parcel, Donation] | None:
    """Return a parcel, held, and the gift that it is; None where there is none."""
    parcel = session().get(Parcel, donation_id, with_for_update=True, populate_existing=True)
    return None if parcel is None else (parcel, session().get_one(Donation, donation_id))


def take_out(parcel: Parcel) -> None:
    """Let the goods of a parcel that is held leave what is set aside."""
    for goods_id, quantity in pieces_of(DonationLine.donation_id, parcel.donation_id).items():
        book.set_aside(goods_id, -quantity)


def end(parcel: Parcel, status: str, who: str, at: datetime, reason: str | None = None) -> None:
    """Write down what became of a parcel that is held."""
    parcel.status, parcel.ended_at, parcel.ended_by, parcel.reason = status, at, who, reason
    session().flush()


def hand_points_on(gift: Donation, reason: str, at: datetime) -> None:
    """Let the points of a parcel go to the pool or the household that it was for: they may be spent
    on anything."""
    if gift.to_pool_id is not None:
        receiver = pool_holder(gift.to_pool_id)
    else:
        assert gift.to_household_id is not None, "a parcel is for a pool or a household"
        receiver = wallet_of_household(gift.to_household_id)
    ledger.post(
        [
            ledger.Posting(
                key=f"parcel:{gift.id}",
                kind="donation",
                asset="points",
                payer=wallet_of_parcel(gift.id),
                payee=receiver,
                amount=gift.points,
                effective_at=at,
                reason=reason,
                source_type="donation",
                source_id=gift.id,
            )
        ]
    )
