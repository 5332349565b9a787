"""Use cases of the close of day: a clerk counts the receipts, the bank says whether it has as many.

The count is blind: nothing says what is expected before it is given, and what differs needs a
reason. Every redemption is in one closing at most: a closing takes those of its terminal that no
closing has taken, however late they came in.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, invalid_field
from moralbank.core.transaction import operation, query
from moralbank.market.models import Redemption, Terminal, TerminalClosing
from moralbank.market.receipts import CHUNK
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find


@dataclass(frozen=True, slots=True)
class ClosingView:
    """A close of day. `receipts` are all that the bank has, `voided` those of them that were taken
    back by then, `points` (hundredths) what the others came to, `counted` what the clerk found."""

    id: str
    terminal_id: str
    terminal: str
    receipts: int
    voided: int
    points: int
    counted: int
    reason: str | None
    closed_at: datetime


@operation("closings.make")
def close(actor: Actor, *, counted: int, reason: str | None = None) -> ClosingView:
    """Close the day of the terminal that asks: everything since it was closed last.

    Refuses 422 for `reason` when the count differs and nothing says why (and does not say by how
    much), 409 `wrong_state` when nothing was redeemed since.
    """
    terminal = session().scalar(
        select(Terminal)
        .where(Terminal.id == actor.id, Terminal.revoked_at.is_(None))
        .with_for_update()
    )
    if terminal is None:
        raise forbidden(_("这台收银台已停用。"))
    number, now = new_id(), clock.now()
    # Held, so that none of them is voided between the count and what is written of it.
    taking = (
        session()
        .execute(
            select(Redemption.id, Redemption.status, Redemption.points)
            .where(Redemption.terminal_id == terminal.id, Redemption.closing_id.is_(None))
            .with_for_update()
        )
        .all()
    )
    if not taking and not counted:
        raise conflict("wrong_state", _("上次日结以后还没有兑换，不用日结。"))
    kept = [row.points for row in taking if row.status == "completed"]
    voided = len(taking) - len(kept)
    if len(taking) != counted and not reason:
        words = _("和账上的张数不一样。请再数一遍；还是这个数，就在这里写明原因。")
        raise invalid_field("reason", words)
    session().execute(
        insert(TerminalClosing),
        {
            "id": number, "terminal_id": terminal.id, "receipts": len(taking), "voided": voided,
            "points": sum(kept), "counted": counted, "reason": reason, "closed_at": now,
        },
    )  # fmt: skip
    for start in range(0, len(taking), CHUNK):
        numbers = [row.id for row in taking[start : start + CHUNK]]
        session().execute(
            update(Redemption).where(Redemption.id.in_(numbers)).values(closing_id=number)
        )
    audit.record(
        actor, "closings.make", subject_type="terminal", subject_id=terminal.id, closing=number
    )
    return ClosingView(
        number, terminal.id, terminal.name, len(taking), voided, sum(kept), counted, reason, now
    )


@query("closings.read")
def list_closings(
    actor: Actor, *, supermarket_id: str | None = None, cursor: str | None = None, limit: int
) -> Page[ClosingView]:
    """List the closings of a supermarket's terminals, or of all within reach, newest first.

    Refuses 404.
    """
    statement = (
        select(TerminalClosing, Terminal.name)
        .join(Terminal, Terminal.id == TerminalClosing.terminal_id)
        .join(Organization, Organization.id == Terminal.supermarket_id)
        .where(below(actor.scope or "/"))
    )
    if supermarket_id is not None:
        find(actor, supermarket_id, level="supermarket")
        statement = statement.where(Terminal.supermarket_id == supermarket_id)
    return paged(
        "terminal-closings",
        statement,
        by=[TerminalClosing.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: ClosingView(
            row[0].id, row[0].terminal_id, row[1], row[0].receipts, row[0].voided, row[0].points,
            row[0].counted, row[0].reason, row[0].closed_at,
        ),
    )  # fmt: skip
