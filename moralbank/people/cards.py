"""Use cases of cards: issue, show, change the PIN, lock and revoke."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank.core import audit, clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import conflict, not_found
from moralbank.core.transaction import operation, query
from moralbank.people import phone_codes
from moralbank.people.identities import about
from moralbank.people.models import Card
from moralbank.people.phone_codes import PhoneCode
from moralbank.people.rules import (
    CODE_CHECK,
    CODE_RANDOM,
    spell,
)
from moralbank.people.tokens import end_tokens
from moralbank.people.volunteers import find_volunteer, hold_volunteers

OWN = Card.delegate_id.is_(None)
"""The SQL that a card is the volunteer's own, and no delegate's."""
CODE = "card"
PIN = "pin"


@dataclass(frozen=True, slots=True)
class CardView:
    """A card. `code` is the exact text inside the printed QR; `delegate_id` says whose it is, where
    it is not the volunteer's own."""

    id: str
    volunteer_id: str
    code: str
    status: str
    issued_at: datetime
    delegate_id: str | None = None


def _new_code() -> str:
    body = spell(secrets.token_bytes(16), CODE_RANDOM)
    return body + spell(keys.check_bytes(CODE, body)[0], CODE_CHECK)


def genuine(code: str) -> bool:
    """Tell whether a code in its one form was made here, before anything is looked up."""
    body, check = code[:CODE_RANDOM], code[CODE_RANDOM:]
    return any(
        secrets.compare_digest(spell(raw, CODE_CHECK), check)
        for raw in keys.check_bytes(CODE, body)
    )


def pin_text(card_id: str, pin: str) -> str:
    """Return what is sealed of a PIN: it is good for this one card."""
    return f"{card_id}/{pin}"


@operation("cards.issue")
def issue(actor: Actor, volunteer_id: str, *, pin: str) -> CardView:
    """Issue a card with a PIN of four to six digits; an earlier card of theirs is revoked."""
    volunteer = find_volunteer(actor, volunteer_id)
    if volunteer.status == "closed":
        raise conflict("wrong_state", _("这个账户已经销户。"))
    hold_volunteers([volunteer.id])  # or two cards issued at once would both be the only one
    (card,) = put_out({volunteer.id: pin})
    audit.record(
        actor, "cards.issue", subject_type="card", subject_id=card.id, **about(volunteer.id)
    )
    return card


def put_out(pins: Mapping[str, str], *, batch_id: str | None = None) -> list[CardView]:
    """Make a card for each volunteer whose PIN is given, in the caller's transaction, and revoke
    the one before it. Whoever calls holds the volunteers."""
    now = clock.now()
    session().execute(
        update(Card)
        .where(Card.volunteer_id.in_(pins), Card.status != "revoked", OWN)
        .values(status="revoked", revoked_at=now)
    )
    made = [CardView(new_id(), holder, _new_code(), "active", now) for holder in pins]
    for card in made:
        end_tokens("volunteer", card.volunteer_id)
    rows = [_row(card, pins[card.volunteer_id]) | {"batch_id": batch_id} for card in made]
    session().execute(insert(Card), rows)
    return made


def put_out_for(delegate_id: str, volunteer_id: str, *, pin: str) -> CardView:
    """Make a card for a volunteer's delegate, in the caller's transaction."""
    card = CardView(new_id(), volunteer_id, _new_code(), "active", clock.now(), delegate_id)
    session().execute(insert(Card), _row(card, pin))
    return card


def _row(card: CardView, pin: str) -> dict[str, Any]:
    return {
        "id": card.id,
        "volunteer_id": card.volunteer_id,
        "code": keys.encrypt(CODE, card.code),
        "code_seal": keys.seal(CODE, card.code),
        "pin_seal": keys.seal(PIN, pin_text(card.id, pin)),
        "status": card.status,
        "wrong_pins": 0,
        "issued_at": card.issued_at,
        "revoked_at": None,
        "batch_id": None,
        "delegate_id": card.delegate_id,
    }


def _card(actor: Actor, card_id: str) -> Card:
    row = session().get(Card, card_id)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    return row


def _view(row: Card) -> CardView:
    return CardView(
        row.id, row.volunteer_id, keys.decrypt(CODE, row.code), row.status, row.issued_at,
        row.delegate_id,
    )  # fmt: skip


@query("cards.read")
def get(actor: Actor, card_id: str) -> CardView:
    """Return a card of somebody within reach, with its code: that staff saw it is put on record.
    Refuses 404."""
    row = _card(actor, card_id)
    audit.saw(
        actor, "cards.see", subject_type="card", subject_id=row.id,
        **about(row.volunteer_id),
    )  # fmt: skip
    return _view(row)


@query("cards.read")
def current(actor: Actor, volunteer_id: str) -> CardView | None:
    """Return the card that a volunteer has now, if any; not a delegate's."""
    find_volunteer(actor, volunteer_id)
    row = (
        session()
        .execute(
            select(Card).where(Card.volunteer_id == volunteer_id, Card.status != "revoked", OWN)
        )
        .scalar_one_or_none()
    )
    return None if row is None else _view(row)


@query("cards.own")
def phone_code(actor: Actor) -> PhoneCode | None:
    """Return the code that the actor's own phone shows now; None without a card that is good."""
    row = (
        session()
        .execute(
            select(Card.id).where(
                Card.volunteer_id == actor.volunteer_id, Card.status == "active", OWN
            )
        )
        .scalar_one_or_none()
    )
    return None if row is None else phone_codes.make(row)


@operation("cards.change")
def revoke(actor: Actor, card_id: str) -> CardView:
    """Revoke a card for good: lost, found lying about, given back."""
    return _change(actor, card_id, "cards.revoke", status="revoked", revoked_at=clock.now())


@operation("cards.block")
def block(actor: Actor, card_id: str) -> CardView:
    """Block one's own card at once: it is lost. Wherever it was signed in with, also here, it is
    signed out. Found again, the community unlocks it; else it issues another, which revokes it."""
    return _change(actor, card_id, "cards.block", status="locked")


@operation("cards.change")
def unlock(actor: Actor, card_id: str) -> CardView:
    """Unlock a card that wrong PINs locked, and forget the wrong tries."""
    return _change(actor, card_id, "cards.unlock", status="active", wrong_pins=0)


@operation("cards.change")
def set_pin(actor: Actor, card_id: str, *, pin: str) -> CardView:
    """Give a card a new PIN. A locked card stays locked."""
    sealed = keys.seal(PIN, pin_text(card_id, pin))
    return _change(actor, card_id, "cards.set_pin", pin_seal=sealed)


def _change(actor: Actor, card_id: str, action: str, **values: object) -> CardView:
    row = _card(actor, card_id)
    if row.status == "revoked":
        if action == "cards.revoke":
            return _view(row)
        raise conflict("card_revoked", _("这张卡已作废。"))
    if action != "cards.unlock" and row.delegate_id is None:
        # Whoever signed in with the lost card, or the old PIN, is signed in no longer.
        end_tokens("volunteer", row.volunteer_id)
    session().execute(update(Card).where(Card.id == row.id).values(**values))
    session().refresh(row)
    audit.record(
        actor, action, subject_type="card", subject_id=row.id,
        **about(row.volunteer_id),
    )  # fmt: skip
    return _view(row)
