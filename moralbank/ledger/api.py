"""The book, for auditors."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, page_of
from moralbank.core.pagination import Page
from moralbank.core.problems import not_found
from moralbank.ledger import reading
from moralbank.ledger.schemas import TransferOut, TransferQuery, TrialBalanceOut

room = ApiRoom("ledger", __name__, description="The book, for auditors")


def _whole_bank(actor: Actor) -> None:
    # The book names every account of the bank, so only who audits the whole bank may read it.
    if actor.scope != "":
        raise not_found()


@room.endpoint("GET", "/ledger/trial-balance", action="ledger.read", answer=TrialBalanceOut)
def trial_balance(actor: Actor) -> reading.TrialBalance:
    """Sum the book from both sides."""
    return reading.trial_balance()


@room.endpoint(
    "GET",
    "/ledger/transfers",
    action="ledger.read",
    query=TransferQuery,
    answer=page_of(TransferOut),
)
def list_transfers(actor: Actor, *, query: dict[str, Any]) -> Page[reading.TransferLine]:
    """List the book's rows."""
    _whole_bank(actor)
    return reading.transfers(
        account=query.get("account"),
        kind=query.get("kind"),
        since=query.get("since"),
        until=query.get("until"),
        cursor=query.get("cursor"),
        limit=query["limit"],
    )
