"""Use cases of relief: one person proposes goods for a household, another one hands them out.

A pool pays, or what the household itself was given; a parcel pays for itself. The points go to the
supermarket as those of any redemption do, and the goods leave its shelf; nobody's merit or stars
know of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.language import recorded
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, invalid, invalid_field, not_found
from moralbank.core.quantities import points_text
from moralbank.core.transaction import operation, query
from moralbank.market.counter import ask_at
from moralbank.market.models import Donation, DonationLine, Household, Parcel, Relief, ReliefLine
from moralbank.market.receipts import ReceiptLine, lines_of, pieces_of
from moralbank.market.relief.households import find_household, refuse_own, wallet_of_household
from moralbank.market.relief.nearness import check_near
from moralbank.market.relief.parcels import end as end_parcel
from moralbank.market.relief.parcels import (
    hand_points_on,
    hold_parcel,
    take_out,
    wallet_of_parcel,
)
from moralbank.market.reservations import shop_of
from moralbank.market.rules import added_up
from moralbank.market.selling import NO_PRICES, new_receipt_no, priced, take_back
from moralbank.market.shelf import book
from moralbank.market.shelf.goods import costs_of
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, hangs_on, names, path_of, pool_holder


@dataclass(frozen=True, slots=True)
class ReliefView:
    """Goods for a household; points in hundredths. `status` is proposed, completed, rejected or
    voided; `pool` is None where the household's own points pay."""

    id: str
    receipt_no: str
    household_id: str
    household: str
    pool_id: str | None
    pool: str | None
    supermarket_id: str
    supermarket: str
    donation_id: str | None
    points: int
    lines: tuple[ReceiptLine, ...]
    status: str
    note: str | None
    proposed_by: str
    proposed_at: datetime
    decided_at: datetime | None
    reason: str | None
    occurred_at: datetime | None
    voided_at: datetime | None
    void_reason: str | None


@operation("reliefs.propose")
def propose(
    actor: Actor,
    *,
    household_id: str,
    lines: Sequence[tuple[str, int]] = (),
    shown: Mapping[str, int] = NO_PRICES,
    pool_id: str | None = None,
    donation_id: str | None = None,
    note: str | None = None,
) -> ReliefView:
    """Propose goods of one shop for a household, at the prices of today; or a parcel, as it was
    given. Nothing moves yet.

    `lines` are goods ids and quantities; a parcel has its own, and pays for itself. Refuses 404
    for a household out of reach, 404 `goods_unknown`, 403 for one's own household, 409
    `wrong_state` for a household off the list, 422 for a pool that is for others, goods of several
    shops or of one too far away, or a parcel that is another's or already on its way, 409
    `insufficient_points`.
    """
    home = find_household(actor, household_id, hold=True)
    refuse_own(actor, home)
    if home.status != "active":
        raise conflict("wrong_state", _("这一户已经停用。"))
    place = path_of(home.community_id)
    if donation_id is not None:
        parcel, its_pool = _parcel_for(donation_id, household_id, place)
        if lines or pool_id is not None:
            words = _("这份赠物是什么、从哪儿付，送的人已经定了。")
            raise invalid(dict.fromkeys(("lines", "pool_id"), [words]))
        pool_id = its_pool
        shop_id = parcel.supermarket_id
        chosen: Sequence[ReceiptLine] = lines_of(DonationLine.donation_id, [donation_id])[
            donation_id
        ]
    else:
        if pool_id is not None:
            _check_pool(pool_id, place)
        wanted = added_up(lines)
        shop_id = shop_of(wanted)
        chosen = priced(ask_at(shop_id, "", list(wanted)), lines, shown)
    check_near(shop_id, place)
    points = sum(line.points for line in chosen)
    payer = _payer(pool_id, household_id, donation_id)
    left = ledger.points_of([payer])[payer].available
    if left < points:
        words = _("这些要 %(points)s 分，只有 %(left)s 分。",
                  points=points_text(points), left=points_text(left))  # fmt: skip
        raise conflict("insufficient_points", words)
    number, now = new_id(), clock.now()
    session().execute(
        insert(Relief),
        {
            "id": number, "receipt_no": new_receipt_no(now), "household_id": household_id,
            "pool_id": pool_id, "supermarket_id": shop_id, "donation_id": donation_id,
            "points": points, "status": "proposed", "note": note, "proposed_by": actor.caller,
            "proposed_at": now,
        },
    )  # fmt: skip
    costs = costs_of([line.goods_id for line in chosen])
    session().execute(
        insert(ReliefLine),
        [
            {"relief_id": number, "line_no": place, **asdict(line), "cost": costs[line.goods_id]}
            for place, line in enumerate(chosen, start=1)
        ],
    )
    audit.record(actor, "reliefs.propose", subject_type="relief", subject_id=number)
    return _one(number)


def _check_pool(pool_id: str, place: str) -> None:
    pool = session().get(Organization, pool_id)
    if pool is None or pool.level != "pool" or not place.startswith(hangs_on(pool.path)):
        raise invalid_field("pool_id", _("这个公益池管不到这一户所在的社区。"))


def _parcel_for(donation_id: str, household_id: str, place: str) -> tuple[Parcel, str | None]:
    """Return a parcel that is now on its way to a household, and the pool that it was given to.
    Refuses 422 for what is no parcel of the household's or of a pool's that is there for it, and
    for one that does not wait."""
    held = hold_parcel(donation_id)
    if held is None:
        raise invalid_field("donation_id", _("没有这份赠物。"))
    parcel, gift = held
    if gift.to_pool_id is not None:
        if not place.startswith(hangs_on(path_of(gift.to_pool_id))):
            raise invalid_field("donation_id", _("收到这份赠物的公益池管不到这一户所在的社区。"))
    elif gift.to_household_id != household_id:
        raise invalid_field("donation_id", _("没有这份赠物。"))
    if parcel.status != "waiting":
        raise invalid_field("donation_id", _("这份赠物已经在办或已经办过。"))
    parcel.status = "proposed"
    session().flush()
    return parcel, gift.to_pool_id


def _payer(pool_id: str | None, household_id: str, donation_id: str | None) -> str:
    if donation_id is not None:
        return wallet_of_parcel(donation_id)
    return wallet_of_household(household_id) if pool_id is None else pool_holder(pool_id)


@operation("reliefs.decide")
def approve(actor: Actor, relief_id: str) -> ReliefView:
    """Hand out what somebody else proposed: goods leave the shelf, points the payer, once.

    Refuses 404, 409 `wrong_state`, 403 for whoever proposed it and for one's own household, 409
    `out_of_stock`, 409 `insufficient_points`.
    """
    row = _held(actor, relief_id, "proposed")
    if row.proposed_by == actor.caller:
        raise forbidden(_("要由另一位同事批准。"))
    now = clock.now()
    if row.donation_id is not None:
        parcel = _parcel_of(row.donation_id)
        take_out(parcel)
        end_parcel(parcel, "completed", actor.caller, now)
    for goods_id, quantity in pieces_of(ReliefLine.relief_id, row.id).items():
        book.record(
            goods_id, -quantity, reason="sold", who=actor.caller, source=("relief", row.id), at=now
        )
    shop = names({row.supermarket_id})[row.supermarket_id]
    [posted] = ledger.post(
        [
            ledger.Posting(
                key=f"relief:{row.id}",
                kind="redemption",
                asset="points",
                payer=_payer(row.pool_id, row.household_id, row.donation_id),
                payee=f"supermarket:{row.supermarket_id}",
                amount=row.points,
                effective_at=now,
                reason=recorded("%(shop)s发放 %(no)s", shop=shop, no=row.receipt_no),
                source_type="relief",
                source_id=row.id,
            )
        ]
    )
    row.status, row.occurred_at, row.transfer_id = "completed", now, posted.id
    _decided(actor, row, now)
    audit.record(actor, "reliefs.approve", subject_type="relief", subject_id=row.id)
    return _one(row.id)


@operation("reliefs.decide")
def reject(actor: Actor, relief_id: str, *, reason: str) -> ReliefView:
    """Put a proposal aside; nothing moves, and a parcel waits again. Refuses 404, 409
    `wrong_state`, 403."""
    row = _held(actor, relief_id, "proposed")
    if row.donation_id is not None:
        _parcel_of(row.donation_id).status = "waiting"
    row.status, row.reason = "rejected", reason
    _decided(actor, row, clock.now())
    audit.record(actor, "reliefs.reject", subject_type="relief", subject_id=row.id)
    return _one(row.id)


@operation("reliefs.void")
def void(actor: Actor, relief_id: str, *, reason: str) -> ReliefView:
    """Take back what was handed out by mistake, once: points and stock come back. Of a parcel the
    points go on to whom it was given, to be spent on anything; a household that was off the list
    meanwhile is on it again.

    Refuses 404, 409 `already_voided`, 409 `wrong_state` for what was never handed out, 403 for
    whoever handed it out and for one's own household.
    """
    row = _held(actor, relief_id, "completed")
    if row.decided_by == actor.caller:
        raise forbidden(_("自己发出的要由另一位同事撤销。"))
    now = clock.now()
    assert row.transfer_id is not None
    take_back(
        pieces_of(ReliefLine.relief_id, row.id), row.transfer_id,
        who=actor.caller, source=("relief", row.id), reason=reason, at=now,
    )  # fmt: skip
    if row.donation_id is not None:
        parcel, gift = _parcel_of(row.donation_id), session().get_one(Donation, row.donation_id)
        hand_points_on(gift, recorded("赠物改为积分"), now)
        end_parcel(parcel, "turned", actor.caller, now, reason)
    if row.pool_id is None:
        session().get_one(Household, row.household_id).status = "active"
    row.status, row.voided_at, row.voided_by, row.void_reason = (
        "voided", now, actor.caller, reason,
    )  # fmt: skip
    session().flush()
    audit.record(actor, "reliefs.void", subject_type="relief", subject_id=row.id)
    return _one(row.id)


def _held(actor: Actor, relief_id: str, status: str) -> Relief:
    row = session().get(Relief, relief_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found()
    refuse_own(actor, find_household(actor, row.household_id, hold=True))
    if row.pool_id is not None and not actor.covers(path_of(row.pool_id)):
        raise forbidden(_("这个公益池由上一级的主管批准。"))
    if row.status == "voided":
        raise conflict("already_voided", _("这次发放已经撤销过了。"))
    if row.status != status:
        raise conflict("wrong_state", _("这次发放已经处理过，请刷新看看。"))
    return row


def _parcel_of(donation_id: str) -> Parcel:
    held = hold_parcel(donation_id)
    assert held is not None, "what a relief brings is a parcel"
    return held[0]


def _decided(actor: Actor, row: Relief, at: datetime) -> None:
    row.decided_by, row.decided_at = actor.caller, at
    session().flush()


@query("reliefs.read")
def get_relief(actor: Actor, relief_id: str) -> ReliefView:
    """Return one relief within reach. Refuses 404."""
    row = session().get(Relief, relief_id)
    if row is None:
        raise not_found()
    find_household(actor, row.household_id)
    return _views([row])[0]


@query("reliefs.read")
def list_reliefs(
    actor: Actor,
    *,
    status: str | None = None,
    decided: bool = False,
    pool_id: str | None = None,
    household_id: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[ReliefView]:
    """List the reliefs for households within reach, the latest first; `decided`: none that wait.
    Refuses 404."""
    statement = (
        select(Relief)
        .join(Household, Household.id == Relief.household_id)
        .join(Organization, Organization.id == Household.community_id)
        .where(below(actor.scope or "/"))
    )
    if status is not None:
        statement = statement.where(Relief.status == status)
    if decided:
        statement = statement.where(Relief.status != "proposed")
    if pool_id is not None:
        find(actor, pool_id, level="pool")
        statement = statement.where(Relief.pool_id == pool_id)
    if household_id is not None:
        find_household(actor, household_id)
        statement = statement.where(Relief.household_id == household_id)
    page = paged(
        "reliefs", statement, by=[Relief.id], newest_first=True, cursor=cursor, limit=limit,
        make=lambda row: row[0],
    )  # fmt: skip
    return Page(_views(page.items), page.next)


def _one(relief_id: str) -> ReliefView:
    return _views([session().get_one(Relief, relief_id, populate_existing=True)])[0]


def _views(rows: Sequence[Relief]) -> list[ReliefView]:
    places: set[str] = {row.supermarket_id for row in rows}
    places |= {row.pool_id for row in rows if row.pool_id is not None}
    called = names(places)
    found = select(Household.id, Household.alias).where(
        Household.id.in_({row.household_id for row in rows})
    )
    aliases = dict(session().execute(found).tuples().all())
    lines = lines_of(ReliefLine.relief_id, [row.id for row in rows])
    return [
        ReliefView(
            row.id, row.receipt_no, row.household_id, aliases[row.household_id], row.pool_id,
            None if row.pool_id is None else called[row.pool_id], row.supermarket_id,
            called[row.supermarket_id], row.donation_id, row.points, tuple(lines[row.id]),
            row.status, row.note, row.proposed_by, row.proposed_at, row.decided_at, row.reason,
            row.occurred_at,
            row.voided_at, row.void_reason,
        )
        for row in rows
    ]  # fmt: skip
