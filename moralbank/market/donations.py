"""Use cases of giving: points for somebody else, or for a pool."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import forbidden, invalid, invalid_field, not_found
from moralbank.core.transaction import operation
from moralbank.events.awarding.standings import refuse_stopped
from moralbank.market.models import Donation
from moralbank.organizations.operations import find, pool_holder
from moralbank.people.models import Volunteer
from moralbank.people.volunteers import gifts_of, wallet_of
from moralbank.rulebook.operations import in_force


@dataclass(frozen=True, slots=True)
class DonationView:
    """A gift as its giver sees it, without the receiver's name; points in hundredths."""

    id: str
    to_volunteer_id: str | None
    to_pool_id: str | None
    points: int
    balance_after: int
    message: str | None
    donated_at: datetime


@operation("donations.make")
def donate(
    actor: Actor,
    *,
    points: int,
    to_volunteer_id: str | None = None,
    to_pool_id: str | None = None,
    message: str | None = None,
) -> DonationView:
    """Give points (hundredths) to another volunteer or to a pool; the giver's merit stays.

    What the giver can only give away goes first, the rest out of the savings; `balance_after` is
    the savings'. The receiver may spend all of it, and it keeps its dates.

    Refuses 422 unless there is one receiver who is not the giver, 404 for an unknown one, 403 when
    the giver's account is frozen or the rulebook stops them (`not_in_good_standing`), 409
    `insufficient_points`.
    """
    if (to_volunteer_id is None) == (to_pool_id is None):
        message_ = _("请填写 to_volunteer_id 或 to_pool_id 其中一个。")
        raise invalid({"to_volunteer_id": [message_], "to_pool_id": [message_]})
    giver = actor.volunteer_id
    if giver is None or not _is_active(giver):
        raise forbidden(_("这个账户现在不能转赠积分。"))
    refuse_stopped(in_force(clock.today()), giver, "donations")
    if to_volunteer_id == giver:
        raise invalid_field("to_volunteer_id", _("不能转赠给自己。"))
    if to_pool_id is not None:
        payee = pool_holder(find(actor, to_pool_id, level="pool").id)
    elif to_volunteer_id is not None and _is_active(to_volunteer_id):
        payee = wallet_of(to_volunteer_id)
    else:
        raise not_found()
    number, now = new_id(), clock.now()
    wallet, gifts = wallet_of(giver), gifts_of(giver)
    here = ledger.hold_wallets([wallet, gifts, payee])
    from_gifts = min(points, here[gifts].available) if gifts in here else 0
    parts = {f"donation:{number}:gifts": (gifts, from_gifts)} if from_gifts else {}
    if points > from_gifts:
        parts[f"donation:{number}"] = wallet, points - from_gifts
    posted = ledger.post(
        [
            ledger.Posting(
                key=key,
                kind="donation",
                asset="points",
                payer=payer,
                payee=payee,
                amount=amount,
                effective_at=now,
                reason=_("转赠积分"),
                source_type="donation",
                source_id=number,
            )
            for key, (payer, amount) in parts.items()
        ]
    )
    left = here[wallet].balance - (points - from_gifts)
    session().execute(
        insert(Donation),
        {
            "id": number,
            "volunteer_id": giver,
            "to_volunteer_id": to_volunteer_id,
            "to_pool_id": to_pool_id,
            "points": points,
            "message": message,
            # The last of its journal: of two, the one out of the savings.
            "transfer_id": posted[-1].id,
            "donated_at": now,
        },
    )
    return DonationView(number, to_volunteer_id, to_pool_id, points, left, message, now)


def _is_active(volunteer_id: str) -> bool:
    status = session().scalar(select(Volunteer.status).where(Volunteer.id == volunteer_id))
    return status == "active"
