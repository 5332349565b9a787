"""Use cases of paper slips: print sheets of them, each slip with a number of its own.

A number is good for one rating, whoever printed it; one of ours must have been printed for the
errand's community, and its last digit tells a slip of the pen.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank.core import audit, clock, counters
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.models import SlipBatch
from moralbank.events.rules import printed_in, seen_slip_no, slip_no
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find_community, works_for

PER_SHEET = 8
MAX_SHEETS = 50


@dataclass(frozen=True, slots=True)
class SlipBatchView:
    """Slips that were printed together."""

    id: str
    community_id: str
    community: str
    first_no: str
    last_no: str
    count: int
    printed_at: datetime
    numbers: tuple[str, ...]


def _view(row: SlipBatch, community: str) -> SlipBatchView:
    numbers = tuple(slip_no(number) for number in range(row.first, row.first + row.count))
    return SlipBatchView(
        row.id, row.community_id, community, numbers[0], numbers[-1], row.count, row.printed_at,
        numbers,
    )  # fmt: skip


@operation("slips.print")
def print_slips(actor: Actor, *, community_id: str, sheets: int) -> SlipBatchView:
    """Take the numbers for sheets of slips of a community. Refuses 404."""
    community = find_community(actor, community_id)
    many = sheets * PER_SHEET
    number = new_id()
    session().execute(
        insert(SlipBatch),
        {
            "id": number,
            "community_id": community.id,
            "first": counters.take("slip", many),
            "count": many,
            "printed_at": clock.now(),
            "printed_by": actor.caller,
        },
    )
    audit.record(actor, "slips.print", subject_type="slip_batch", subject_id=number, count=many)
    return _view(session().get_one(SlipBatch, number), community.name)


@query("slips.print")
def get(actor: Actor, batch_id: str) -> SlipBatchView:
    """Return a batch of slips. Refuses 404."""
    row = session().get(SlipBatch, batch_id)
    if row is None:
        raise not_found()
    return _view(row, find_community(actor, row.community_id).name)


@query("slips.print")
def list_batches(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[SlipBatchView]:
    """List the batches of the communities that somebody works for, newest first."""
    return paged(
        "slip-batches",
        select(SlipBatch, Organization.name)
        .join(Organization, Organization.id == SlipBatch.community_id)
        .where(below(works_for(actor))),
        by=[SlipBatch.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: _view(row[0], row[1]),
    )


def kept_slip_no(text: str, community_id: str) -> str:
    """Return a slip's number as it is kept: one of ours as it was printed, any other as it reads.

    Refuses 422 one that nobody can see, and one of ours that was misread or is of another
    community. What only looks like one of ours (eight digits of the community's own) is its own.
    """
    plain = seen_slip_no(text)
    if not plain:
        raise invalid_field("slip_no", _("请填写评价单上的编号。"))
    printed = printed_in(plain)
    if printed is None:
        return plain
    batch = session().scalar(
        select(SlipBatch)
        .where(
            SlipBatch.first <= printed.serial, SlipBatch.first + SlipBatch.count > printed.serial
        )
        .limit(1)
    )
    right = slip_no(printed.serial) == printed.number
    ours = batch is not None and batch.community_id == community_id
    if right and ours:
        return printed.number
    if not printed.says_p or batch is None:
        return plain
    raise invalid_field("slip_no", _("本社区没有印过这个编号的评价单，请核对。"))
