"""What follows by itself: the nightly sweep, the worker's calls, a look at what was flagged."""

from datetime import timedelta
from functools import partial

from moralbank.core import clock
from moralbank.demo.season import QUARTER, Season
from moralbank.events import callbacks, ratings, requests, sweeping
from moralbank.events.checking import flags
from moralbank.events.checking.watch import look_for_rings
from moralbank.events.codes import link_token

_NOT_REACHED = ("没有人接。", "关机。", "家里人接的，请晚些再打。")
_FINE = {
    "low_rating": "给居民打过电话：等得久了些，事情办好了。",
    "overlap": "问过本人和居民：两件事在同一栋楼，先后做的，时间记近了。",
    "pair": "给居民打过电话：邻居自愿常来陪，确有其事。",
    "sample": "给居民打过电话，确有其事。",
}
_WRONG = "给居民打过电话：时长对不上，已请社区更正。"
_ASKED_BEFORE_DAYS = 10
"""What was flagged in the days before the loading is still open then."""


def plan_follow_up(season: Season) -> None:
    """A sweep every night until the day of loading, a look at the flags every week."""
    nights = (season.today - QUARTER.since).days
    for night in range(nights):
        moment = QUARTER.since + timedelta(days=night, hours=2)
        season.plan(moment, partial(_sweep, season))
        if night % 7 == 6 and night < nights - _ASKED_BEFORE_DAYS:
            season.plan(moment + timedelta(hours=13), partial(_look, season))
    season.plan(QUARTER.until, lambda: _rings(season))


def _rings(season: Season) -> None:
    look_for_rings(season.system)


def _sweep(season: Season) -> None:
    for event_id in sweeping.sweep(season.system).listed:
        if event_id not in season.left_alone:
            _plan_call(season, event_id, hours=season.random.randint(7, 14), tries=1)


def _plan_call(season: Season, event_id: str, *, hours: int, tries: int) -> None:
    moment = clock.now() + timedelta(hours=hours)
    if moment < season.today:
        season.plan(moment, partial(_call, season, event_id, tries))


def _call(season: Season, event_id: str, tries: int) -> None:
    """The worker calls: most rate at once, some later, some cannot be reached."""
    event = requests.get(season.system, event_id)
    who = event.resident
    if event.status != "completed" or who is None or who.phone is None:
        return
    random = season.random
    worker, fate = season.district.workers[event.community_id], random.random()
    if fate < 0.45:
        callbacks.call_back(worker, event_id, reached=True, note="打通了，当场评的。")
        ratings.rate(worker, event_id, stars=random.choice((5, 5, 4, 3)), channel="phone")
    elif fate < 0.55:
        callbacks.call_back(worker, event_id, reached=True, note="居民说自己用手机评。")
        moment = clock.now() + timedelta(hours=2)
        season.plan(moment, partial(_rate_by_link, season, event_id), span=season.lately)
    else:
        callbacks.call_back(worker, event_id, reached=False, note=random.choice(_NOT_REACHED))
        if tries < 3:
            _plan_call(season, event_id, hours=72 + random.randint(-2, 3), tries=tries + 1)


def _rate_by_link(season: Season, event_id: str) -> None:
    stars = season.random.choice((5, 4))
    ratings.rate_by_link(season.home(), link_token(event_id), stars=stars)


def _look(season: Season) -> None:
    """A supervisor who had no hand in any errand asks the residents; a few are never reached."""
    reviewer = season.district.supervisors[1]
    for flag in flags.list_flags(reviewer, status="open", limit=200).items:
        season.looked += 1
        if season.looked % 9:
            wrong = season.looked % 25 == 0
            flags.decide(
                reviewer, flag.id, finding="wrong" if wrong else "fine",
                note=_WRONG if wrong else _FINE.get(flag.kind, _FINE["sample"]),
            )  # fmt: skip
