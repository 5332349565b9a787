"""Star rounds over HTTP."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.honours import computing, rounds
from moralbank.honours.schemas import ResultOut, RoundIn, RoundOut, RoundQuery

room = ApiRoom("honours", __name__, description="Star rounds, from the draft to the publication")


@room.endpoint(
    "POST", "/star-rounds", action="stars.compute", body=RoundIn, answer=RoundOut, status=201
)
def compute_round(actor: Actor, *, body: dict[str, Any]) -> rounds.RoundView:
    """Compute a round; its results are there at once."""
    return computing.compute(actor, **body)


@room.endpoint(
    "GET", "/star-rounds", action="stars.read", query=RoundQuery, answer=page_of(RoundOut)
)
def list_rounds(actor: Actor, *, query: dict[str, Any]) -> Page[rounds.RoundView]:
    """List rounds, newest first."""
    return rounds.list_rounds(actor, **query)


@room.endpoint("GET", "/star-rounds/<round_id>", action="stars.read", answer=RoundOut)
def get_round(actor: Actor, *, round_id: str) -> rounds.RoundView:
    """Show a round."""
    return rounds.get(actor, round_id)


@room.endpoint(
    "GET", "/star-rounds/<round_id>/results", action="stars.read", query=PageQuery,
    answer=page_of(ResultOut),
)  # fmt: skip
def get_results(actor: Actor, *, round_id: str, query: dict[str, Any]) -> Page[rounds.ResultView]:
    """Show a round's results, the best first; every subject is listed."""
    return rounds.results(actor, round_id, **query)


@room.endpoint(
    "POST", "/star-rounds/<round_id>/review", action="stars.review", answer=RoundOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def review_round(actor: Actor, *, round_id: str) -> rounds.RoundView:
    """Say that a draft was gone through by a second person."""
    return rounds.review(actor, round_id)


@room.endpoint(
    "POST", "/star-rounds/<round_id>/publication", action="stars.publish", answer=RoundOut,
    refusals={409: ["wrong_state", "already_published"]},
)  # fmt: skip
def publish_round(actor: Actor, *, round_id: str) -> rounds.RoundView:
    """Make a round final."""
    return rounds.publish(actor, round_id)
