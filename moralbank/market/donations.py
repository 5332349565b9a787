"""Use cases of giving: points or goods for somebody else, a pool or a household in hardship, and
what those were given."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, insert, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, invalid, invalid_field, not_found
from moralbank.core.quantities import points_text
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.standings import refuse_stopped
from moralbank.market.counter import ask_at
from moralbank.market.models import Donation, DonationLine, Household
from moralbank.market.receipts import ReceiptLine, lines_of
from moralbank.market.relief.handing_out import carried_out
from moralbank.market.relief.households import find_household, refuse_own, wallet_of_household
from moralbank.market.reservations import shop_of
from moralbank.market.rules import added_up
from moralbank.market.schemas import RECEIVERS, one_receiver_words, points_or_goods_words
from moralbank.market.selling import priced
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, pool_holder
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
    to_household_id: str | None = None
    lines: tuple[ReceiptLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A gift that is not made yet: what the giver is asked to confirm. `to` names who gets it,
    `left` is what the savings would have after it, in hundredths like `points`."""

    to: str
    points: int
    left: int
    message: str | None
    lines: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift to a pool or a household as its staff see it, without the giver; points in hundredths.
    `state` of a gift of goods: waiting, proposed or completed; None where it was points."""

    id: str
    pool_id: str | None
    pool: str | None
    household_id: str | None
    household: str | None
    points: int
    message: str | None
    donated_at: datetime
    lines: tuple[ReceiptLine, ...]
    state: str | None


@dataclass(frozen=True, slots=True)
class _Receiver:
    """Who gets a gift: the wallet, what the statement says, what the giver is told."""

    payee: str
    reason: str
    name: str


@query("donations.make")
def offer(
    actor: Actor,
    *,
    points: int | None = None,
    lines: Sequence[tuple[str, int]] = (),
    to_pool_id: str | None = None,
    to_household_id: str | None = None,
    message: str | None = None,
) -> Offer:
    """Return what a gift of points (hundredths) or goods to a pool or a household would come to;
    nothing moves yet.

    Refuses as `donate` does; 409 `insufficient_points` says how many there are to give.
    """
    giver = _giver(actor)
    to = _receiver(actor, giver, None, to_pool_id, to_household_id)
    points, goods = _worth(points, lines)
    wallet, gifts = wallet_of(giver), gifts_of(giver)
    here = ledger.points_of([wallet, gifts])
    saved, only_to_give = (
        here[holder].available if holder in here else 0 for holder in (wallet, gifts)
    )
    if points > saved + only_to_give:
        most = points_text(saved + only_to_give)
        raise conflict("insufficient_points", _("最多可以给 %(points)s 分。", points=most))
    left = saved - max(0, points - only_to_give)
    return Offer(to.name, points, left, message, goods)


@query("donations.read")
def list_gifts(
    actor: Actor, *, pool_id: str | None = None, cursor: str | None = None, limit: int
) -> Page[Gift]:
    """List what one pool, or all pools and households within reach, were given, newest first.
    Refuses 404."""
    statement = (
        select(Donation, Organization.name, Household.alias)
        .outerjoin(Household, Household.id == Donation.to_household_id)
        .join(
            Organization,
            Organization.id == func.coalesce(Donation.to_pool_id, Household.community_id),
        )
        .where(below(actor.scope or "/"))
    )
    if pool_id is not None:
        find(actor, pool_id, level="pool")
        statement = statement.where(Donation.to_pool_id == pool_id)
    page = paged(
        "donations",
        statement,
        by=[Donation.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: (row[0], row[1], row[2]),
    )
    ids = [gift.id for gift, _place, _alias in page.items]
    goods, states = _goods_of(ids), carried_out(ids)
    return Page(
        [
            Gift(
                id=gift.id,
                pool_id=gift.to_pool_id,
                pool=place if gift.to_pool_id else None,
                household_id=gift.to_household_id,
                household=alias,
                points=gift.points,
                message=gift.message,
                donated_at=gift.donated_at,
                lines=goods.get(gift.id, ()),
                state=states.get(gift.id, "waiting") if gift.id in goods else None,
            )
            for gift, place, alias in page.items
        ],
        page.next,
    )


def _goods_of(donation_ids: Sequence[str]) -> dict[str, tuple[ReceiptLine, ...]]:
    """Return the goods of those of some gifts that were goods."""
    found = lines_of(DonationLine.donation_id, donation_ids)
    return {number: tuple(lines) for number, lines in found.items() if lines}


@query("donations.read")
def get_gift(actor: Actor, donation_id: str) -> Gift:
    """Return one gift of goods within reach that waits to be carried out. Refuses 404."""
    row = session().get(Donation, donation_id)
    goods = _goods_of([donation_id])
    if row is None or not goods or carried_out([donation_id]):
        raise not_found()
    pool = alias = None
    if row.to_pool_id is not None:
        pool = find(actor, row.to_pool_id, level="pool").name
    else:
        alias = find_household(actor, row.to_household_id or "").alias
    return Gift(
        row.id, row.to_pool_id, pool, row.to_household_id, alias, row.points, row.message,
        row.donated_at, goods[row.id], "waiting",
    )  # fmt: skip


@operation("donations.make")
def donate(
    actor: Actor,
    *,
    points: int | None = None,
    lines: Sequence[tuple[str, int]] = (),
    to_volunteer_id: str | None = None,
    to_pool_id: str | None = None,
    to_household_id: str | None = None,
    message: str | None = None,
) -> DonationView:
    """Give points (hundredths) to another volunteer, to a pool or to a household in hardship; the
    giver's merit stays. Or give goods (`lines`: goods ids and quantities, of one shop) to a pool or
    a household: the points of their price today, for these goods.

    What the giver can only give away goes first, the rest out of the savings; `balance_after` is
    the savings'. The receiver may spend all of it, and it keeps its dates.

    Refuses 422 unless there is one receiver who is not the giver and either points or goods, 404
    for an unknown one, 404 `goods_unknown`, 403 for one's own household, 403 when the giver's
    account is frozen or the rulebook stops them (`not_in_good_standing`), 409
    `insufficient_points`.
    """
    if [to_volunteer_id, to_pool_id, to_household_id].count(None) != 2:
        raise invalid(dict.fromkeys(RECEIVERS, [one_receiver_words()]))
    giver = _giver(actor)
    to = _receiver(actor, giver, to_volunteer_id, to_pool_id, to_household_id)
    if lines and to_volunteer_id is not None:
        raise invalid_field("lines", _("物品只能送给公益池或困难户。"))
    points, goods = _worth(points, lines)
    number, now = new_id(), clock.now()
    wallet, gifts = wallet_of(giver), gifts_of(giver)
    here = ledger.hold_wallets([wallet, gifts, to.payee])
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
                payee=to.payee,
                amount=amount,
                effective_at=now,
                reason=to.reason,
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
            "to_household_id": to_household_id,
            "points": points,
            "message": message,
            # The last of its journal: of two, the one out of the savings.
            "transfer_id": posted[-1].id,
            "donated_at": now,
        },
    )
    if goods:
        session().execute(
            insert(DonationLine),
            [
                {"donation_id": number, "line_no": place, **asdict(line)}
                for place, line in enumerate(goods, start=1)
            ],
        )
    return DonationView(
        number, to_volunteer_id, to_pool_id, points, left, message, now, to_household_id, goods
    )


def _receiver(
    actor: Actor,
    giver: str,
    to_volunteer_id: str | None,
    to_pool_id: str | None,
    to_household_id: str | None,
) -> _Receiver:
    """Return who gets a gift. Refuses 404, 422 for the giver, 403 for the giver's own household."""
    if to_pool_id is not None:
        pool = find(actor, to_pool_id, level="pool")
        return _Receiver(pool_holder(pool.id), _("转赠%(pool)s", pool=pool.name), pool.name)
    if to_household_id is not None:
        home = find_household(actor, to_household_id)
        refuse_own(actor, home)
        name = _("困难户 %(alias)s", alias=home.alias)
        return _Receiver(wallet_of_household(home.id), _("转赠%(pool)s", pool=name), name)
    if to_volunteer_id == giver:
        raise invalid_field("to_volunteer_id", _("不能转赠给自己。"))
    if to_volunteer_id is None or not _is_active(to_volunteer_id):
        raise not_found()
    words = _("转赠积分")
    return _Receiver(wallet_of(to_volunteer_id), words, words)


def _worth(
    points: int | None, lines: Sequence[tuple[str, int]]
) -> tuple[int, tuple[ReceiptLine, ...]]:
    """Return the points of a gift, and its goods at the prices of today. Refuses 422, 404
    `goods_unknown`."""
    if (points is None) == (not lines):
        raise invalid(dict.fromkeys(("points", "lines"), [points_or_goods_words()]))
    if points is not None:
        return points, ()
    wanted = added_up(lines)
    goods = priced(ask_at(shop_of(wanted), "", list(wanted)), lines)
    return sum(line.points for line in goods), goods


def _giver(actor: Actor) -> str:
    """Return who gives. Refuses 403 for whom the account or the rulebook stops."""
    giver = actor.volunteer_id
    if giver is None or not _is_active(giver):
        raise forbidden(_("这个账户现在不能转赠积分。"))
    refuse_stopped(in_force(clock.today()), giver, "donations")
    return giver


def _is_active(volunteer_id: str) -> bool:
    status = session().scalar(select(Volunteer.status).where(Volunteer.id == volunteer_id))
    return status == "active"
