"""Quotas: how many may hold so many stars, and who is left out where more have earned them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from moralbank.rulebook.documents.honours import Ladder, Quota
from moralbank.rulebook.rules.lines import N_, Line, number_down

_ROOM = {
    "listed": N_(
        "%(stars)s 星及以上的名额为 %(room)s 个（参评 %(base)s 个的 %(percent)s%%，舍去小数）"
    ),
    "active": N_(
        "%(stars)s 星及以上的名额为 %(room)s 个"
        "（本期有服务的 %(base)s 个的 %(percent)s%%，舍去小数）"
    ),
}
_PLACES = N_("%(stars)s 星及以上的名额为 %(room)s 个")
_BEHIND = N_("排在前面、同样达到要求的已有 %(ahead)s 个")
_TIE = N_("名额还余 %(left)s 个，同名次的有 %(many)s 个，放不下，都不评")
_GIVEN = {
    0: N_("限于名额，未评星级"),
    1: N_("限于名额，评为一星"),
    2: N_("限于名额，评为二星"),
    3: N_("限于名额，评为三星"),
    4: N_("限于名额，评为四星"),
}


@dataclass(frozen=True, slots=True)
class Tie:
    """Those who share one place: the stars that each of them has earned, and how many they are."""

    stars: int
    many: int


@dataclass(slots=True)
class Given:
    """What everybody of a tie is given: the stars, and where a quota took some, why."""

    stars: int = 0
    lines: list[Line] = field(default_factory=list)


def within_quotas(ladder: Ladder, ties: Sequence[Tie], *, listed: int, active: int) -> list[Given]:
    """Return what each tie is given, in the order of `ties`: the best first, and so never fewer
    stars before more.

    `listed` and `active` are how many subjects there are, and how many of them did something. From
    the highest level down, those who have earned it get it in their order as long as there is room
    under every quota on it. A tie that does not fit whole is left out whole, and nobody behind it
    gets past it. Whoever is left out of a level is the first to be asked at the next lower one.
    """
    given = [Given() for _ in ties]
    first = held = 0  # the first tie without stars; how many subjects have some
    for level in reversed(ladder.levels):
        quota, room = _tightest(ladder, level.stars, listed=listed, active=active)
        while first < len(ties) and ties[first].stars >= level.stars:
            if quota is not None and held + ties[first].many > room:
                break
            given[first].stars = level.stars
            held += ties[first].many
            first += 1
        ahead = held
        for tie, one in zip(ties[first:], given[first:], strict=True):
            if tie.stars < level.stars or quota is None:
                break
            line = _room(quota, room, base=quota.base(listed=listed, active=active))
            if line not in one.lines:  # the same quota may close several levels
                one.lines += [line, _why(ahead=ahead, left=room - held, many=tie.many, held=held)]
            ahead += tie.many
    for tie, one in zip(ties, given, strict=True):
        if one.stars < tie.stars:
            one.lines.append(Line(_GIVEN[one.stars]))
    return given


def _tightest(ladder: Ladder, stars: int, *, listed: int, active: int) -> tuple[Quota | None, int]:
    """Return the quota that leaves the least room for so many stars, and how many that is: who
    holds five stars holds three or more as well."""
    rooms = [
        (quota.room(listed=listed, active=active), quota)
        for quota in ladder.quotas
        if quota.stars <= stars
    ]
    if not rooms:
        return None, 0
    room, quota = min(rooms, key=lambda one: (one[0], -one[1].stars))
    return quota, room


def _room(quota: Quota, room: int, *, base: int) -> Line:
    if quota.percent is None:
        return Line(_PLACES, {"stars": quota.stars, "room": room})
    return Line(
        _ROOM[quota.of or ""],
        {
            "stars": quota.stars,
            "room": room,
            "base": base,
            "percent": number_down(quota.percent),
        },
    )


def _why(*, ahead: int, left: int, many: int, held: int) -> Line:
    if ahead == held and left > 0:  # nobody in between: there is room, but not for all of them
        return Line(_TIE, {"left": left, "many": many})
    return Line(_BEHIND, {"ahead": ahead})
