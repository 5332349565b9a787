"""What the shops near a community have, as choices of a form."""

from flask_babel import gettext as _

from moralbank.core.quantities import points_text
from moralbank.market.counter import shelf_of
from moralbank.market.relief.nearness import shops_near
from moralbank.organizations.choices import Groups

SHOPS = 6
"""So many shops stand in one list: more than that nobody looks through."""


def goods_near(community_id: str) -> Groups:
    """Return the goods that are there in the shops near a community, by shop, its own first."""
    groups: Groups = []
    for shop in shops_near(community_id, most=SHOPS):
        there = [one for one in shelf_of(shop.id, "") if one.stock > 0]
        words = [
            (one.id, _("%(name)s，一%(unit)s %(points)s 分，有 %(n)d", name=one.name, unit=one.unit,
                       points=points_text(one.price), n=one.stock))
            for one in there
        ]  # fmt: skip
        if words:
            groups.append((shop.name, words))
    return groups
