"""Use cases of a dispute: raised, then decided by somebody who neither did nor recorded it."""

from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.problems import forbidden
from moralbank.core.transaction import operation
from moralbank.events.awarding.taking_back import (
    freeze,
    keep_written_off,
    stand_by_itself,
    take_back,
    thaw,
)
from moralbank.events.changes import (
    hands_of,
    hold,
    hold_within,
    keep,
    move,
    performed_by,
    wrong_state,
)
from moralbank.events.checking.releasing import release_ready
from moralbank.events.requests import EventView, get, see
from moralbank.events.rules import DISPUTABLE


@operation("events.dispute")
def dispute(actor: Actor, event_id: str, *, reason: str) -> EventView:
    """Dispute an errand that was completed, rated or awarded; what points it brought are held
    until the decision, as far as they are there. Refuses 404, 409 `wrong_state`."""
    event = hold_within(actor, event_id)
    if event.status not in DISPUTABLE:
        raise wrong_state()
    freeze(event)
    move(actor, event, "disputed", note=reason)
    return get(actor, event_id)


@operation("events.evidence")
def add_evidence(actor: Actor, event_id: str, *, text: str) -> EventView:
    """Say what one knows of a disputed errand: staff of the community, or who took part. It goes
    on record, and whoever said something does not decide. Refuses 404, 409 `wrong_state`."""
    see(actor, event_id)
    event, _path = hold(event_id)
    if event.status != "disputed":
        raise wrong_state()
    keep(actor, event, "evidence", note=text)
    return get(actor, event_id)


@operation("events.decide")
def decide(actor: Actor, event_id: str, *, upheld: bool, reason: str) -> EventView:
    """Decide a dispute. Upheld, every award of the errand is taken back by new transfers, and what
    of it is not there any more is written off, and on record; dismissed, all stays, and an errand
    that was not rated yet may still be.

    Refuses 404, 409 `wrong_state`, 403 for whoever did, recorded or disputed the errand.
    """
    event = hold_within(actor, event_id)
    if event.status != "disputed":
        raise wrong_state()
    if hands_of(actor, event):
        raise forbidden(_("做过、录入过或提出过这件事的人不能裁定。"))
    taken = take_back(event, reason) if upheld else []
    move(actor, event, "upheld" if upheld else "dismissed", note=reason)
    keep_written_off(actor, event, taken)
    if upheld:
        stand_by_itself(event)
    if not upheld:
        thaw(event, performed_by(event))
        release_ready(actor, event)
    return get(actor, event_id)
