"""Errands over HTTP."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.events import (
    attendance,
    callbacks,
    claims,
    closing,
    codes,
    disputes,
    doing,
    lists,
    participants,
    ratings,
    requests,
    series,
)
from moralbank.events.awarding import balances
from moralbank.events.claim_schemas import (
    AssignmentIn,
    HandoverIn,
    NoShowIn,
    ScanOut,
    StandingOut,
    WithdrawalIn,
)
from moralbank.events.closing_schemas import ClosingOut, ClosingQuery
from moralbank.events.schemas import (
    BalanceOut,
    BalanceQuery,
    CallbackIn,
    ClaimIn,
    CompletionIn,
    DecisionIn,
    EventIn,
    EventLineOut,
    EventOut,
    EventQuery,
    EvidenceIn,
    RatedOut,
    RatingIn,
    ReasonIn,
    TakenOut,
)
from moralbank.people.schemas import CodeIn

room = ApiRoom("events", __name__, description="Errands, from the request to the award")


@room.endpoint(
    "POST", "/service-events", action="events.request", body=EventIn, answer=TakenOut, status=201
)
def request_errand(actor: Actor, *, body: dict[str, Any]) -> codes.Taken:
    """Take a request."""
    return requests.request_errand(actor, **body)


@room.endpoint(
    "GET", "/service-events", action="events.read", query=EventQuery,
    answer=page_of(EventLineOut),
)  # fmt: skip
def list_events(actor: Actor, *, query: dict[str, Any]) -> Page[lists.EventLine]:
    """List errands, newest first; to a volunteer the open ones that suit and are near first."""
    return lists.list_events(actor, **query)


@room.endpoint(
    "GET", "/service-events/closing", action="events.closing", query=ClosingQuery,
    answer=ClosingOut,
)  # fmt: skip
def show_closing(actor: Actor, *, query: dict[str, Any]) -> closing.ClosingView:
    """Tell how many requests were closed, how soon and how content people were."""
    return closing.closing(actor, **query)


@room.endpoint("GET", "/service-events/<event_id>", action="events.read", answer=EventOut)
def get_event(actor: Actor, *, event_id: str) -> requests.EventView:
    """Show an errand."""
    return requests.get(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/claim", action="events.claim", body=ClaimIn,
    answer=EventOut,
    refusals={403: ["not_in_good_standing"], 409: ["wrong_state", "already_in"]},
)  # fmt: skip
def claim(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Claim an errand."""
    claims.claim(actor, event_id, **body)
    return requests.get(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/assignment", action="events.assign", body=AssignmentIn,
    answer=EventOut, refusals={403: ["not_in_good_standing"], 409: ["wrong_state"]},
)  # fmt: skip
def assign(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Assign an errand to volunteers, or to a team's active members."""
    claims.assign(actor, event_id, **body)
    return requests.get(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/handover", action="events.hand_over", body=HandoverIn,
    answer=StandingOut,
    refusals={403: ["not_in_good_standing"], 409: ["wrong_state", "already_in"]},
)  # fmt: skip
def hand_over(actor: Actor, *, event_id: str, body: dict[str, Any]) -> participants.Standing:
    """Hand an errand over to somebody else."""
    return claims.hand_over(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/withdrawal", action="events.withdraw", body=WithdrawalIn,
    answer=StandingOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def withdraw(actor: Actor, *, event_id: str, body: dict[str, Any]) -> participants.Standing:
    """Step back from an errand."""
    return claims.withdraw(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/no-show", action="events.no_show", body=NoShowIn,
    answer=EventOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def record_no_show(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Put on record that somebody did not come."""
    claims.no_show(actor, event_id, **body)
    return requests.get(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/decline", action="events.decline", body=ClaimIn,
    answer=StandingOut,
)  # fmt: skip
def decline(actor: Actor, *, event_id: str, body: dict[str, Any]) -> participants.Standing:
    """Say that somebody who is asked to do a repeated errand again will not."""
    return series.decline(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/series/end", action="events.end_series", body=ReasonIn,
    answer=EventOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def end_series(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """End a series; what it made stays."""
    series.end_series(actor, event_id, **body)
    return requests.get(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/codes", action="events.renew_codes", answer=TakenOut,
    status=201, refusals={403: ["rater_is_performer"], 409: ["wrong_state"]},
)  # fmt: skip
def renew_codes(actor: Actor, *, event_id: str) -> codes.Taken:
    """Make new codes, shown in this answer alone; the old ones are dead."""
    return codes.renew(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/callback", action="events.call_back", body=CallbackIn,
    answer=EventOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def call_back(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Put a try to call the resident on record."""
    callbacks.call_back(actor, event_id, **body)
    return requests.get(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/check-in", action="events.scan", body=CodeIn,
    answer=ScanOut, refusals={
        403: [
            "card_revoked", "card_locked", "code_used", "code_expired", "not_in_good_standing",
        ],
        404: ["card_unknown"],
        409: [
            "wrong_state", "already_checked_in", "checked_in_elsewhere", "not_taking_part",
        ],
    },
)  # fmt: skip
def check_in(actor: Actor, *, event_id: str, body: dict[str, Any]) -> attendance.Scan:
    """Say that the holder of a card has come."""
    return attendance.check_in(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/check-out", action="events.scan", body=CodeIn,
    answer=ScanOut, refusals={
        403: ["card_revoked", "card_locked", "code_used", "code_expired"],
        404: ["card_unknown"],
        409: ["wrong_state", "not_checked_in", "already_checked_out"],
    },
)  # fmt: skip
def check_out(actor: Actor, *, event_id: str, body: dict[str, Any]) -> attendance.Scan:
    """Say that the holder of a card has left."""
    return attendance.check_out(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/completion", action="events.complete", body=CompletionIn,
    answer=EventOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def complete(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Record that an errand was done."""
    doing.complete(actor, event_id, **body)
    return requests.get(actor, event_id)


@room.endpoint(
    "POST", "/service-events/<event_id>/rating", action="events.rate", body=RatingIn,
    answer=RatedOut,
    refusals={
        403: ["bad_resident_code", "rater_is_performer"],
        409: ["already_rated", "wrong_state", "slip_used"],
        429: ["too_many_requests"],
    },
)  # fmt: skip
def rate(actor: Actor, *, event_id: str, body: dict[str, Any]) -> ratings.Rated:
    """Rate an errand; what the resident says turns it into points."""
    return ratings.rate(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/cancellation", action="events.cancel", body=ReasonIn,
    answer=EventOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def cancel(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Cancel an errand."""
    return requests.cancel(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/dispute", action="events.dispute", body=ReasonIn,
    answer=EventOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def dispute(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Dispute an errand."""
    return disputes.dispute(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/dispute/evidence", action="events.evidence",
    body=EvidenceIn, answer=EventOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def add_evidence(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Say what one knows of a disputed errand."""
    return disputes.add_evidence(actor, event_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/dispute/decision", action="events.decide",
    body=DecisionIn, answer=EventOut, refusals={409: ["wrong_state", "insufficient_points"]},
)  # fmt: skip
def decide(actor: Actor, *, event_id: str, body: dict[str, Any]) -> requests.EventView:
    """Decide a dispute."""
    return disputes.decide(actor, event_id, **body)


@room.endpoint(
    "GET", "/volunteers/<volunteer_id>/balance", action="balances.read", query=BalanceQuery,
    answer=BalanceOut,
)  # fmt: skip
def get_balance(actor: Actor, *, volunteer_id: str, query: dict[str, Any]) -> balances.BalanceView:
    """Show a volunteer's balance."""
    return balances.balance(actor, volunteer_id, **query)
