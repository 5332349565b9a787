"""Use cases of money that a supermarket is given."""

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, insert, select
from sqlalchemy.orm import aliased

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.books.models import KINDS, Contribution
from moralbank.organizations.operations import find


@dataclass(frozen=True, slots=True)
class ContributionView:
    """Money that came, or with an amount below zero was taken back; hundredths of a yuan.
    `corrected` says that another line takes this one back."""

    id: str
    supermarket_id: str
    kind: str
    amount: int
    donor: str | None
    receipt_no: str | None
    received_on: date
    note: str | None
    corrects_id: str | None
    recorded_at: datetime
    corrected: bool = False


@operation("money.record")
def contribute(
    actor: Actor,
    supermarket_id: str,
    *,
    kind: str,
    amount: int,
    received_on: date,
    donor: str | None = None,
    receipt_no: str | None = None,
    note: str | None = None,
) -> ContributionView:
    """Write down money (hundredths of a yuan) that donors gave or the office allotted.

    Refuses 404, 422 for a day to come.
    """
    shop = find(actor, supermarket_id, level="supermarket")
    if received_on > clock.today():
        raise invalid_field("received_on", _("不能晚于今天。"))
    return _keep(
        actor, shop.id, kind=kind, amount=amount, donor=donor, receipt_no=receipt_no,
        received_on=received_on, note=note, corrects_id=None,
    )  # fmt: skip


@operation("money.record")
def take_back(
    actor: Actor, supermarket_id: str, contribution_id: str, *, reason: str
) -> ContributionView:
    """Take back a line that was written down wrong, by another one of the same day; what was right
    is written down anew. Refuses 404, 409 `already_corrected`."""
    shop = find(actor, supermarket_id, level="supermarket")
    row = session().get(Contribution, contribution_id, with_for_update=True)
    if row is None or row.supermarket_id != shop.id or row.amount < 0:
        raise not_found()
    taken = select(Contribution.id).where(Contribution.corrects_id == row.id)
    if session().scalar(taken) is not None:
        raise conflict("already_corrected", _("这一笔已经更正过了。"))
    return _keep(
        actor, shop.id, kind=row.kind, amount=-row.amount, donor=row.donor,
        receipt_no=row.receipt_no, received_on=row.received_on, note=reason, corrects_id=row.id,
    )  # fmt: skip


def _keep(
    actor: Actor,
    supermarket_id: str,
    *,
    kind: str,
    amount: int,
    donor: str | None,
    receipt_no: str | None,
    received_on: date,
    note: str | None,
    corrects_id: str | None,
) -> ContributionView:
    made = ContributionView(
        new_id(), supermarket_id, kind, amount, donor, receipt_no, received_on, note, corrects_id,
        clock.now(),
    )  # fmt: skip
    session().execute(
        insert(Contribution),
        {
            "id": made.id,
            "supermarket_id": supermarket_id,
            "kind": kind,
            "amount": amount,
            "donor": donor,
            "receipt_no": receipt_no,
            "received_on": received_on,
            "note": note,
            "corrects_id": corrects_id,
            "recorded_by": actor.caller,
            "recorded_at": made.recorded_at,
        },
    )
    audit.record(
        actor, "money.record", subject_type="supermarket", subject_id=supermarket_id,
        amount=amount, kind=kind,
    )  # fmt: skip
    return made


@query("money.read")
def list_contributions(
    actor: Actor, supermarket_id: str, *, cursor: str | None = None, limit: int
) -> Page[ContributionView]:
    """List the money that a supermarket was given, the latest written down first. Refuses 404."""
    shop = find(actor, supermarket_id, level="supermarket")
    correction = aliased(Contribution)
    return paged(
        f"money:{shop.id}",
        select(Contribution, correction.id)
        .join(correction, correction.corrects_id == Contribution.id, isouter=True)
        .where(Contribution.supermarket_id == shop.id),
        by=[Contribution.id],
        newest_first=True,
        cursor=cursor,
        limit=limit,
        make=lambda row: _view(row[0], corrected=row[1] is not None),
    )


def _view(row: Contribution, *, corrected: bool) -> ContributionView:
    return ContributionView(
        row.id, row.supermarket_id, row.kind, row.amount, row.donor, row.receipt_no,
        row.received_on, row.note, row.corrects_id, row.recorded_at, corrected,
    )  # fmt: skip


def received(supermarket_id: str, first: date, last: date) -> dict[str, int]:
    """Return the money of each kind that a supermarket was given from one local day to another,
    both inclusive, in hundredths of a yuan, net of what was taken back."""
    rows = session().execute(
        select(Contribution.kind, func.sum(Contribution.amount))
        .where(
            Contribution.supermarket_id == supermarket_id,
            Contribution.received_on >= first,
            Contribution.received_on <= last,
        )
        .group_by(Contribution.kind)
    )
    return dict.fromkeys(KINDS, 0) | {kind: int(amount) for kind, amount in rows}
