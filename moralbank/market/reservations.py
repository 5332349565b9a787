"""Use cases of reservations: goods are set aside for somebody, and their points held, for two days.

Collected at the counter, a reservation is a redemption like any other. What nobody collects comes
back by itself: the points are free in the moment the time is over, the goods as soon as anybody
asks for them, or `flask reservations lapse` runs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, insert, select

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor, system
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import Refusal, conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.counter import ask_at
from moralbank.market.models import Reservation, ReservationLine
from moralbank.market.receipts import ReceiptLine, lines_of, pieces_of
from moralbank.market.rules import added_up
from moralbank.market.selling import (
    NO_PRICES,
    check_limits,
    check_rulebook,
    new_receipt_no,
    priced,
    statement_words,
)
from moralbank.market.shelf import book
from moralbank.market.shelf.models import Goods
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, names, path_of
from moralbank.people.identities import about
from moralbank.people.models import Volunteer
from moralbank.people.rules import masked_name
from moralbank.people.volunteers import hold_volunteers, wallet_of
from moralbank.rulebook.operations import rulebook

MAX_OPEN = 3
"""As many reservations of one volunteer wait at one time."""


@dataclass(frozen=True, slots=True)
class ReservationView:
    """Goods set aside; points in hundredths. `status` is open, collected, cancelled or lapsed; one
    whose time is over is lapsed, whether or not that was written down."""

    id: str
    receipt_no: str
    volunteer_id: str
    display_name: str
    supermarket_id: str
    supermarket: str
    points: int
    lines: tuple[ReceiptLine, ...]
    status: str
    made_at: datetime
    good_until: datetime


def key_of(reservation_id: str) -> str:
    """Return the key under which a reservation's points are held, and posted."""
    return f"redemption:{reservation_id}"


@operation("reservations.make")
def reserve(
    actor: Actor, *, lines: Sequence[tuple[str, int]], shown: Mapping[str, int] = NO_PRICES
) -> ReservationView:
    """Set goods of one shop aside for the volunteer who asks, and hold their points.

    `lines` are goods ids and quantities, `shown` the prices that the page had. Refuses 403 for a
    frozen account, 404 `goods_unknown`, 409 `price_changed`, 422
    for goods of more than one shop, 409 `too_many_reservations` while three of theirs wait, 409
    `limit_exceeded`, 409 `insufficient_points`, 409 `out_of_stock`.
    """
    assert actor.volunteer_id is not None
    hold_volunteers([actor.volunteer_id])
    made = set_aside_for(actor.volunteer_id, lines, shown)
    audit.record(
        actor, "reservations.make", subject_type="reservation", subject_id=made.id,
        **about(made.volunteer_id),
    )  # fmt: skip
    return made


def set_aside_for(
    volunteer_id: str, lines: Sequence[tuple[str, int]], shown: Mapping[str, int] = NO_PRICES
) -> ReservationView:
    """Make a reservation, in the caller's transaction, which holds the volunteer. What is refused
    has left nothing behind. Refuses as `reserve` does."""
    person = session().get_one(Volunteer, volunteer_id, populate_existing=True)
    if person.status != "active":
        raise forbidden(_("这个账户现在不能兑换。"))
    waiting = session().scalar(
        select(func.count()).where(
            Reservation.volunteer_id == volunteer_id, Reservation.status == "open",
            Reservation.good_until > clock.now(),
        )
    )  # fmt: skip
    if (waiting or 0) >= MAX_OPEN:
        raise conflict(
            "too_many_reservations", _("同时最多留 %(n)d 份，请先领走或取消一份。", n=MAX_OPEN)
        )
    wanted = added_up(lines)
    shop_id = shop_of(wanted)
    counter = ask_at(shop_id, volunteer_id, list(wanted))
    chosen = priced(counter, lines, shown)
    points = sum(line.points for line in chosen)
    rules = rulebook(counter.rulebook_version)
    check_rulebook(rules, volunteer_id, person.opened_at, points)
    check_limits(counter, {one: many + _waiting(volunteer_id, one) for one, many in wanted.items()})
    hold_free(wanted)
    number, now = new_id(), clock.now()
    until = now + timedelta(hours=current_app.config["RESERVATION_HOURS"])
    receipt_no = new_receipt_no(now)
    ledger.hold(
        ledger.Posting(
            key=key_of(number),
            kind="redemption",
            asset="points",
            payer=wallet_of(volunteer_id),
            payee=f"supermarket:{shop_id}",
            amount=points,
            effective_at=now,
            reason=statement_words(counter.shop, receipt_no, None),
            source_type="redemption",
            source_id=number,
            rulebook_version=counter.rulebook_version,
        ),
        until=until,
    )
    for goods_id, quantity in wanted.items():
        book.set_aside(goods_id, quantity)
    session().execute(
        insert(Reservation),
        {
            "id": number,
            "receipt_no": receipt_no,
            "volunteer_id": volunteer_id,
            "supermarket_id": shop_id,
            "points": points,
            "rulebook_version": counter.rulebook_version,
            "status": "open",
            "made_at": now,
            "good_until": until,
            "ended_at": None,
            "ended_by": None,
        },
    )
    session().execute(
        insert(ReservationLine),
        [
            {"reservation_id": number, "line_no": place, **asdict(line)}
            for place, line in enumerate(chosen, start=1)
        ],
    )  # fmt: skip
    return views([session().get_one(Reservation, number)])[0]


def shop_of(wanted: Collection[str]) -> str:
    """Return the one shop of some goods. Refuses 404 `goods_unknown`, 422 for goods of several."""
    shops = set(
        session().scalars(select(Goods.supermarket_id).where(Goods.id.in_(wanted), Goods.active))
    )
    if not shops:
        raise Refusal(404, "goods_unknown", _("没有这种物品。"))
    if len(shops) > 1:
        raise invalid_field("lines", _("一次只能选同一家超市的物品。"))
    return shops.pop()


def _waiting(volunteer_id: str, goods_id: str) -> int:
    """Return how many of some goods are set aside for a volunteer: they count for the limit."""
    found = session().scalar(
        select(func.coalesce(func.sum(ReservationLine.quantity), 0))
        .join(Reservation, Reservation.id == ReservationLine.reservation_id)
        .where(
            ReservationLine.goods_id == goods_id, Reservation.volunteer_id == volunteer_id,
            Reservation.status == "open", Reservation.good_until > clock.now(),
        )
    )  # fmt: skip
    return int(found or 0)


def check_there(wanted: Mapping[str, int]) -> None:
    """Refuse 409 `out_of_stock` unless so many of each goods are there for anybody now."""
    rows = session().scalars(select(Goods).where(Goods.id.in_(wanted)).order_by(Goods.id))
    for row in rows:
        if row.stock - row.set_aside < wanted[row.id]:
            raise book.too_few(row.name, row.stock, row.set_aside, row.unit)


def hold_free(wanted: Mapping[str, int]) -> None:
    """Hold the rows of goods, and refuse 409 `out_of_stock` unless so many of each are there for
    anybody; what was set aside for too long is."""
    for goods_id, quantity in wanted.items():
        _free(goods_id, quantity)


def _free(goods_id: str, quantity: int) -> None:
    for last in (False, True):
        row = session().get_one(Goods, goods_id, with_for_update=True, populate_existing=True)
        if row.stock - row.set_aside >= quantity:
            return
        if last or not lapse_due([goods_id]):
            raise book.too_few(row.name, row.stock, row.set_aside, row.unit)


@operation("reservations.cancel")
def cancel(actor: Actor, reservation_id: str) -> ReservationView:
    """Let go of what is set aside: the volunteer for themselves, or staff of the shop. Refuses 404,
    409 `wrong_state`."""
    row = hold_open(actor, reservation_id)
    end(row, "cancelled", actor.caller)
    ledger.void_pending([key_of(row.id)])
    let_go(row.id)
    audit.record(
        actor, "reservations.cancel", subject_type="reservation", subject_id=row.id,
        **about(row.volunteer_id),
    )  # fmt: skip
    return views([row])[0]


def hold_open(actor: Actor, reservation_id: str) -> Reservation:
    """Return a reservation that is open, held. Refuses 404, 409 `wrong_state`."""
    row = session().get(Reservation, reservation_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found()
    _reachable(actor, row)
    if row.status != "open" or row.good_until <= clock.now():
        raise conflict("wrong_state", _("这份预留已经领走、取消或过期。"))
    return row


def _reachable(actor: Actor, row: Reservation) -> None:
    if actor.kind == "volunteer":
        if actor.volunteer_id != row.volunteer_id:
            raise not_found()
    elif actor.kind == "terminal":
        if actor.organization_id != row.supermarket_id:
            raise not_found()
    else:
        within(actor, path_of(row.supermarket_id))


def end(row: Reservation, status: str, who: str) -> None:
    """Write down how a reservation that is held came to its end."""
    row.status, row.ended_at, row.ended_by = status, clock.now(), who
    session().flush()


def let_go(reservation_id: str) -> None:
    """Let what a reservation set aside be there for anybody, and first for whoever waits."""
    pieces = pieces_of(ReservationLine.reservation_id, reservation_id)
    for goods_id, quantity in pieces.items():
        book.set_aside(goods_id, -quantity)
    for goods_id in pieces:
        book.tell_of_more(goods_id)


def lapse_due(goods_ids: Collection[str] | None = None, *, limit: int | None = None) -> int:
    """End the reservations whose time is over, of some goods or of all, in the caller's
    transaction; return how many there were."""
    due = (
        select(Reservation)
        .where(Reservation.status == "open", Reservation.good_until <= clock.now())
        .order_by(Reservation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
        .limit(limit)
    )
    if goods_ids is not None:
        lines = select(ReservationLine.reservation_id).where(
            ReservationLine.goods_id.in_(goods_ids)
        )
        due = due.where(Reservation.id.in_(lines))
    rows = session().scalars(due).all()
    for row in rows:
        end(row, "lapsed", "system")
    ledger.void_pending([key_of(row.id) for row in rows])
    for row in rows:
        let_go(row.id)
    return len(rows)


book.WHEN_SHORT.append(lambda goods_id: lapse_due([goods_id]) > 0)


@operation("reservations.lapse")
def lapse(actor: Actor, *, limit: int = 200) -> int:
    """End reservations whose time is over, so many at a time; return how many there were."""
    return lapse_due(limit=limit)


def sweep() -> None:
    """End what is over now, in a transaction of its own, where there is any: what a page shows as
    left is then left."""
    over = select(Reservation.id).where(
        Reservation.status == "open", Reservation.good_until <= clock.now()
    )
    if session().scalar(over.limit(1)) is not None:
        lapse(system("reservations"))


@query("reservations.read")
def list_reservations(
    actor: Actor,
    *,
    volunteer_id: str | None = None,
    supermarket_id: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[ReservationView]:
    """List reservations, the newest first: the volunteer's own, those of the terminal's shop, or of
    the shops within reach."""
    statement = select(Reservation)
    if actor.kind == "volunteer":
        volunteer_id = actor.volunteer_id
    elif actor.kind == "terminal":
        statement = statement.where(Reservation.supermarket_id == actor.organization_id)
    else:
        statement = statement.join(
            Organization, Organization.id == Reservation.supermarket_id
        ).where(below(actor.scope or "/"))
    if volunteer_id is not None:
        statement = statement.where(Reservation.volunteer_id == volunteer_id)
    if supermarket_id is not None:
        statement = statement.where(Reservation.supermarket_id == supermarket_id)
    over = Reservation.good_until <= clock.now()
    if status == "lapsed":
        open_and_over = (Reservation.status == "open") & over
        statement = statement.where((Reservation.status == "lapsed") | open_and_over)
    elif status is not None:
        statement = statement.where(Reservation.status == status)
        if status == "open":
            statement = statement.where(~over)
    page = paged(
        "reservations", statement, by=[Reservation.id], newest_first=True, cursor=cursor,
        limit=limit, make=lambda row: row[0],
    )  # fmt: skip
    return Page(views(page.items), page.next)


def views(rows: Sequence[Reservation]) -> list[ReservationView]:
    """Return reservations as others see them, with their lines."""
    lines = lines_of(ReservationLine.reservation_id, [row.id for row in rows])
    people = dict(
        session()
        .execute(
            select(Volunteer.id, Volunteer.name).where(
                Volunteer.id.in_([row.volunteer_id for row in rows])
            )
        )
        .tuples()
        .all()
    )
    shops = names({row.supermarket_id for row in rows})
    now = clock.now()
    return [
        ReservationView(
            row.id, row.receipt_no, row.volunteer_id, masked_name(people[row.volunteer_id]),
            row.supermarket_id, shops[row.supermarket_id], row.points, tuple(lines[row.id]),
            "lapsed" if row.status == "open" and row.good_until <= now else row.status,
            row.made_at, row.good_until,
        )
        for row in rows
    ]  # fmt: skip


def open_of(volunteer_id: str, shop_id: str) -> list[ReservationView]:
    """Return what is set aside for a volunteer in a shop now, the oldest first."""
    rows = session().scalars(
        select(Reservation)
        .where(
            Reservation.volunteer_id == volunteer_id, Reservation.supermarket_id == shop_id,
            Reservation.status == "open", Reservation.good_until > clock.now(),
        )
        .order_by(Reservation.id)
    )  # fmt: skip
    return views(rows.all())
