"""Bonuses and deductions by reason, and what standing they leave somebody in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import Caps, Rulebook
from moralbank.rulebook.documents.awarding import Reason
from moralbank.rulebook.rules.capping import ISSUE_CAPPED, within_caps
from moralbank.rulebook.rules.lines import N_, Line

_BONUS = N_("%(reason)s：奖励 %(points)s 分")
_DEDUCTION = N_("%(reason)s：扣 %(points)s 分")
_NO_POINTS = N_("%(reason)s")
_MERIT_UP = N_("道德分 +%(merit)s")
_MERIT_DOWN = N_("道德分 -%(merit)s")
_ONLY = N_("可用积分只有 %(available)s，扣 %(points)s")
_ZEROED = N_("这次服务的积分归零")
_STRUCK_OFF = {
    "year": N_("“%(reason)s”本年已记 %(times)s 次，达到除名的 %(limit)s 次"),
    "lifetime": N_("“%(reason)s”累计已记 %(times)s 次，达到除名的 %(limit)s 次"),
}
_BLACKLISTED = N_("道德分 %(merit)s，低于 %(limit)s，列入黑名单")


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a reason does: signed hundredths of points and merit as the document says, of which
    `moved` points are really moved, and the lines that say so."""

    points: int
    merit: int
    moved: int
    lines: tuple[Line, ...]


def consequence(
    rulebook: Rulebook, reason: Reason, *, available: int, issued: Mapping[str, int]
) -> Consequence:
    """Return what a reason of the rulebook does to a volunteer.

    `available` are the hundredths that may be taken: a deduction takes no more points than there
    are, but all of the merit, which may fall below zero. `issued` is what everybody together was
    awarded by span, in hundredths: a bonus is cut by the caps on the whole issue as an award is.
    """
    sign = 1 if reason.kind == "bonus" else -1
    said = {"reason": reason.name, "points": points_text(reason.points)}
    text = _DEDUCTION if sign < 0 else _BONUS
    lines = [Line(text, said) if reason.points else Line(_NO_POINTS, {"reason": reason.name})]
    if sign > 0:
        moved, capped = within_caps(
            Caps(None, rulebook.issue), reason.points, issued, rulebook.rounding.step, "",
            ISSUE_CAPPED,
        )  # fmt: skip
        lines += capped
    else:
        moved = min(reason.points, max(0, available))
        if moved < reason.points:
            figures = {"available": points_text(available), "points": points_text(moved)}
            lines.append(Line(_ONLY, figures))
    if reason.merit:
        text = _MERIT_UP if sign > 0 else _MERIT_DOWN
        lines.append(Line(text, {"merit": points_text(reason.merit)}))
    if reason.zeroes_event:
        lines.append(Line(_ZEROED))
    return Consequence(sign * reason.points, sign * reason.merit, sign * moved, tuple(lines))


@dataclass(frozen=True, slots=True)
class StandingNow:
    """How somebody stands (struck_off, blacklisted, both or neither), what that stops (claims,
    awards, redemptions, donations), and why."""

    words: frozenset[str]
    stops: frozenset[str]
    lines: tuple[Line, ...]


GOOD = StandingNow(frozenset(), frozenset(), ())


def standing(
    rulebook: Rulebook,
    *,
    this_year: Mapping[str, int],
    lifetime: Mapping[str, int],
    merit: int,
) -> StandingNow:
    """Return how somebody stands.

    `this_year` and `lifetime` say how many records of each reason there are, without withdrawn
    ones; `merit` is in hundredths. Who is both is stopped in what either stops.
    """
    rule = rulebook.standing
    off = [
        Line(
            _STRUCK_OFF[when.per],
            {
                "reason": rulebook.reasons[when.reason].name,
                "times": times,
                "limit": when.times,
            },
        )
        for when in rule.strike_off
        if (times := (this_year if when.per == "year" else lifetime).get(when.reason, 0))
        >= when.times
    ]
    black = []
    if rule.merit_below is not None and merit < rule.merit_below:
        figures = {"merit": points_text(merit), "limit": points_text(rule.merit_below)}
        black = [Line(_BLACKLISTED, figures)]
    if not off and not black:
        return GOOD
    stops = (rule.struck_off_stops if off else frozenset()) | (
        rule.blacklisted_stops if black else frozenset()
    )
    words = {word for word, why in (("struck_off", off), ("blacklisted", black)) if why}
    return StandingNow(frozenset(words), stops, (*off, *black))
