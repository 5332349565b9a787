"""The tree over HTTP."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.core.problems import not_found
from moralbank.organizations import operations
from moralbank.organizations.models import LEVELS
from moralbank.organizations.operations import OrganizationView
from moralbank.organizations.schemas import (
    GroupIn,
    GroupOut,
    GroupQuery,
    OrganizationIn,
    OrganizationOut,
    OrganizationPatch,
    OrganizationQuery,
)

room = ApiRoom("organizations", __name__, description="The tree: districts down to stations")


@room.endpoint(
    "POST", "/organizations", action="organizations.create", body=OrganizationIn,
    answer=OrganizationOut, status=201,
)  # fmt: skip
def create_organization(actor: Actor, *, body: dict[str, Any]) -> OrganizationView:
    """Add an organization."""
    return operations.create(actor, **body)


@room.endpoint(
    "GET", "/organizations", action="organizations.read", query=OrganizationQuery,
    answer=page_of(OrganizationOut),
)  # fmt: skip
def list_organizations(actor: Actor, *, query: dict[str, Any]) -> Page[OrganizationView]:
    """List organizations."""
    level = query.pop("level", None)
    return operations.list_organizations(actor, levels=(level,) if level else LEVELS, **query)


@room.endpoint(
    "GET", "/organizations/<organization_id>", action="organizations.read", answer=OrganizationOut
)
def get_organization(actor: Actor, *, organization_id: str) -> OrganizationView:
    """Show an organization."""
    return _organization(actor, organization_id)


def _organization(actor: Actor, organization_id: str) -> OrganizationView:
    """Return an organization; a team or a pool is none to this resource. Refuses 404."""
    found = operations.get(actor, organization_id)
    if found.level not in LEVELS:
        raise not_found()
    return found


@room.endpoint(
    "PATCH", "/organizations/<organization_id>", action="organizations.change",
    body=OrganizationPatch, answer=OrganizationOut,
)  # fmt: skip
def change_organization(
    actor: Actor, *, organization_id: str, body: dict[str, Any]
) -> OrganizationView:
    """Change what is told of an organization."""
    _organization(actor, organization_id)
    return operations.change(actor, organization_id, **body)


def _group(word: str, level: Any) -> None:
    """Register the two routes of teams, or of pools: they hang on the tree like organizations."""

    def create(actor: Actor, *, body: dict[str, Any]) -> OrganizationView:
        return operations.create(actor, level=level, **body)

    def list_(actor: Actor, *, query: dict[str, Any]) -> Page[OrganizationView]:
        parent_id = query.pop("parent_id", None)
        parent_id = query.pop("organization_id", parent_id)
        return operations.list_organizations(actor, levels=(level,), parent_id=parent_id, **query)

    create.__name__, create.__doc__ = f"create_{level}", f"Add a {level}."
    list_.__name__, list_.__doc__ = f"list_{word}", f"List {word}."
    room.endpoint(
        "POST", f"/{word}", action="organizations.create", body=GroupIn, answer=GroupOut,
        status=201,
    )(create)  # fmt: skip
    room.endpoint(
        "GET", f"/{word}", action="organizations.read", query=GroupQuery,
        answer=page_of(GroupOut),
    )(list_)  # fmt: skip


_group("teams", "team")
_group("pools", "pool")
