"""What the tree takes and shows."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, post_load

from moralbank.core.api import PageQuery
from moralbank.core.fields import Choice, Identifier, Schema, Text
from moralbank.organizations.models import LEVELS, STATION_KINDS


class OrganizationDetails(Schema):
    """What is told of an organization, all of it optional."""

    code = Text(most=40)
    station_kind = Choice(*STATION_KINDS)
    phone = Text(most=40)
    address = Text(most=200)
    leader = Text(most=60)
    hours = Text(most=100)


class OrganizationIn(OrganizationDetails):
    """A new organization."""

    name = Text(most=100, required=True)
    level = Choice(*LEVELS, required=True)
    parent_id = Identifier(allow_none=True)


class OrganizationPatch(OrganizationDetails):
    """Changes of an organization."""

    name = Text(most=100)


class GroupIn(Schema):
    """A new team or pool: its name and the organization that it belongs to."""

    name = Text(most=100, required=True)
    organization_id = Identifier()
    parent_id = Identifier(metadata={"description": "The same as organization_id"})
    code = Text(most=40)
    leader = Text(most=60)
    phone = Text(most=40)
    address = Text(most=200)
    hours = Text(most=100)

    @post_load
    def one_parent(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Take the organization under either name."""
        given = {data.pop(name) for name in ("organization_id", "parent_id") if name in data}
        if len(given) != 1:
            raise ValidationError({"organization_id": [_("必须填写。")]})
        return {**data, "parent_id": given.pop()}


class OrganizationQuery(PageQuery):
    """Which organizations."""

    level = Choice(*LEVELS)
    parent_id = Identifier()


class GroupQuery(PageQuery):
    """Which teams or pools: those of an organization, under either name."""

    organization_id = Identifier()
    parent_id = Identifier()


class OrganizationOut(Schema):
    """An organization."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    parent_id = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    station_kind = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    leader = fields.String(required=True, allow_none=True)
    hours = fields.String(required=True, allow_none=True)


class GroupOut(Schema):
    """A team or a pool."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    organization_id = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    leader = fields.String(required=True, allow_none=True)
