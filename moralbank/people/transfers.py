"""The book's rows as an auditor of an organization may read them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select, union_all

from moralbank import ledger
from moralbank.core.actor import Actor
from moralbank.core.pagination import Page
from moralbank.core.transaction import query
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, pool_holder
from moralbank.people.models import Volunteer
from moralbank.people.volunteers import GIFTS, wallet_of

SUPERMARKET = "supermarket:"
"""How the book's name of a supermarket begins."""


@query("ledger.read")
def list_transfers(
    actor: Actor,
    *,
    account: str | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[ledger.TransferLine]:
    """List the book's rows in the order of their making; `account` is a holder's name.

    Who audits the whole bank reads all of it, others the rows that touch an account of their
    organization or below.
    """
    return ledger.transfers(
        holders=None if actor.scope == "" else _holders(actor.scope or "?"),
        account=account,
        kind=kind,
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
    )


def _holders(path: str) -> Select[Any]:
    """Select the book's names of the volunteers, with what they can only give away, of the
    supermarkets and of the pools below `path`."""
    volunteers = [
        select(literal(prefix) + Volunteer.id)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(below(path))
        for prefix in (wallet_of(""), GIFTS)
    ]
    places = [
        select(literal(prefix) + Organization.id).where(Organization.level == level, below(path))
        for prefix, level in ((SUPERMARKET, "supermarket"), (pool_holder(""), "pool"))
    ]
    holders = union_all(*volunteers, *places).subquery("holders")
    return select(holders.c[0])
