"""Use case of a conduct record that was wrong: withdrawn, with all that it brought."""

from flask_babel import gettext as _
from sqlalchemy import update

from moralbank import ledger
from moralbank.core import audit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import conflict, forbidden, not_found
from moralbank.core.transaction import operation
from moralbank.events.awarding import histories
from moralbank.events.awarding.conduct import ConductView, view_of
from moralbank.events.awarding.models import ConductRecord
from moralbank.events.awarding.taking_back import give_back, zeroed_of
from moralbank.events.changes import hold, keep, move
from moralbank.events.checking.releasing import release_ready
from moralbank.events.models import ServiceEvent
from moralbank.people.identities import about
from moralbank.people.volunteers import find_volunteer, hold_volunteers
from moralbank.rulebook.operations import rulebook


@operation("conduct.record")
def withdraw(actor: Actor, record_id: str, *, reason: str) -> ConductView:
    """Withdraw a record that was wrong: what it moved is moved back by new transfers, and an award
    that it set to nothing is given back.

    Refuses 404, 403 for one's own account, 409 `wrong_state` when it is withdrawn already, or the
    errand that it set to zero is disputed: that is decided first, 409 `insufficient_points` when a
    bonus has been spent.
    """
    row = session().get(ConductRecord, record_id)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    if actor.volunteer_id == row.volunteer_id:
        raise forbidden(_("自己的账户要由同事办理。"))
    event = hold(row.event_id)[0] if row.event_id is not None else None
    hold_volunteers([row.volunteer_id])
    session().refresh(row)
    if row.status != "recorded":
        raise conflict("wrong_state", _("这条记录已经撤销。"))
    now = histories.turn(rulebook(row.rulebook_version), [row.volunteer_id])
    numbers = [
        number
        for kind in ("award", "deduction")
        for number in ledger.transfers_of("conduct", row.id, kind=kind)
    ]
    ledger.post(
        [ledger.reversal_of(number, key=f"reversal:{number}", reason=reason) for number in numbers]
    )
    session().execute(
        update(ConductRecord)
        .where(ConductRecord.id == row.id)
        .values(status="withdrawn", withdrawn_at=now, withdrawn_by=actor.caller)
        .execution_options(synchronize_session=False)
    )
    session().refresh(row)
    if event is not None:
        _give_back(actor, event, row, reason)
    audit.record(
        actor, "conduct.withdraw", subject_type="conduct", subject_id=row.id,
        **about(row.volunteer_id),
    )  # fmt: skip
    return view_of(row)


def _give_back(actor: Actor, event: ServiceEvent, row: ConductRecord, reason: str) -> None:
    award = zeroed_of(event, row.volunteer_id, by=row.id)
    if award is None:
        return
    if event.status == "disputed":
        raise conflict("wrong_state", _("这次服务有异议，请等裁定以后再撤销。"))
    give_back(event, award, row.id, reason)
    keep(actor, event, "given_back", note=reason, volunteer_id=row.volunteer_id)
    if award.status == "provisional" and event.status in ("awarded", "upheld"):
        move(actor, event, "rated")  # it waits again
    release_ready(actor, event)
