"""Use cases of certificates: issue one, list and read them, revoke one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank.certificates.facts import of_service, of_stars
from moralbank.certificates.models import Certificate
from moralbank.certificates.rules import Kind, certificate_no, digest_of
from moralbank.core import audit, clock, counters, links, ratelimit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.honours.rounds import starred_rounds
from moralbank.organizations.models import Organization
from moralbank.people.identities import about
from moralbank.people.models import Volunteer
from moralbank.people.volunteers import find_volunteer

PURPOSE = "certificates"
"""The purpose of the keys that make the links on the paper."""
OWN_MOST, OWN_WINDOW = 10, timedelta(days=1)
"""As many records may one volunteer issue to themselves."""


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate as it was issued, and whether it still is one. `handler` is empty where the
    system issued it; `facts` are as `facts.py` made them, with the names of then."""

    id: str
    number: str
    kind: str
    volunteer_id: str
    issuer_id: str
    handler: str
    facts: dict[str, Any]
    token: str
    issued_at: datetime
    digest: str
    revoked_at: datetime | None
    revoke_reason: str | None

    @property
    def name(self) -> str:
        """The holder's name, as it was then."""
        return str(self.facts["name"])

    @property
    def issuer(self) -> str:
        """The issuer's name, as it was then."""
        return str(self.facts["issuer"])

    @property
    def status(self) -> str:
        """Whether it is `valid` or `revoked`."""
        return "valid" if self.revoked_at is None else "revoked"


def view(row: Certificate) -> CertificateView:
    """Return a certificate's row as it is shown."""
    return CertificateView(
        row.id, row.number, row.kind, row.volunteer_id, row.issuer_id, row.handler, row.facts,
        row.token, row.issued_at, row.digest, row.revoked_at, row.revoke_reason,
    )  # fmt: skip


def is_as_issued(row: Certificate) -> bool:
    """Tell whether nothing of a certificate was changed since it was issued."""
    return row.digest == digest_of(
        number=row.number, kind=row.kind, volunteer_id=row.volunteer_id, issuer_id=row.issuer_id,
        handler=row.handler, facts=row.facts, token=row.token, issued_at=row.issued_at,
    )  # fmt: skip


@operation("certificates.issue")
def issue(
    actor: Actor,
    volunteer_id: str,
    *,
    kind: Kind,
    period: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> CertificateView:
    """Issue a certificate of a period's stars, or a proof of the service on record from `since` to
    `until`, both inclusive; volunteers issue themselves proofs alone.

    Refuses 404, 422 for a span that cannot be, 403 for stars by the volunteer and for one's own by
    staff, 409 `nothing_to_certify`, 429 for a volunteer's eleventh of a day.
    """
    person = find_volunteer(actor, volunteer_id)
    by_themselves = actor.kind == "volunteer"
    if not by_themselves and actor.volunteer_id == person.id:
        raise forbidden(_("自己的账户要由同事办理。"))
    if kind == "stars":
        if by_themselves:
            raise forbidden(_("星级证书请到社区领取，要盖章。"))
        if since is not None or until is not None:
            raise invalid_field("since" if since else "until", _("星级证书只写期间。"))
        facts = of_stars(person.id, period)
    else:
        if period is not None:
            raise invalid_field("period", _("服务证明请写起止日期。"))
        facts = of_service(person.id, since, until)
    if by_themselves:
        bucket = f"certificates/{person.id}"
        ratelimit.check(bucket, limit=OWN_MOST, window=OWN_WINDOW)
        ratelimit.failed(bucket, window=OWN_WINDOW)  # each counts, not the refused alone
    community = session().get_one(Organization, person.community_id)
    number = _write(actor, person, kind, community, _issuer(actor, community), facts)
    return view(session().get_one(Certificate, number))


def _issuer(actor: Actor, community: Organization) -> Organization:
    """Return who answers for a certificate: whom the staff member works for; the community of the
    volunteer, where they issue it themselves, a station does, or who works for the whole bank."""
    if actor.kind != "staff" or actor.organization_id is None:
        return community
    own = session().get_one(Organization, actor.organization_id)
    return community if own.level == "station" else own


def _write(
    actor: Actor,
    person: Volunteer,
    kind: Kind,
    community: Organization,
    issuer: Organization,
    facts: dict[str, Any],
) -> str:
    """Freeze a certificate, under the next number of its year, and return its id."""
    config = current_app.config
    fresh, now = new_id(), clock.now()
    year = clock.local_date(now).year
    issued: dict[str, Any] = {
        "number": certificate_no(year, counters.take(f"certificates-{year}")),
        "kind": kind,
        "volunteer_id": person.id,
        "issuer_id": issuer.id,
        "handler": actor.name if actor.kind == "staff" else "",
        "facts": {
            **facts,
            "name": person.name,
            "account_no": person.account_no,
            "bank": config["BANK_NAME"],
            "recorded_by": community.name,
            "issuer": issuer.name,
            "phone": issuer.phone or config["BANK_PHONE"] or "",
        },
        "token": links.make_token(PURPOSE, fresh),
        "issued_at": now,
    }
    session().execute(
        insert(Certificate),
        {**issued, "id": fresh, "issued_by": actor.caller, "digest": digest_of(**issued)},
    )
    audit.record(
        actor, "certificates.issue", subject_type="certificate", subject_id=fresh, kind=kind,
        number=issued["number"], **about(person.id),
    )  # fmt: skip
    return fresh


def _find(actor: Actor, certificate_id: str) -> Certificate:
    """Return a certificate of a volunteer within the actor's reach, or their own. Refuses 404."""
    row = session().get(Certificate, certificate_id)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    return row


@query("certificates.read")
def get(actor: Actor, certificate_id: str) -> CertificateView:
    """Return a certificate, to be printed as it was issued. Refuses 404, 409
    `certificate_changed` where the database no longer has it so."""
    row = _find(actor, certificate_id)
    if not is_as_issued(row):
        raise conflict("certificate_changed", _("这份证书的内容和开出时不一致，不能打印。"))
    return view(row)


@query("certificates.read")
def holder_of(actor: Actor, certificate_id: str) -> str:
    """Return the id of the volunteer whose certificate this is. Refuses 404."""
    return _find(actor, certificate_id).volunteer_id


@query("certificates.read")
def list_certificates(
    actor: Actor, volunteer_id: str, *, cursor: str | None = None, limit: int
) -> Page[CertificateView]:
    """List a volunteer's certificates, newest first. Refuses 404."""
    person = find_volunteer(actor, volunteer_id)
    return paged(
        f"certificates:{person.id}",
        select(Certificate).where(Certificate.volunteer_id == person.id),
        by=[Certificate.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: view(row[0]),
        newest_first=True,
    )


@query("certificates.read")
def star_periods(actor: Actor, volunteer_id: str) -> list[tuple[str, str, int]]:
    """Return the periods of which a volunteer can get a star certificate, the latest first:
    [(period, its title, stars)]. Refuses 404."""
    person = find_volunteer(actor, volunteer_id)
    return [
        (one.round.period, one.round.period_title, one.stars) for one in starred_rounds(person.id)
    ]


@operation("certificates.revoke")
def revoke(actor: Actor, certificate_id: str, *, reason: str) -> CertificateView:
    """Revoke a certificate: from now on whoever checks it is told so. The paper stays what it is.

    Refuses 404, 403 for one's own, 409 `wrong_state` when it is revoked already.
    """
    row = _find(actor, certificate_id)
    if actor.volunteer_id == row.volunteer_id:
        raise forbidden(_("自己的账户要由同事办理。"))
    done = session().scalar(
        update(Certificate)
        .where(Certificate.id == row.id, Certificate.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_by=actor.caller, revoke_reason=reason)
        .returning(Certificate.id)
        .execution_options(synchronize_session=False)
    )
    if done is None:
        raise conflict("wrong_state", _("这份证书已经作废。"))
    session().refresh(row)
    audit.record(
        actor, "certificates.revoke", subject_type="certificate", subject_id=row.id,
        **about(row.volunteer_id),
    )  # fmt: skip
    return view(row)
