"""What became of a redemption whose answer was lost: the counter asks by the key that it sent."""

from typing import Any

from flask import jsonify, request, url_for

from moralbank.core import idempotency
from moralbank.core.actor import Actor
from moralbank.core.pages import PageRoom
from moralbank.market import receipts

room = PageRoom("flights", __name__, signs_in="terminal")


@room.page("/terminal/outcome", action="redemptions.find")
def outcome(actor: Actor) -> Any:
    """Say where the receipt is, or that there is none so far."""
    return _found(actor, _key(request.args))


@room.page("/terminal/settlement", action="redemptions.make", method="POST")
def settle(actor: Actor) -> Any:
    """Say where the receipt is; or see to it that there will be none, whatever is on its way."""
    key = _key(request.form)
    idempotency.give_up(actor, key)
    return _found(actor, key)


def _key(sent: Any) -> str:
    key = idempotency.check_key(sent.get("key") or None, required=True)
    assert key is not None
    return key


def _found(actor: Actor, key: str) -> Any:
    number = receipts.by_key(actor, key)
    if number is None:
        return jsonify(done=None)
    taken_back = receipts.get(actor, number).status == "voided"
    page = "market_pages.terminal_receipt" if taken_back else "market_pages.terminal_done"
    return jsonify(done=url_for(page, redemption_id=number))
