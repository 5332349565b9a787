"""Where what a document says about spending disagrees with itself."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from moralbank.rulebook.documents.awarding import STARS
from moralbank.rulebook.faults.walking import Check, Faults, part, twice


def _release_waits_for_something(data: Mapping[str, Any]) -> Faults:
    release = data.get("release") or {}
    waits = {
        name: release.get(name)
        for name in ("reviewers", "notice_working_days")
        if release.get(name) or (name == "notice_working_days" and release.get(name) is not None)
    }
    if release.get("rule") == "at_once":
        for name in waits:
            yield ("release", name), _("立即入账时不能再有别的条件。")
    elif release.get("rule") == "held" and not waits and "reviewers" in release:
        yield ("release", "rule"), _("请写明等什么：复核人数，或公示的工作日数。")


def _expiry_says_when(data: Mapping[str, Any]) -> Faults:
    expiry = data.get("expiry") or {}
    rule, months = expiry.get("rule"), expiry.get("months")
    if rule == "never" and months is not None:
        yield ("expiry", "months"), _("永不过期时不写月数。")
    if rule == "months" and "months" in expiry and not months:
        yield ("expiry", "months"), _("请写明几个月后过期，至少 1 个月。")


def _redemption_possible(data: Mapping[str, Any]) -> Faults:
    redemption = part(data, "redemption") or {}
    least, most = redemption.get("min_points"), redemption.get("max_points")
    if least is not None and most is not None and Fraction(most) < Fraction(least):
        yield ("redemption", "max_points"), _("不得低于 min_points。")
    step = (part(data, "rounding") or {}).get("step")
    if (
        redemption.get("point_worth") is not None
        and most is not None
        and step is not None
        and Fraction(most) < Fraction(step)
    ):
        # Every price that follows from a cost is a whole step at least.
        yield ("redemption", "max_points"), _("写明一分抵几元时，不得低于 rounding.step。")
    min_star = redemption.get("min_star") or 0
    ladders = data.get("star_ladders")
    if not min_star or ladders is None:
        return
    reachable = max((_top_star(ladder) for ladder in ladders), default=0)
    if reachable < min_star:
        yield ("redemption", "min_star"), _("没有哪份志愿者星级标准能达到这个星级。")


def _limits_say_how_much(data: Mapping[str, Any]) -> Faults:
    redemption = part(data, "redemption") or {}
    limits = redemption.get("limits") or ()
    least = redemption.get("min_points")
    for index, limit in enumerate(limits):
        if {"times", "points"} <= set(limit) and limit["times"] is limit["points"] is None:
            yield ("redemption", "limits", index, "times"), _("请写明次数或积分，至少一项。")
        most = limit.get("points")
        if most is not None and least is not None and Fraction(most) < Fraction(least):
            yield ("redemption", "limits", index, "points"), _("不得低于 min_points。")
    for index in twice(limits, ("per",)):
        yield ("redemption", "limits", index, "per"), _("同一期限前面已经写过。")


def _top_star(ladder: Mapping[str, Any]) -> int:
    """Return the most stars that a ladder gives a volunteer; with faults in it, the most of all."""
    if ladder.get("subject", "volunteer") != "volunteer":
        return 0
    levels: Sequence[Mapping[str, Any]] = ladder.get("levels") or ()
    return max((level.get("stars", max(STARS)) for level in levels), default=max(STARS))


CHECKS: tuple[Check, ...] = (
    _release_waits_for_something,
    _expiry_says_when,
    _redemption_possible,
    _limits_say_how_much,
)
