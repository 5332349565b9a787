"""Whether a certificate is genuine: by the link on it, or by its number and the holder's name."""

import hmac
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from moralbank.certificates.models import Certificate
from moralbank.certificates.operations import is_as_issued
from moralbank.certificates.rules import normal_number
from moralbank.core import clock, links, ratelimit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import not_found
from moralbank.core.spelling import network_of
from moralbank.core.transaction import operation, query
from moralbank.people.rules import masked_name, spelled_name

MOST, WINDOW = 20, timedelta(minutes=10)
"""As many tries from one network may find nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What anybody may know of a certificate: that it was issued, to whom (masked), by whom, when,
    and since when it is revoked, if it is."""

    kind: str
    number: str
    display_name: str
    issuer: str
    issued_on: date
    revoked_on: date | None


def _verdict(row: Certificate) -> Verdict:
    return Verdict(
        row.kind, row.number, masked_name(row.facts["name"]), row.facts["issuer"],
        clock.local_date(row.issued_at),
        None if row.revoked_at is None else clock.local_date(row.revoked_at),
    )  # fmt: skip


@query("certificates.verify")
def by_link(actor: Actor, token: str) -> Verdict:
    """Return what there is to say of the certificate whose link this is. Refuses 404."""
    number = links.number_in(token)
    row = None if number is None else session().get(Certificate, number)
    if row is None or not hmac.compare_digest(token, row.token) or not is_as_issued(row):
        raise not_found()
    return _verdict(row)


@operation("certificates.verify")
def by_number(actor: Actor, *, number: str, name: str) -> Verdict | None:
    """Return what there is to say of the certificate with a number that somebody of this whole name
    holds. None where there is none, be it for the number or for the name.

    Refuses 429 after twenty tries from one network that found nothing, in ten minutes.
    """
    bucket = f"certificates/{network_of(actor.address or actor.caller)}"
    ratelimit.check(bucket, limit=MOST, window=WINDOW)
    wanted = normal_number(number)
    row = session().scalar(select(Certificate).where(Certificate.number == wanted))
    held_by = spelled_name(row.facts["name"]) if row is not None else ""
    # A name of characters that nobody sees is no name.
    good = bool(held_by) and hmac.compare_digest(spelled_name(name).encode(), held_by.encode())
    if row is None or not good or not is_as_issued(row):
        ratelimit.failed(bucket, window=WINDOW)
        return None
    return _verdict(row)
