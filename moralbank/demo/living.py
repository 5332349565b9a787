"""The whole of the life: a quarter, its end, and what is in hand on the day of loading."""

from datetime import timedelta
from functools import partial
from random import Random

from moralbank.demo.district import District
from moralbank.demo.errands import plan_errand
from moralbank.demo.follow_up import plan_follow_up
from moralbank.demo.gatherings import plan_gathering
from moralbank.demo.present import Present
from moralbank.demo.quarter_end import plan_quarter_end
from moralbank.demo.relief import plan_relief
from moralbank.demo.season import QUARTER, Plan, Season
from moralbank.demo.shop import give, redeem
from moralbank.demo.weekly import plan_quiet_help, plan_weekly

DAY = timedelta(days=1)


def begin(district: District, random: Random, plan: Plan | None = None) -> Season:
    """Plan a life, to be lived with `Season.live`."""
    season = Season(district, random, plan)
    scale, first = season.scale, district.communities[0]
    # Who is somewhere every week is booked first: what else there is finds them busy.
    for _series in range(scale.weekly):
        plan_weekly(season, QUARTER, season.place(), until=QUARTER.until - 2 * DAY)
    plan_quiet_help(season)
    Present(season).plan()
    for _errand in range(scale.errands):
        plan_errand(season, QUARTER)
    for _gathering in range(scale.gatherings):
        plan_gathering(season, QUARTER)
    for _errand in range(scale.lately):
        plan_errand(season, season.lately, first)
    plan_gathering(season, season.lately, first)
    for _redemption in range(scale.redemptions):
        season.plan(QUARTER.moment(random, first=14), partial(redeem, season))
    for _gift in range(scale.gifts):
        season.plan(QUARTER.moment(random, first=30), partial(give, season))
    plan_relief(season)
    plan_follow_up(season)
    plan_quarter_end(season)
    return season
