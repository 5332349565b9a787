"""Where a star round stands, and what keeps it from its next step. It only reads."""

from dataclasses import dataclass
from typing import Literal

from moralbank.core.actor import Actor
from moralbank.core.policy import MAY
from moralbank.core.transaction import query
from moralbank.honours import rounds
from moralbank.honours.rounds import RoundView
from moralbank.notices import office
from moralbank.notices.office import Hung

Step = Literal["review", "hang", "publish"]


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a round is. `step` is what the actor can do next, None for nothing; `blocked` is what
    is in the way, a word that the page puts into a sentence: "own" (whoever computed it does not
    review it), "final" (another one is final in its place), "other" (another reviewed round of the
    place would be hung first), "notice" (its notice's time is not over), "objections" (in it some
    are open), "due" (it could be closed), "upheld" (an objection was upheld), "role".

    `hung` is the notice that it hangs in, `draft_id` the draft of one in which it would,
    `other_id` the round that stands in its way.
    """

    round: RoundView
    step: Step | None
    blocked: str | None
    hung: Hung | None
    draft_id: str | None
    other_id: str | None


@query("stars.read")
def stand(actor: Actor, round_id: str) -> Stand:
    """Return how far a round within reach is. Refuses 404."""
    one = rounds.get(actor, round_id)
    hung = None if one.notice_id is None else office.get_hung(actor, one.notice_id)
    other = None if one.status == "published" else rounds.final_instead(actor, round_id)
    step: Step | None = None
    draft_id, blocked = None, None
    if one.status == "published":
        pass
    elif other is not None:
        blocked = "final"
    elif actor.role not in MAY["stars.publish"]:
        blocked = "role"
    elif one.status == "draft":
        step, blocked = (None, "own") if one.computed_by == actor.caller else ("review", None)
    elif one.status == "reviewed":
        first = rounds.to_hang(one.organization_id, one.period)
        other = None if first is None or first.id == one.id else first.id
        step, blocked = ("hang", None) if other is None else (None, "other")
        draft_id = office.draft_of(
            actor, kind="stars", organization_id=one.organization_id, period=one.period
        )
    elif one.notice_ended == "upheld":
        blocked = "upheld"
    elif one.notice_ended is None:
        blocked = _waits_for(hung)
    else:
        step = "publish"
    return Stand(one, step, blocked, hung, draft_id, other)


def _waits_for(hung: Hung | None) -> str:
    if hung is not None and hung.due:
        return "due"
    if hung is not None and hung.open_objections:
        return "objections"
    return "notice"
