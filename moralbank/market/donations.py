"""Use cases of giving: points or goods for somebody else, a pool or a household in hardship."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.language import recorded
from moralbank.core.problems import conflict, forbidden, invalid, invalid_field, not_found
from moralbank.core.quantities import points_text
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.standings import refuse_stopped
from moralbank.market.counter import ask_at
from moralbank.market.models import Donation
from moralbank.market.receipts import ReceiptLine
from moralbank.market.relief import parcels
from moralbank.market.relief.households import find_household, refuse_own, wallet_of_household
from moralbank.market.relief.nearness import check_near
from moralbank.market.relief.parcels import wallet_of_parcel
from moralbank.market.reservations import check_there, hold_free, shop_of
from moralbank.market.rules import added_up
from moralbank.market.schemas import RECEIVERS, one_receiver_words, points_or_goods_words
from moralbank.market.selling import NO_PRICES, priced
from moralbank.organizations.operations import find, hangs_on, path_of, pool_holder
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
class _Receiver:
    """Who gets a gift: the wallet, what the statement says, what the giver is told; the path of the
    place where goods would be brought, None for a volunteer."""

    payee: str
    reason: str
    name: str
    place: str | None


@dataclass(frozen=True, slots=True)
class _Worth:
    """What is given: points in hundredths; of goods the shop and the lines, too."""

    points: int
    shop_id: str | None
    lines: tuple[ReceiptLine, ...]

    @property
    def pieces(self) -> dict[str, int]:
        """How many of each goods."""
        return added_up((line.goods_id, line.quantity) for line in self.lines)


@query("donations.make")
def offer(
    actor: Actor,
    *,
    points: int | None = None,
    lines: Sequence[tuple[str, int]] = (),
    shown: Mapping[str, int] = NO_PRICES,
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
    given = _worth(points, lines, shown, to)
    check_there(given.pieces)
    points = given.points
    wallet, gifts = wallet_of(giver), gifts_of(giver)
    here = ledger.points_of([wallet, gifts])
    saved, only_to_give = (
        here[holder].available if holder in here else 0 for holder in (wallet, gifts)
    )
    if points > saved + only_to_give:
        most = points_text(saved + only_to_give)
        raise conflict("insufficient_points", _("最多可以给 %(points)s 分。", points=most))
    left = saved - max(0, points - only_to_give)
    return Offer(to.name, points, left, message, given.lines)


@operation("donations.make")
def donate(
    actor: Actor,
    *,
    points: int | None = None,
    lines: Sequence[tuple[str, int]] = (),
    shown: Mapping[str, int] = NO_PRICES,
    to_volunteer_id: str | None = None,
    to_pool_id: str | None = None,
    to_household_id: str | None = None,
    message: str | None = None,
) -> DonationView:
    """Give points (hundredths) to another volunteer, to a pool or to a household in hardship; the
    giver's merit stays. Or give goods (`lines`: goods ids and quantities, of one shop) to a pool or
    a household: they are bought at the price of today and set aside, to be brought as they are.

    What the giver can only give away goes first, the rest out of the savings; `balance_after` is
    the savings'. The receiver may spend all of it, and it keeps its dates.

    Refuses 422 unless there is one receiver who is not the giver and either points or goods, 422
    for goods of a shop too far from the receiver, 404 for an unknown one, 404 `goods_unknown`, 403
    for one's own household, 403 when the giver's account is frozen or the rulebook stops them
    (`not_in_good_standing`), 409 `insufficient_points`, 409 `out_of_stock`, 409 `price_changed`
    where `shown` has other prices.
    """
    if [to_volunteer_id, to_pool_id, to_household_id].count(None) != 2:
        raise invalid(dict.fromkeys(RECEIVERS, [one_receiver_words()]))
    giver = _giver(actor)
    to = _receiver(actor, giver, to_volunteer_id, to_pool_id, to_household_id, hold=True)
    given = _worth(points, lines, shown, to)
    points = given.points
    number, now = new_id(), clock.now()
    wallet, gifts, payee = wallet_of(giver), gifts_of(giver), to.payee
    if given.shop_id is not None:
        hold_free(given.pieces)
        payee = wallet_of_parcel(number)
        ledger.open_wallets([payee], assets=["points"])
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
    if given.shop_id is not None:
        parcels.write_down(number, given.shop_id, given.lines)
    return DonationView(
        number, to_volunteer_id, to_pool_id, points, left, message, now, to_household_id,
        given.lines,
    )  # fmt: skip


def _receiver(
    actor: Actor,
    giver: str,
    to_volunteer_id: str | None,
    to_pool_id: str | None,
    to_household_id: str | None,
    *,
    hold: bool = False,
) -> _Receiver:
    """Return who gets a gift, a household held if that is asked, so that it cannot end meanwhile.
    Refuses 404, 422 for the giver, 403 for the giver's own household."""
    if to_pool_id is not None:
        pool = find(actor, to_pool_id, level="pool")
        words = recorded("转赠%(pool)s", pool=pool.name)
        return _Receiver(pool_holder(pool.id), words, pool.name, hangs_on(pool.path))
    if to_household_id is not None:
        home = find_household(actor, to_household_id, hold=hold)
        refuse_own(actor, home)
        name = _("困难户 %(alias)s", alias=home.alias)
        words = recorded("转赠困难户 %(alias)s", alias=home.alias)
        return _Receiver(wallet_of_household(home.id), words, name, path_of(home.community_id))
    if to_volunteer_id == giver:
        raise invalid_field("to_volunteer_id", _("不能转赠给自己。"))
    if to_volunteer_id is None or not _is_active(to_volunteer_id):
        raise not_found()
    words = recorded("转赠积分")
    return _Receiver(wallet_of(to_volunteer_id), words, words, None)


def _worth(
    points: int | None,
    lines: Sequence[tuple[str, int]],
    shown: Mapping[str, int],
    to: _Receiver,
) -> _Worth:
    """Return what is given, goods at the prices of today. Refuses 422, 404 `goods_unknown`, 409
    `price_changed`."""
    if (points is None) == (not lines):
        raise invalid(dict.fromkeys(("points", "lines"), [points_or_goods_words()]))
    if points is not None:
        return _Worth(points, None, ())
    if to.place is None:
        raise invalid_field("lines", _("物品只能送给公益池或困难户。"))
    wanted = added_up(lines)
    shop_id = shop_of(wanted)
    check_near(shop_id, to.place)
    goods = priced(ask_at(shop_id, "", list(wanted)), lines, shown)
    return _Worth(sum(line.points for line in goods), shop_id, goods)


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
