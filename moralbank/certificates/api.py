"""Certificates over HTTP."""

from typing import Any

from flask import Response, url_for

from moralbank.certificates import operations
from moralbank.certificates.schemas import CertificateIn, CertificateOut, RevocationIn
from moralbank.certificates.sheets import sheet
from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page

room = ApiRoom("certificates", __name__, description="Certificates of stars and of service")


@room.endpoint(
    "POST", "/volunteers/<volunteer_id>/certificates", action="certificates.issue",
    body=CertificateIn, answer=CertificateOut, status=201,
    refusals={409: ["nothing_to_certify"]},
)  # fmt: skip
def issue_certificate(
    actor: Actor, *, volunteer_id: str, body: dict[str, Any]
) -> operations.CertificateView:
    """Issue a certificate; volunteers issue themselves service records alone."""
    return operations.issue(actor, volunteer_id, **body)


@room.endpoint(
    "GET", "/volunteers/<volunteer_id>/certificates", action="certificates.read", query=PageQuery,
    answer=page_of(CertificateOut),
)  # fmt: skip
def list_certificates(
    actor: Actor, *, volunteer_id: str, query: dict[str, Any]
) -> Page[operations.CertificateView]:
    """List a volunteer's certificates, newest first."""
    return operations.list_certificates(actor, volunteer_id, **query)


@room.endpoint(
    "GET", "/certificates/<certificate_id>.pdf", action="certificates.read",
    media_type="application/pdf", refusals={409: ["certificate_changed"]},
)  # fmt: skip
def certificate_pdf(actor: Actor, *, certificate_id: str) -> Response:
    """Show a certificate as a PDF, each time the same."""
    return pdf(actor, certificate_id)


@room.endpoint(
    "POST", "/certificates/<certificate_id>/revocation", action="certificates.revoke",
    body=RevocationIn, answer=CertificateOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def revoke_certificate(
    actor: Actor, *, certificate_id: str, body: dict[str, Any]
) -> operations.CertificateView:
    """Revoke a certificate."""
    return operations.revoke(actor, certificate_id, **body)


def pdf(actor: Actor, certificate_id: str) -> Response:
    """Return a certificate's paper. Refuses 404, 409 `certificate_changed`.

    Where it can be checked is written as the bank is reached now, and not kept: whoever asks for a
    certificate says under which address, and must not say it for those who print it after them.
    """
    one = operations.get(actor, certificate_id)
    made = sheet(
        one,
        link=url_for("certificates_pages.shown", token=one.token, _external=True),
        verify=url_for("certificates_pages.verify", _external=True),
    )
    return Response(
        made, mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="certificate-{one.number}.pdf"'},
    )  # fmt: skip
