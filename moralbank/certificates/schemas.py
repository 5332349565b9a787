"""What goes in and out of the certificates' routes."""

from marshmallow import Schema as MarshmallowSchema
from marshmallow import fields

from moralbank.certificates.rules import KINDS, MAX_NUMBER
from moralbank.core import periods
from moralbank.core.fields import Choice, LocalDate, Moment, Schema, Text


class CertificateIn(Schema):
    """What is to be certified: a period's stars, or the service of some days (all: without)."""

    kind = Choice(*KINDS, required=True)
    period = Text(most=periods.MAX_TEXT)
    since = LocalDate()
    until = LocalDate()


class CertificateOut(MarshmallowSchema):
    """A certificate as it was issued. `facts` are what is printed on it, by kind: whole numbers of
    minutes, points and merit in hundredths."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    name = fields.String(required=True)
    issuer = fields.String(required=True)
    handler = fields.String(required=True)
    facts = fields.Dict(keys=fields.String(), required=True)
    status = fields.String(required=True)
    issued_at = Moment(required=True)
    digest = fields.String(required=True)
    revoked_at = Moment(required=True, allow_none=True)
    revoke_reason = fields.String(required=True, allow_none=True)


class RevocationIn(Schema):
    """Why a certificate is revoked; the staff alone read it."""

    reason = Text(most=200, required=True)


class VerifyIn(Schema):
    """What stands on the paper."""

    number = Text(most=MAX_NUMBER, required=True)
    name = Text(most=60, required=True)
