"""The places within somebody's reach, as choices of a form."""

from collections.abc import Collection, Iterator

from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.organizations.models import Level
from moralbank.organizations.operations import (
    OrganizationView,
    hangs_on,
    list_organizations,
    names,
    path_of,
)

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]

BATCH = 200


def _all(actor: Actor, level: Level) -> Iterator[OrganizationView]:
    cursor = None
    while True:
        page = list_organizations(actor, levels=(level,), cursor=cursor, limit=BATCH)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _grouped(actor: Actor, level: Level) -> Groups:
    places = list(_all(actor, level))
    parents = names({place.parent_id for place in places if place.parent_id})
    groups: dict[str, Choices] = {number: [] for number in parents}
    for place in places:
        if place.parent_id in groups:
            groups[place.parent_id].append((place.id, place.name))
    return [(parents[number], choices) for number, choices in groups.items()]


def communities(actor: Actor) -> Groups:
    """Return the communities that somebody works for, by street."""
    return _grouped(actor, "community")


def stations(actor: Actor) -> Groups:
    """Return the errand stations within reach, by community."""
    return _grouped(actor, "station")


def supermarkets(actor: Actor) -> Groups:
    """Return the supermarkets within reach, by community."""
    return _grouped(actor, "supermarket")


def teams(actor: Actor) -> Choices:
    """Return the teams within reach."""
    return [(team.id, team.name) for team in _all(actor, "team")]


def pools(actor: Actor) -> Groups:
    """Return the donation pools by the place they belong to, those of the actor's own place first:
    its community's, its street's, its district's."""
    own = path_of(actor.organization_id) if actor.organization_id else "/"
    places = sorted(_all(actor, "pool"), key=lambda pool: not own.startswith(hangs_on(pool.path)))
    headings = names({place.parent_id for place in places if place.parent_id})
    groups: dict[str, Choices] = {}
    for place in places:
        groups.setdefault(place.parent_id or "", []).append((place.id, place.name))
    return [(headings.get(number, ""), choices) for number, choices in groups.items()]


def places(actor: Actor, levels: Collection[Level]) -> Groups:
    """Return the places of some levels within reach, each level's under its word."""
    words = {
        "district": _("区"),
        "street": _("街道"),
        "community": _("社区"),
        "station": _("代办站"),
        "supermarket": _("爱心超市"),
    }
    groups = [
        (words[level], [(one.id, one.name) for one in _all(actor, level)]) for level in levels
    ]
    return [(word, choices) for word, choices in groups if choices]


def only_one(groups: Groups) -> str | None:
    """Return the id of the only choice there is, so that nobody has to make it."""
    choices = [number for _heading, group in groups for number, _name in group]
    return choices[0] if len(choices) == 1 else None
