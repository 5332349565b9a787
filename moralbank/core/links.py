"""Links that are the permission: an id and a mark that nobody else can make."""

import base64
import hmac

from moralbank.core import keys
from moralbank.core.ids import LENGTH

_MARK_BYTES = 9


def make_token(purpose: str, number: str, *, issue: int = 0) -> str:
    """Return the token of a link to the thing with this id; another `issue` makes another one, and
    the earlier ones are then not genuine any more."""
    return number + _mark(keys.check_bytes(purpose, _message(number, issue))[0])


def number_in(token: str) -> str | None:
    """Return the id that a token says it is for, genuine or not; None where it can be none."""
    return token[:LENGTH] if len(token) <= 100 and token.isascii() else None


def is_genuine(purpose: str, token: str, *, issue: int = 0) -> bool:
    """Tell whether a token was made here for this purpose and issue, under any key of the ring."""
    number = number_in(token)
    if number is None:
        return False
    raws = keys.check_bytes(purpose, _message(number, issue))
    return any(hmac.compare_digest(_mark(raw), token[LENGTH:]) for raw in raws)


def _message(number: str, issue: int) -> str:
    return f"{number}/{issue}" if issue else number


def _mark(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw[:_MARK_BYTES]).decode()
