"""The code on a volunteer's phone: it changes every half minute and works once.

A code says whose card it is and in which step of time it was made, under a keyed mark. Whoever
scans it first keeps it: for a few minutes it is good there and nowhere else, for one redemption. So
a picture of it is worth nothing once its owner has shown theirs, or a minute has gone by.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _

from moralbank.core import clock, keys
from moralbank.core.db import session
from moralbank.core.ids import LENGTH
from moralbank.core.problems import Refusal
from moralbank.people.models import ShownCode
from moralbank.people.rules import CODE_ALPHABET, spell

PURPOSE = "phone-code"
STEP = timedelta(seconds=30)
GRACE_STEPS = 1
"""So many steps after its own a code may still be shown: hands are slow, and so are cameras."""
AT_THE_COUNTER = timedelta(minutes=5)
"""So long after it was first scanned something may be bought with a code, where it was scanned."""
STEP_LETTERS = 6
MARK_LETTERS = 9
PHONE_CODE_LENGTH = LENGTH + STEP_LETTERS + MARK_LETTERS
_START = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """A code as the phone shows it, until it is over."""

    code: str
    expires_at: datetime

    @property
    def seconds_left(self) -> int:
        """How long it is still to be shown, at least one second."""
        return max(1, round((self.expires_at - clock.now()).total_seconds()))


def _step_of(moment: datetime) -> int:
    return (moment - _START) // STEP


def _mark(raw: bytes) -> str:
    return spell(raw[:8], MARK_LETTERS)


def make(card_id: str) -> PhoneCode:
    """Return the code of a card for this half minute."""
    step = _step_of(clock.now())
    body = card_id.upper() + spell(step.to_bytes(8), STEP_LETTERS)
    code = body + _mark(keys.check_bytes(PURPOSE, body)[0])
    return PhoneCode(code, _START + (step + 1) * STEP)


def read(code: str) -> tuple[str, int] | None:
    """Return the card's id and the step that a genuine code was made in, or None."""
    text = "".join(code[:64].split()).upper()
    if len(text) != PHONE_CODE_LENGTH or not text.isascii():
        return None
    body, mark = text[:-MARK_LETTERS], text[-MARK_LETTERS:]
    if not any(secrets.compare_digest(_mark(raw), mark) for raw in keys.check_bytes(PURPOSE, body)):
        return None
    step = 0
    for letter in reversed(body[LENGTH:]):
        step = step * len(CODE_ALPHABET) + CODE_ALPHABET.index(letter)
    return body[:LENGTH].lower(), step


def show_to(card_id: str, step: int, who: str) -> None:
    """Keep a genuine code for whoever scans it, in the caller's transaction, which holds the card.

    Refuses 403 `code_used` where it was scanned elsewhere, or bought something, or a later one was
    shown; 403 `code_expired` where it comes too late.
    """
    now = clock.now()
    row = session().get(ShownCode, card_id, populate_existing=True)
    if row is not None and step <= row.step:
        if step < row.step or row.used or row.shown_to != who:
            raise Refusal(
                403, "code_used", _("这个码已经用过了。请储户在手机上换一个新的码，再扫。")
            )
        if now < row.good_until:
            return
    if not 0 <= _step_of(now) - step <= GRACE_STEPS:
        raise Refusal(403, "code_expired", _("这个码过了时间。请储户看一下手机上新的码，再扫。"))
    session().merge(ShownCode(
        card_id=card_id, step=step, shown_to=who, good_until=now + AT_THE_COUNTER, used=False,
    ))  # fmt: skip
    session().flush()


def use_up(card_id: str) -> None:
    """Let nothing more be bought with the code that was shown last; whoever calls holds the card
    and has shown it."""
    session().get_one(ShownCode, card_id).used = True
    session().flush()
