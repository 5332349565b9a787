"""Use cases of cards: issue, show, identify, check a PIN, lock and revoke."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank import ledger
from moralbank.core import audit, clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.direct import Statement
from moralbank.core.ids import new_id
from moralbank.core.problems import Refusal, conflict, not_found
from moralbank.core.transaction import operation, query
from moralbank.people import phone_codes
from moralbank.people.models import Card
from moralbank.people.phone_codes import PhoneCode
from moralbank.people.rules import (
    CODE_CHECK,
    CODE_RANDOM,
    MAX_WRONG_PINS,
    masked_name,
    normal_code,
    spell,
)
from moralbank.people.tokens import end_tokens
from moralbank.people.volunteers import find_volunteer, hold_volunteers, wallet_of

CODE = "card"
PIN = "pin"


@dataclass(frozen=True, slots=True)
class CardView:
    """A card. `code` is the exact text inside the printed QR."""

    id: str
    volunteer_id: str
    code: str
    status: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose card it is, as the counter may know: a masked name and what may be spent."""

    card_id: str
    volunteer_id: str
    display_name: str
    available: int
    by_phone: bool


@dataclass(frozen=True, slots=True)
class Presented:
    """A card at the counter and its holder; `path` is their community's. `by_phone`: it is the
    changing code on their phone."""

    card_id: str
    pin_seal: str
    wrong_pins: int
    volunteer_id: str
    name: str
    opened_at: datetime
    community_id: str
    path: str
    by_phone: bool = False


def _new_code() -> str:
    body = spell(secrets.token_bytes(16), CODE_RANDOM)
    return body + spell(keys.check_bytes(CODE, body)[0], CODE_CHECK)


def _genuine(code: str) -> bool:
    body, check = code[:CODE_RANDOM], code[CODE_RANDOM:]
    return any(
        secrets.compare_digest(spell(raw, CODE_CHECK), check)
        for raw in keys.check_bytes(CODE, body)
    )


def _pin_text(card_id: str, pin: str) -> str:
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
        actor, "cards.issue", subject_type="card", subject_id=card.id, volunteer=volunteer.id
    )
    return card


def put_out(pins: Mapping[str, str], *, batch_id: str | None = None) -> list[CardView]:
    """Make a card for each volunteer whose PIN is given, in the caller's transaction, and revoke
    the one before it. Whoever calls holds the volunteers."""
    now = clock.now()
    session().execute(
        update(Card)
        .where(Card.volunteer_id.in_(pins), Card.status != "revoked")
        .values(status="revoked", revoked_at=now)
    )
    made = [CardView(new_id(), holder, _new_code(), "active", now) for holder in pins]
    for card in made:
        end_tokens("volunteer", card.volunteer_id)
    session().execute(
        insert(Card),
        [
            {
                "id": card.id,
                "volunteer_id": card.volunteer_id,
                "code": keys.encrypt(CODE, card.code),
                "code_seal": keys.seal(CODE, card.code),
                "pin_seal": keys.seal(PIN, _pin_text(card.id, pins[card.volunteer_id])),
                "status": card.status,
                "wrong_pins": 0,
                "issued_at": now,
                "revoked_at": None,
                "batch_id": batch_id,
            }
            for card in made
        ],
    )
    return made


def _card(actor: Actor, card_id: str) -> Card:
    row = session().get(Card, card_id)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    return row


def _view(row: Card) -> CardView:
    return CardView(
        row.id, row.volunteer_id, keys.decrypt(CODE, row.code), row.status, row.issued_at
    )


@query("cards.read")
def get(actor: Actor, card_id: str) -> CardView:
    """Return a card of somebody within reach. Refuses 404."""
    return _view(_card(actor, card_id))


@query("cards.read")
def current(actor: Actor, volunteer_id: str) -> CardView | None:
    """Return the card that a volunteer has now, if any."""
    find_volunteer(actor, volunteer_id)
    row = (
        session()
        .execute(select(Card).where(Card.volunteer_id == volunteer_id, Card.status != "revoked"))
        .scalar_one_or_none()
    )
    return None if row is None else _view(row)


@query("cards.own")
def phone_code(actor: Actor) -> PhoneCode | None:
    """Return the code that the actor's own phone shows now; None without a card that is good."""
    row = (
        session()
        .execute(
            select(Card.id).where(Card.volunteer_id == actor.volunteer_id, Card.status == "active")
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
    sealed = keys.seal(PIN, _pin_text(card_id, pin))
    return _change(actor, card_id, "cards.set_pin", pin_seal=sealed)


def _change(actor: Actor, card_id: str, action: str, **values: object) -> CardView:
    row = _card(actor, card_id)
    if row.status == "revoked":
        if action == "cards.revoke":
            return _view(row)
        raise conflict("card_revoked", _("这张卡已作废。"))
    if action != "cards.unlock":
        # Whoever signed in with the lost card, or the old PIN, is signed in no longer.
        end_tokens("volunteer", row.volunteer_id)
    session().execute(update(Card).where(Card.id == row.id).values(**values))
    session().refresh(row)
    audit.record(actor, action, subject_type="card", subject_id=row.id)
    return _view(row)


def _unknown() -> Refusal:
    return Refusal(404, "card_unknown", _("没有这张卡，请核对卡号。"))


_CARD = """
    SELECT card.id, card.pin_seal, card.wrong_pins, card.status, volunteer.id AS volunteer_id,
        volunteer.name, volunteer.opened_at, volunteer.status AS account,
        volunteer.community_id, community.path
    FROM cards AS card
    JOIN volunteers AS volunteer ON volunteer.id = card.volunteer_id
    JOIN organizations AS community ON community.id = volunteer.community_id
    WHERE {which}
    FOR NO KEY UPDATE OF card
    """
_PRESENTED = Statement(_CARD.format(which="card.code_seal = ANY(:seals)"), moments=["opened_at"])
_BY_PHONE = Statement(_CARD.format(which="card.id = :id"), moments=["opened_at"])


def present(code: str, *, to: Actor | None = None) -> Presented:
    """Return the card of a code, printed or, where it is shown `to` a counter or a person, on a
    phone, and its holder, holding the card's row.

    Whoever presents a card waits for whoever presented it a moment ago. Refuses 404
    `card_unknown` (a forged code before any look-up), 403 `card_revoked`, 403 `card_locked`; of a
    phone's code 403 `code_used`, 403 `code_expired`.
    """
    shown = None if to is None else phone_codes.read(code)
    if shown is not None and to is not None:
        card_id, step = shown
        card = _as_presented(_BY_PHONE.first(id=card_id), by_phone=True)
        phone_codes.show_to(card_id, step, to.caller)
        return card
    normal = normal_code(code)
    if normal is None or not _genuine(normal):
        raise _unknown()
    return _as_presented(_PRESENTED.first(seals=keys.seals(CODE, normal)), by_phone=False)


def _as_presented(row: Any, *, by_phone: bool) -> Presented:
    if row is None:
        raise _unknown()
    if row.status == "revoked":
        raise Refusal(403, "card_revoked", _("这张卡已作废，请到社区补办。"))
    if row.status == "locked":
        raise Refusal(403, "card_locked", _("这张卡已锁（输错密码，或本人挂失），请到社区办理。"))
    if row.account != "active":
        raise Refusal(403, "card_locked", _("这个账户已冻结，请到社区办理。"))
    return Presented(
        row.id, row.pin_seal, row.wrong_pins, row.volunteer_id, row.name, row.opened_at,
        row.community_id, row.path, by_phone,
    )  # fmt: skip


def check_pin(actor: Actor, card: Presented, pin: str, *, code: str = "pin_wrong") -> None:
    """Check the PIN of a presented card. A right one forgets the wrong tries before it.

    Refuses 403 `pin_wrong`; the count of wrong tries is kept, and the fifth locks the card.
    """
    if keys.matches(PIN, _pin_text(card.card_id, pin), card.pin_seal):
        if card.wrong_pins:
            session().execute(update(Card).where(Card.id == card.card_id).values(wrong_pins=0))
        return
    tries = card.wrong_pins + 1
    locks = tries >= MAX_WRONG_PINS
    session().execute(
        update(Card)
        .where(Card.id == card.card_id)
        .values(wrong_pins=tries, status="locked" if locks else "active")
    )
    if locks:
        audit.record(actor, "cards.lock", subject_type="card", subject_id=card.card_id)
    left = MAX_WRONG_PINS - tries
    raise Refusal(
        401 if code == "bad_credentials" else 403,
        code,
        _("密码不对，卡已锁，请到社区解锁。")
        if locks
        else _("密码不对，还可以试 %(left)d 次。", left=left),
        keeps=True,
    )


@operation("cards.identify")
def identify(actor: Actor, *, code: str) -> Holder:
    """Say whose card a code is, to the counter, which keeps a phone's code. Refuses as `present`
    does.

    A card is good at every supermarket; staff see only their own people.
    """
    card = present(code, to=actor)
    if actor.kind == "staff":
        find_volunteer(actor, card.volunteer_id)
    balance = ledger.balances(wallet_of(card.volunteer_id))["points"]
    return Holder(
        card.card_id, card.volunteer_id, masked_name(card.name), balance.available, card.by_phone
    )
