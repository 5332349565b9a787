"""The book, for auditors."""

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.ledger import reading
from moralbank.ledger.schemas import TrialBalanceOut

room = ApiRoom("ledger", __name__, description="The book, for auditors")


@room.endpoint("GET", "/ledger/trial-balance", action="ledger.read", answer=TrialBalanceOut)
def trial_balance(actor: Actor) -> reading.TrialBalance:
    """Sum the book from both sides, the whole bank's: a part of it need not balance."""
    return reading.trial_balance()
