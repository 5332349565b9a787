"""An objection with all that somebody needs who decides it. It only reads."""

from dataclasses import dataclass

from sqlalchemy import func, select

from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.events.awarding.models import Award
from moralbank.honours import rounds
from moralbank.notices import lines, objections, reading
from moralbank.notices.objections import ObjectionView
from moralbank.notices.reading import NoticeView, ShownLine


@dataclass(frozen=True, slots=True)
class Matter:
    """An objection, its notice and the line that it is about; and what waits for the decision: the
    awards of so many errands with so many points (hundredths), or a star round."""

    objection: ObjectionView
    notice: NoticeView
    line: ShownLine | None
    errands: int
    points: int
    round_id: str | None


@query("objections.read")
def matter(actor: Actor, objection_id: str) -> Matter:
    """Return an objection within a supervisor's reach. Refuses 404, 403 for whoever its line is
    about."""
    made = objections.get(actor, objection_id)
    notice = reading.view(reading.find(actor, made.notice_id))
    written = []
    if made.line_no is not None:
        written = lines.frozen(notice.id, after=made.line_no - 1, limit=1)
    hanging = (Award.notice_id == notice.id) & (Award.status == "provisional")
    if written:
        hanging &= Award.volunteer_id == written[0].subject_id
    errands, points = (
        session().execute(select(func.count(), func.sum(Award.points)).where(hanging)).one()
    )
    hung = rounds.hung_in(notice.id)
    return Matter(
        made, notice, next(iter(reading.show(written)), None), errands, int(points or 0),
        None if hung is None else hung.id,
    )  # fmt: skip
