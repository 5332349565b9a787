"""Use cases of cards printed together: for everybody of a community who has none yet, or for those
of them whom a roster opened accounts for.

A batch's PINs are drawn by lot and told once, on the strips that are printed beside the cards; the
bank keeps only their seals. So a batch whose paper was lost is not printed again: reprinting it
issues other cards, and ends those that it replaces.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, insert, select

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.paper import missing
from moralbank.core.problems import conflict, not_found
from moralbank.core.transaction import operation, query
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find_community, works_for
from moralbank.people.cards import OWN, put_out
from moralbank.people.models import Card, CardBatch, Volunteer
from moralbank.people.volunteers import hold_volunteers

MAX_CARDS = 500
"""How many cards a batch has at most: 50 sheets."""
PIN_DIGITS = 6

_HAS_A_CARD = (
    select(Card.id).where(Card.volunteer_id == Volunteer.id, Card.status != "revoked", OWN).exists()
)


@dataclass(frozen=True, slots=True)
class BatchView:
    """Cards that were printed together; `good` is how many of them still are good."""

    id: str
    community_id: str
    community: str
    count: int
    good: int
    reprinted: bool
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Somebody whose name has characters that the printer's font lacks."""

    volunteer_id: str
    name: str
    missing: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who has no card yet: how many, how many the next batch takes, and whose name it cannot
    write whole."""

    count: int
    next_batch: int
    unwritable: tuple[Unwritable, ...]


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What a card and its strip say. `code` is the exact text inside the QR."""

    holder: str
    account_no: str
    code: str
    pin: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it goes to the printer."""

    id: str
    community_id: str
    cards: tuple[PrintedCard, ...]


Accounts = tuple[str, str]
"""The first and the last number of accounts that follow on each other, as a roster opens them."""


def _without_card(community_id: str, accounts: Accounts | None) -> list[ColumnElement[bool]]:
    who = [
        Volunteer.community_id == community_id,
        Volunteer.status == "active",
        ~_HAS_A_CARD,
    ]
    return [*who, Volunteer.account_no.between(*accounts)] if accounts else who


@query("cards.issue")
def waiting(actor: Actor, community_id: str, *, accounts: Accounts | None = None) -> Waiting:
    """Say who of a community has no card yet, or of some accounts of it. Refuses 404."""
    community = find_community(actor, community_id)
    lacking = _without_card(community.id, accounts)
    count = session().scalar(select(func.count()).select_from(Volunteer).where(*lacking)) or 0
    first = session().execute(
        select(Volunteer.id, Volunteer.name)
        .where(*lacking)
        .order_by(Volunteer.account_no)
        .limit(MAX_CARDS)
    )
    unwritable = [Unwritable(number, name, missing(name)) for number, name in first]
    return Waiting(count, min(count, MAX_CARDS), tuple(one for one in unwritable if one.missing))


@operation("cards.issue")
def issue_batch(actor: Actor, *, community_id: str, accounts: Accounts | None = None) -> Batch:
    """Issue a card to everybody of a community, or of some accounts of it, without one: five
    hundred at most.

    Refuses 404; 409 `wrong_state` when everybody has one.
    """
    community = find_community(actor, community_id)
    chosen = select(Volunteer.id).where(*_without_card(community.id, accounts))
    chosen = chosen.order_by(Volunteer.account_no).limit(MAX_CARDS)
    hold_volunteers(session().scalars(chosen))
    # Whoever was given a card while we waited has one now.
    holders = session().scalars(chosen).all()
    if not holders:
        raise conflict("wrong_state", _("这个社区人人都有卡了。"))
    return _issue(actor, community.id, list(holders), reprint_of=None)


@operation("cards.issue")
def reprint(actor: Actor, batch_id: str) -> Batch:
    """Issue other cards in the place of those of a batch that still are good, and end these.

    Refuses 404; 409 `wrong_state` when none of them is good any longer.
    """
    batch = session().get(CardBatch, batch_id)
    if batch is None:
        raise not_found()
    community = find_community(actor, batch.community_id)
    chosen = (
        select(Volunteer.id)
        .join(Card, Card.volunteer_id == Volunteer.id)
        .where(
            Card.batch_id == batch.id, Card.status != "revoked", Volunteer.status != "closed",
            # Whoever moved away gets a card where they live now.
            Volunteer.community_id == community.id,
        )
    )  # fmt: skip
    hold_volunteers(session().scalars(chosen))
    holders = session().scalars(chosen).all()
    if not holders:
        raise conflict("wrong_state", _("这一批的卡都已经换过或作废，没有要重印的。"))
    return _issue(actor, community.id, list(holders), reprint_of=batch.id)


def _issue(actor: Actor, community_id: str, holders: list[str], *, reprint_of: str | None) -> Batch:
    number = new_id()
    session().execute(
        insert(CardBatch),
        {
            "id": number,
            "community_id": community_id,
            "count": len(holders),
            "reprint_of": reprint_of,
            "made_at": clock.now(),
            "made_by": actor.caller,
        },
    )
    pins = {holder: _new_pin() for holder in holders}
    codes = {card.volunteer_id: card.code for card in put_out(pins, batch_id=number)}
    audit.record(
        actor, "cards.issue_batch", subject_type="card_batch", subject_id=number,
        count=len(holders), reprint_of=reprint_of,
    )  # fmt: skip
    people = session().execute(
        select(Volunteer.id, Volunteer.name, Volunteer.account_no)
        .where(Volunteer.id.in_(holders))
        .order_by(Volunteer.account_no)
    )
    return Batch(
        number,
        community_id,
        tuple(
            PrintedCard(name, account_no, codes[holder], pins[holder])
            for holder, name, account_no in people
        ),
    )


def _new_pin() -> str:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"


@query("cards.issue")
def list_batches(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[BatchView]:
    """List the batches of the communities that somebody works for, newest first."""
    good = (
        select(func.count())
        .where(Card.batch_id == CardBatch.id, Card.status != "revoked")
        .scalar_subquery()
    )
    return paged(
        "card-batches",
        select(CardBatch, Organization.name, good)
        .join(Organization, Organization.id == CardBatch.community_id)
        .where(below(works_for(actor))),
        by=[CardBatch.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: BatchView(
            row[0].id, row[0].community_id, row[1], row[0].count, row[2],
            row[0].reprint_of is not None, row[0].made_at,
        ),
    )  # fmt: skip
