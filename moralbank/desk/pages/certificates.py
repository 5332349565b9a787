"""Certificates: issued, printed and revoked at the desk; the volunteer's own on their phone."""

from typing import Any

from flask import Response
from flask_babel import gettext as _

from moralbank.certificates import operations
from moralbank.certificates.api import pdf
from moralbank.certificates.schemas import CertificateIn, RevocationIn
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.paper import missing
from moralbank.desk.pages.accounts import account_page
from moralbank.desk.pages.me import book
from moralbank.desk.pages.room import go, room


class RecordForm(CertificateIn):
    """From when to when; both may be left out."""

    class Meta:
        """What the form asks for."""

        fields = ("since", "until")


class StarsForm(CertificateIn):
    """Which period."""

    class Meta:
        """What the form asks for."""

        fields = ("period",)


@room.page("/staff/volunteers/<volunteer_id>/certificates/record", action="certificates.issue",
           method="POST")  # fmt: skip
def certificate_record(actor: Actor, volunteer_id: str) -> Any:
    """Issue a proof of service."""
    return _issue(actor, volunteer_id, "service_record", Form(RecordForm()), "record")


@room.page("/staff/volunteers/<volunteer_id>/certificates/stars", action="certificates.issue",
           method="POST")  # fmt: skip
def certificate_stars(actor: Actor, volunteer_id: str) -> Any:
    """Issue a certificate of a period's stars."""
    return _issue(actor, volunteer_id, "stars", Form(StarsForm()), "stars")


def _issue(actor: Actor, volunteer_id: str, kind: Any, form: Form, action: str) -> Any:
    issued = form.submit(actor, _work(actor, volunteer_id, kind))
    if issued is None:
        return account_page(actor, volunteer_id, form, action)
    return go(_issued(**issued), "volunteer", volunteer_id=volunteer_id)


def _work(actor: Actor, volunteer_id: str, kind: Any) -> Any:
    def work(**values: Any) -> dict[str, str]:
        one = operations.issue(actor, volunteer_id, kind=kind, **values)
        return {"number": one.number, "lacking": missing(one.name)}

    return work


def _issued(number: str, lacking: str) -> str:
    words: str = _("编号 %(number)s 已开出，请打开 PDF 打印、盖章。", number=number)
    if lacking:
        words += _("字库没有“%(letters)s”，请在空框里手写。", letters=lacking)
    return words


@room.page("/staff/certificates/<certificate_id>.pdf", action="certificates.read")
def certificate_sheet(actor: Actor, certificate_id: str) -> Response:
    """Show a certificate as a PDF."""
    return pdf(actor, certificate_id)


@room.page("/staff/certificates/<certificate_id>/revocation", action="certificates.revoke",
           method="POST")  # fmt: skip
def certificate_revoke(actor: Actor, certificate_id: str) -> Any:
    """Revoke a certificate."""
    form = Form(RevocationIn())

    def work(reason: str) -> dict[str, str]:
        one = operations.revoke(actor, certificate_id, reason=reason)
        return {"number": one.number, "volunteer_id": one.volunteer_id}

    revoked = form.submit(actor, work)
    if revoked is None:
        volunteer_id = operations.holder_of(actor, certificate_id)
        return account_page(actor, volunteer_id, form, f"revoke-{certificate_id}")
    words = _("编号 %(number)s 已作废，查验时会这样显示。", number=revoked["number"])
    return go(words, "volunteer", volunteer_id=revoked["volunteer_id"])


@room.page("/me/certificates", action="me.use", method="POST")
def me_certificate(actor: Actor) -> Any:
    """Issue the volunteer a proof of their own service."""
    assert actor.volunteer_id is not None, "a volunteer's sign-in names their account"
    form = Form(RecordForm())
    issued = form.submit(actor, _work(actor, actor.volunteer_id, "service_record"))
    if issued is None:
        return book(actor, form)
    return go(_("编号 %(number)s 已开出，点开就能保存或打印。", number=issued["number"]), "me")


@room.page("/me/certificates/<certificate_id>.pdf", action="me.use")
def me_certificate_sheet(actor: Actor, certificate_id: str) -> Response:
    """Show volunteers a certificate of their own as a PDF."""
    return pdf(actor, certificate_id)
