"""A card that is shown: whose it is, whether it is good, and its PIN."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update

from moralbank import ledger
from moralbank.core import audit, clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.direct import Statement
from moralbank.core.problems import Refusal
from moralbank.core.transaction import operation
from moralbank.people import phone_codes
from moralbank.people.cards import CODE, PIN, genuine, pin_text
from moralbank.people.models import DELEGATE, Card
from moralbank.people.photos import shown_to
from moralbank.people.rules import MAX_WRONG_PINS, masked_name, normal_code
from moralbank.people.volunteers import find_volunteer, wallet_of


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose card it is, as the counter may know: a masked name and what may be spent; `delegate`
    is who came for them, masked; `photo` the holder's, a JPEG, where it was asked for and is
    there."""

    card_id: str
    volunteer_id: str
    display_name: str
    available: int
    by_phone: bool
    delegate: str | None
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """A card at the counter and its holder; `path` is their community's. `by_phone`: it is the
    changing code on their phone; `delegate`: masked, somebody of the family who came for them."""

    card_id: str
    pin_seal: str
    wrong_pins: int
    volunteer_id: str
    name: str
    opened_at: datetime
    community_id: str
    path: str
    by_phone: bool = False
    delegate: str | None = None


def _unknown() -> Refusal:
    return Refusal(404, "card_unknown", _("没有这张卡，请核对卡号。"))


_CARD = """
    SELECT card.id, card.pin_seal, card.wrong_pins, card.status, volunteer.id AS volunteer_id,
        delegate.name AS delegate, delegate.relation, delegate.good_until,
        volunteer.name, volunteer.opened_at, volunteer.status AS account,
        volunteer.community_id, community.path, community.name AS community
    FROM cards AS card
    JOIN volunteers AS volunteer ON volunteer.id = card.volunteer_id
    JOIN organizations AS community ON community.id = volunteer.community_id
    LEFT JOIN delegates AS delegate ON delegate.id = card.delegate_id
    WHERE {which}
    FOR NO KEY UPDATE OF card, volunteer
    """
_PRESENTED = Statement(_CARD.format(which="card.code_seal = ANY(:seals)"), moments=["opened_at"])
_BY_PHONE = Statement(_CARD.format(which="card.id = :id"), moments=["opened_at"])


def present(code: str, *, to: Actor | None = None) -> Presented:
    """Return the card of a code, printed or, where it is shown `to` a counter or a person, on a
    phone, and its holder, holding the rows of both: a delegate's card is of the same volunteer.

    Whoever presents a card waits for whoever presented it a moment ago. Refuses 404
    `card_unknown` (a forged code before any look-up), 403 `card_revoked`, 403 `card_locked`, which
    say to whom a found card is to be given back and nothing of its holder; of a phone's code 403
    `code_used`, 403 `code_expired`.
    """
    shown = None if to is None else phone_codes.read(code)
    if shown is not None and to is not None:
        card_id, step = shown
        card = _as_presented(_BY_PHONE.first(id=card_id), by_phone=True)
        phone_codes.show_to(card_id, step, to.caller)
        return card
    normal = normal_code(code)
    if normal is None or not genuine(normal):
        raise _unknown()
    return _as_presented(_PRESENTED.first(seals=keys.seals(CODE, normal)), by_phone=False)


def _as_presented(row: Any, *, by_phone: bool) -> Presented:
    if row is None:
        raise _unknown()
    if row.status == "revoked":
        words = _("这张卡已作废。捡到的请交还%(place)s，补办也在那里。", place=row.community)
        raise Refusal(403, "card_revoked", words)
    if row.status == "locked":
        words = _("这张卡已锁（输错密码，或本人挂失）。捡到的请交还%(place)s，解锁也在那里。",
                  place=row.community)  # fmt: skip
        raise Refusal(403, "card_locked", words)
    if row.account != "active":
        raise Refusal(403, "card_locked", _("这个账户已冻结，请到社区办理。"))
    return Presented(
        row.id, row.pin_seal, row.wrong_pins, row.volunteer_id, row.name, row.opened_at,
        row.community_id, row.path, by_phone, _delegate_of(row),
    )  # fmt: skip


def _delegate_of(row: Any) -> str | None:
    """Return who came in the holder's place, masked. Refuses 403 `card_revoked` after their last
    day."""
    if row.delegate is None:
        return None
    last = date.fromisoformat(str(row.good_until))  # SQLite keeps a day as its text
    if last < clock.today():
        raise Refusal(403, "card_revoked", _("代领的期限已过，请储户到社区续办。"))
    name = masked_name(keys.decrypt(DELEGATE, row.delegate))
    words: str = _("%(name)s（%(relation)s）", name=name, relation=row.relation)
    return words


def present_own(code: str, *, to: Actor | None = None) -> Presented:
    """Return the card of a code as `present` does, where its holder must be there in person.
    Refuses as `present` does, 403 `card_of_delegate` for a delegate's."""
    card = present(code, to=to)
    if card.delegate is not None:
        raise Refusal(403, "card_of_delegate", _("这是代领人的卡，只能到爱心超市兑换。"))
    return card


def check_pin(actor: Actor, card: Presented, pin: str, *, code: str = "pin_wrong") -> None:
    """Check the PIN of a presented card. A right one forgets the wrong tries before it.

    Refuses 403 `pin_wrong`; the count of wrong tries is kept, and the fifth locks the card.
    """
    if keys.matches(PIN, pin_text(card.card_id, pin), card.pin_seal):
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
        audit.record(
            actor, "cards.lock", subject_type="card", subject_id=card.card_id,
            volunteer_id=card.volunteer_id, place=card.path,
        )  # fmt: skip
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
def identify(actor: Actor, *, code: str, with_photo: bool = False) -> Holder:
    """Say whose card a code is, to the counter, which keeps a phone's code; `with_photo` shows the
    holder's photo as well. Refuses as `present` does.

    A card is good at every supermarket; staff see only their own people.
    """
    card = present(code, to=actor)
    if actor.kind == "staff":
        find_volunteer(actor, card.volunteer_id)
    balance = ledger.balances(wallet_of(card.volunteer_id))["points"]
    return Holder(
        card.card_id, card.volunteer_id, masked_name(card.name), balance.available, card.by_phone,
        card.delegate, shown_to(actor, card.volunteer_id) if with_photo else None,
    )  # fmt: skip
