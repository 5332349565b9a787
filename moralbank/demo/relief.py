"""Households in hardship: registered by the workers, given to by neighbours, and brought rice."""

from datetime import timedelta
from functools import partial
from random import Random

from moralbank import ledger
from moralbank.demo import names
from moralbank.demo.season import QUARTER, Season
from moralbank.demo.shop import available
from moralbank.market import counter, donations
from moralbank.market.relief import gifts, handing_out, households
from moralbank.organizations.operations import hangs_on, pool_holder

_NOTES = ("主劳力住院，家里两个孩子上学。", "独居，低保。", "刚失业，孩子有残疾。")
_BASKETS = ({"RICE-5": 1}, {"OIL-1.8": 1}, {"FLOUR-5": 1, "SALT": 1})
_TIMES = 18
_TRIES = 40
"""So often somebody looks for a place where there are points enough."""
_GIFTS = 6
"""Goods that neighbours give. Of each four one is brought, one becomes points, one is proposed and
waits for a second person on the day of loading, and one waits for somebody to bring it."""


def plan_relief(season: Season) -> None:
    """Plan it with dice of its own, so that the rest of the life stays as it is."""
    random = Random(17)
    homes: list[str] = []
    season.plan(
        QUARTER.since + timedelta(days=20, hours=10), partial(_register, season, random, homes)
    )
    parcels: list[tuple[str, str]] = []
    for _gift in range(_GIFTS):
        season.plan(
            QUARTER.moment(random, first=40), partial(_give_goods, season, random, homes, parcels)
        )
    for _time in range(_TIMES):
        season.plan(QUARTER.moment(random, first=45), partial(_bring, season, random, homes))
    season.plan(season.today - timedelta(hours=20), partial(_see_to, season, parcels))


def _register(season: Season, random: Random, homes: list[str]) -> None:
    for community in season.district.communities:
        for number in range(2):
            who = names.resident(random, 900 + len(homes))
            made = households.register(
                season.district.workers[community.id], community_id=community.id,
                name=who["name"], household_no=f"{90 + number}-1-{100 + len(homes)}",
                note=random.choice(_NOTES),
            )  # fmt: skip
            homes.append(made.id)


def _give_goods(
    season: Season, random: Random, homes: list[str], parcels: list[tuple[str, str]]
) -> None:
    """Somebody gives a bag of rice to a household of the own community."""
    for _try in range(_TRIES):
        place = random.randrange(len(season.district.communities))
        community, shop = season.district.communities[place], season.district.supermarkets[place]
        person = random.choice(season.district.people[community.id])
        rice = season.district.goods[shop.id]["RICE-5"]
        [bag] = [one for one in counter.shelf_of(shop.id, "") if one.id == rice]
        if bag.stock and available(person.id) >= bag.price:
            made = donations.donate(
                season.acting(person), lines=[(rice, 1)], to_household_id=homes[2 * place],
                message="一点心意",
            )  # fmt: skip
            parcels.append((made.id, homes[2 * place]))
            return


def _see_to(season: Season, parcels: list[tuple[str, str]]) -> None:
    """What became of what neighbours gave."""
    first, second = season.district.supervisors[:2]
    for turn, (number, home) in enumerate(parcels):
        if turn % 4 == 1:
            gifts.turn_into_points(first, number, reason="这家老人去女儿家了，先存成积分")
        elif turn % 4 != 3:
            made = handing_out.propose(first, household_id=home, donation_id=number)
            if turn % 4 == 0:
                handing_out.approve(second, made.id)


def _bring(season: Season, random: Random, homes: list[str]) -> None:
    """One supervisor proposes, the other one hands out, where the street's pool can pay."""
    for _try in range(_TRIES):
        if _brought(season, random, homes):
            return


def _brought(season: Season, random: Random, homes: list[str]) -> bool:
    first, second = season.district.supervisors[:2]
    number = random.randrange(len(homes))
    place = number // 2
    community, shop = season.district.communities[place], season.district.supermarkets[place]
    basket = random.choice(_BASKETS)
    lines = {season.district.goods[shop.id][sku]: count for sku, count in basket.items()}
    [pool] = [one for one in season.district.pools if community.path.startswith(hangs_on(one.path))]
    holder = pool_holder(pool.id)
    shelf = {one.id: one for one in counter.shelf_of(shop.id, "")}
    there = all(shelf[goods].stock >= count for goods, count in lines.items())
    price = sum(shelf[goods].price * count for goods, count in lines.items())
    if not there or ledger.points_of([holder])[holder].available < price:
        return False
    made = handing_out.propose(
        first, household_id=homes[number], pool_id=pool.id, lines=list(lines.items())
    )
    handing_out.approve(second, made.id)
    return True
