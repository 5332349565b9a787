"""Delegates over HTTP."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.people import delegates
from moralbank.people.delegates import DelegateView
from moralbank.people.schemas import DelegateIn, DelegateOut

room = ApiRoom("delegates", __name__, description="Who buys with somebody else's points")


@room.endpoint(
    "POST", "/volunteers/<volunteer_id>/delegates", action="delegates.name", body=DelegateIn,
    answer=DelegateOut, status=201, refusals={409: ["wrong_state", "too_many_delegates"]},
)  # fmt: skip
def name_delegate(actor: Actor, *, volunteer_id: str, body: dict[str, Any]) -> DelegateView:
    """Name a delegate, and issue their card."""
    return delegates.name_delegate(actor, volunteer_id, **body)


@room.endpoint(
    "GET", "/volunteers/<volunteer_id>/delegates", action="delegates.read", query=PageQuery,
    answer=page_of(DelegateOut),
)  # fmt: skip
def list_delegates(actor: Actor, *, volunteer_id: str, query: dict[str, Any]) -> Page[DelegateView]:
    """List a volunteer's delegates, the latest named first."""
    return delegates.list_delegates(actor, volunteer_id, **query)


@room.endpoint(
    "POST", "/delegates/<delegate_id>/ending", action="delegates.end", answer=DelegateOut
)
def end_delegate(actor: Actor, *, delegate_id: str) -> DelegateView:
    """End a delegate and their card."""
    return delegates.end_delegate(actor, delegate_id)
