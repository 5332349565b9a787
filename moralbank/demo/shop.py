"""What points are good for: goods at the love supermarket, gifts to the street's pool."""

from moralbank.core.problems import Refusal
from moralbank.demo.season import Season
from moralbank.market import donations, redemptions
from moralbank.market.terminals import actor_of

_BASKETS = (
    {"RICE-5": 1}, {"OIL-1.8": 1}, {"EGGS-30": 1}, {"FLOUR-5": 1}, {"SOAP": 2, "SALT": 1},
    {"TOWEL": 1, "TISSUE": 1}, {"SOAP": 1}, {"SALT": 2, "TISSUE": 1}, {"TISSUE": 2},
)  # fmt: skip


def redeem(season: Season) -> None:
    """Somebody goes to their love supermarket; a refusal is part of life."""
    random = season.random
    place = random.choices(range(len(season.sizes)), season.sizes)[0]
    community, shop = season.district.communities[place], season.district.supermarkets[place]
    [person] = season.somebody(community)
    code, pin = season.district.cards[person.id]
    basket = random.choice(_BASKETS)
    goods = season.district.goods[shop.id]
    try:
        done = redemptions.redeem(
            actor_of(season.district.terminals[shop.id]), code=code, pin=pin,
            lines=[(goods[sku], count) for sku, count in basket.items()],
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code not in ("insufficient_points", "limit_exceeded", "out_of_stock"):
            raise
        return
    if random.random() < 0.01:
        redemptions.void(season.district.supervisors[0], done.id, reason="拿错了商品，当场退回")


def give(season: Season) -> None:
    """Somebody gives points to their street's pool."""
    community = season.place()
    [person] = season.somebody(community)
    [pool] = [p for p in season.district.pools if community.path.startswith(_parent(p.path))]
    try:
        donations.donate(
            season.acting(person), to_pool_id=pool.id,
            points=season.random.choice((500, 1000, 2000)), message="给需要的邻居",
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "insufficient_points":
            raise


def _parent(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[0] + "/"
