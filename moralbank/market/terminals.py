"""Use cases of terminals: the devices at a supermarket's counter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import not_found
from moralbank.core.transaction import operation, query
from moralbank.market.models import Terminal
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, path_of
from moralbank.people import tokens

LASTS = timedelta(days=3652)
"""A terminal is enrolled once; its sign-in ends when it is revoked."""


@dataclass(frozen=True, slots=True)
class TerminalView:
    """A terminal; `token` is there once, when it is made."""

    id: str
    supermarket_id: str
    name: str
    status: str
    created_at: datetime
    token: str | None = None


def _view(row: Terminal) -> TerminalView:
    status = "active" if row.revoked_at is None else "revoked"
    return TerminalView(row.id, row.supermarket_id, row.name, status, row.created_at)


@query("terminals.read")
def list_terminals(
    actor: Actor, *, supermarket_id: str | None = None, cursor: str | None = None, limit: int
) -> Page[TerminalView]:
    """List the terminals of a supermarket, or of all within reach, newest first; revoked ones too.

    No list shows a token. Refuses 404.
    """
    statement = select(Terminal)
    if supermarket_id is not None:
        find(actor, supermarket_id, level="supermarket")
        statement = statement.where(Terminal.supermarket_id == supermarket_id)
    else:
        statement = statement.join(Organization, Organization.id == Terminal.supermarket_id).where(
            below(actor.scope or "/")
        )
    return paged(
        "terminals", statement, by=[Terminal.id], cursor=cursor, limit=limit, newest_first=True,
        make=lambda row: _view(row[0]),
    )  # fmt: skip


@operation("terminals.change")
def create(actor: Actor, *, supermarket_id: str, name: str) -> TerminalView:
    """Set up a terminal of a supermarket and hand out its token. Refuses 404."""
    shop = find(actor, supermarket_id, level="supermarket")
    number, now = new_id(), clock.now()
    session().execute(
        insert(Terminal),
        {
            "id": number,
            "supermarket_id": shop.id,
            "name": name,
            "created_at": now,
            "revoked_at": None,
        },
    )
    token = tokens.issue_token(
        kind="terminal",
        subject_id=number,
        role="terminal",
        name=name,
        organization_id=shop.id,
        scope=shop.path,
        lasts=LASTS,
    )
    audit.record(
        actor, "terminals.create", subject_type="terminal", subject_id=number, supermarket=shop.id
    )
    return TerminalView(number, shop.id, name, "active", now, token.access_token)


@operation("terminals.change")
def revoke(actor: Actor, terminal_id: str) -> TerminalView:
    """End a terminal's sign-in for good: broken, lost, replaced. Refuses 404."""
    row = session().get(Terminal, terminal_id)
    if row is None:
        raise not_found()
    within(actor, path_of(row.supermarket_id))
    if row.revoked_at is None:
        session().execute(
            update(Terminal).where(Terminal.id == row.id).values(revoked_at=clock.now())
        )
        session().refresh(row)
        tokens.end_tokens("terminal", row.id)
        audit.record(actor, "terminals.revoke", subject_type="terminal", subject_id=row.id)
    return _view(row)


def actor_of(terminal_id: str) -> Actor:
    """Return the actor that a terminal is, for commands that replay what happened at a counter.

    Raises LookupError when there is none.
    """
    row = (
        session()
        .execute(
            select(Terminal, Organization.path)
            .join(Organization, Organization.id == Terminal.supermarket_id)
            .where(Terminal.id == terminal_id)
        )
        .one_or_none()
    )
    if row is None:
        raise LookupError(f"no terminal {terminal_id}")
    terminal, path = row
    return Actor(
        kind="terminal", id=terminal.id, role="terminal", scope=path,
        organization_id=terminal.supermarket_id, name=terminal.name,
    )  # fmt: skip
