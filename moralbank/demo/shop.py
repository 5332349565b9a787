"""What points are good for: goods at the love supermarket, gifts to the street's pool.

The demo lives many days in one transaction, and a refusal in the middle of it would leave what was
written before it. So people look first whether they can, as people do, and nothing is refused.
"""

from moralbank import ledger
from moralbank.demo.season import Season
from moralbank.market import counter, donations, redemptions
from moralbank.market.terminals import actor_of
from moralbank.organizations.operations import hangs_on
from moralbank.people.volunteers import wallet_of

_BASKETS = (
    {"RICE-5": 1}, {"OIL-1.8": 1}, {"EGGS-30": 1}, {"FLOUR-5": 1}, {"SOAP": 2, "SALT": 1},
    {"TOWEL": 1, "TISSUE": 1}, {"SOAP": 1}, {"SALT": 2, "TISSUE": 1}, {"TISSUE": 2},
)  # fmt: skip


def redeem(season: Season) -> None:
    """Somebody goes to their love supermarket, and buys what they can pay and may still have."""
    random = season.random
    place = random.choices(range(len(season.sizes)), season.sizes)[0]
    community, shop = season.district.communities[place], season.district.supermarkets[place]
    [person] = season.somebody(community)
    code, pin = season.district.cards[person.id]
    basket = random.choice(_BASKETS)
    goods = season.district.goods[shop.id]
    till = actor_of(season.district.terminals[shop.id])
    wanted = {goods[sku]: count for sku, count in basket.items()}
    offered = {one.id: one for one in counter.shelf(till, person.id) if one.id in wanted}
    price = sum(offered[number].price * count for number, count in wanted.items())
    if price > available(person.id) or any(
        count > one.stock or (one.most is not None and count > one.most)
        for one, count in ((offered[number], count) for number, count in wanted.items())
    ):
        return
    done = redemptions.redeem(till, code=code, pin=pin, lines=list(wanted.items()))
    if random.random() < 0.01:
        redemptions.void(season.district.supervisors[0], done.id, reason="拿错了商品，当场退回")


def give(season: Season) -> None:
    """Somebody gives points to their street's pool."""
    community = season.place()
    [person] = season.somebody(community)
    [pool] = [p for p in season.district.pools if community.path.startswith(hangs_on(p.path))]
    points = season.random.choice((500, 1000, 2000))
    if points <= available(person.id):
        donations.donate(
            season.acting(person), to_pool_id=pool.id, points=points, message="给需要的邻居"
        )


def available(volunteer_id: str) -> int:
    """Return what a volunteer may spend, in hundredths."""
    wallet = wallet_of(volunteer_id)
    found = ledger.points_of([wallet]).get(wallet)
    return found.available if found else 0
