"""Where what a document says about stars and standing disagrees with itself."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _

from moralbank.rulebook.faults.walking import Check, Faults, Path, codes, part, twice


def _ladders_once(data: Mapping[str, Any]) -> Faults:
    for index in twice(data.get("star_ladders"), ("subject", "period")):
        yield ("star_ladders", index, "period"), _("同一对象、同一周期的星级标准只能有一份。")
    for index in twice(data.get("commendations"), ("code",)):
        yield ("commendations", index, "code"), _("这个代码前面已经用过。")


def _ladders_rise(data: Mapping[str, Any]) -> Faults:
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        for index, (lower, upper) in enumerate(pairwise(ladder.get("levels") or ()), 1):
            path: Path = ("star_ladders", place, "levels", index)
            if "stars" in lower and "stars" in upper and upper["stars"] <= lower["stars"]:
                yield (*path, "stars"), _("星级应由低到高排列，不得重复。")
            if "needs" in lower and "needs" in upper:
                either = "any_of" in lower["needs"] or "any_of" in upper["needs"]
                rise = _ways_rise if either else _needs_rise
                for below, message in rise(lower["needs"], upper["needs"]):
                    yield (*path, "needs", *below), message


def _needs_rise(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> Faults:
    falls = False
    for measure, need in lower.items():
        if measure not in upper:
            falls = True
            yield (measure,), _("低一级要求的，高一级也必须要求。")
        elif Fraction(upper[measure]) < Fraction(need):
            falls = True
            yield (measure,), _("不得低于低一级的要求 %(need)s。", need=need)
    if not falls and dict(lower) == dict(upper):
        yield ("_schema",), _("要求与低一级完全相同。")


def _ways_rise(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> Faults:
    """Whoever meets the upper level in one of its ways must meet the lower one in some way."""
    low, high = _ways(lower), _ways(upper)
    missed = [
        index
        for index, way in enumerate(high)
        if not any(_asks_as_much(way, other) for other in low)
    ]
    for index in missed:
        path: Path = ("any_of", index) if "any_of" in upper else ("_schema",)
        yield path, _("满足这些要求的，未必满足低一级的要求。")
    if not missed and dict(lower) == dict(upper):
        yield ("_schema",), _("要求与低一级完全相同。")


def _ways(needs: Mapping[str, Any]) -> list[dict[str, Any]]:
    common = {measure: need for measure, need in needs.items() if measure != "any_of"}
    return [{**common, **one} for one in needs.get("any_of") or [{}]]


def _asks_as_much(upper: Mapping[str, Any], lower: Mapping[str, Any]) -> bool:
    return all(
        measure in upper and Fraction(upper[measure]) >= Fraction(need)
        for measure, need in lower.items()
    )


def _either_besides_all(data: Mapping[str, Any]) -> Faults:
    """What all must meet is not asked for once more in one of the ways."""
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        for index, level in enumerate(ladder.get("levels") or ()):
            needs = level.get("needs") or {}
            path: Path = ("star_ladders", place, "levels", index, "needs", "any_of")
            for way, one in enumerate(needs.get("any_of") or ()):
                for measure in one:
                    if measure in needs:
                        yield (*path, way, measure), _("这一项已经是人人都要满足的。")


def _quotas_say_how_many(data: Mapping[str, Any]) -> Faults:
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        for index, quota in enumerate(ladder.get("quotas") or ()):
            path: Path = ("star_ladders", place, "quotas", index)
            if not {"places", "percent", "of"} <= set(quota):
                continue
            places, percent, of = quota["places"], quota["percent"], quota["of"]
            if places is None and percent is None:
                yield (*path, "percent"), _("请写明名额 places，或比例 percent。")
            elif places is not None and percent is not None:
                yield (*path, "places"), _("名额和比例只能写一个。")
            elif percent is not None and of is None:
                yield (*path, "of"), _("请写明是谁的百分之几：listed 或 active。")
            elif places is not None and of is not None:
                yield (*path, "of"), _("名额不按比例时不写。")


def _quotas_narrow(data: Mapping[str, Any]) -> Faults:
    """More stars for fewer: quotas stand from the fewest stars to the most, and never widen."""
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        for index, (lower, upper) in enumerate(pairwise(ladder.get("quotas") or ()), 1):
            path: Path = ("star_ladders", place, "quotas", index)
            if "stars" in lower and "stars" in upper and upper["stars"] <= lower["stars"]:
                yield (*path, "stars"), _("星级应由低到高排列，不得重复。")
            for kind, said in (
                ("percent", _("星级越高，名额比例不得越大。")),
                ("places", _("星级越高，名额不得越多。")),
            ):
                few, many = upper.get(kind), lower.get(kind)
                if few is not None and many is not None and Fraction(few) > Fraction(many):
                    yield (*path, kind), said


def _for_groups_alone(data: Mapping[str, Any]) -> Faults:
    """A person is no group; and classes of size stand from the smallest to the largest."""
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        sizes = ladder.get("size_classes") or ()
        if ladder.get("subject") == "volunteer":
            for key in ("per", "size_classes"):
                if ladder.get(key, "whole") not in ("whole", []):
                    yield ("star_ladders", place, key), _("只用于代办站和团队。")
        for index, (lower, upper) in enumerate(pairwise(sizes), 1):
            if upper <= lower:
                yield ("star_ladders", place, "size_classes", index), _("应由小到大。")


def _for_volunteers_alone(data: Mapping[str, Any]) -> Faults:
    """A station has no tenure and no conduct of its own."""
    said = _("只用于志愿者。")
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        if ladder.get("subject", "volunteer") == "volunteer":
            continue
        if ladder.get("excludes"):
            yield ("star_ladders", place, "excludes"), said
        for index, level in enumerate(ladder.get("levels") or ()):
            needs = level.get("needs") or {}
            path: Path = ("star_ladders", place, "levels", index, "needs")
            if "tenure_days" in needs:
                yield (*path, "tenure_days"), said
            for way, one in enumerate(needs.get("any_of") or ()):
                if "tenure_days" in one:
                    yield (*path, "any_of", way, "tenure_days"), said
    for place, given in enumerate(data.get("commendations") or ()):
        if given.get("subject", "volunteer") != "volunteer" and "tenure_days" in (
            given.get("needs") or {}
        ):
            yield ("commendations", place, "needs", "tenure_days"), said


def _again_of_what_was_needed(data: Mapping[str, Any]) -> Faults:
    for place, given in enumerate(data.get("commendations") or ()):
        for measure in given.get("again_each") or ():
            if "needs" in given and measure not in given["needs"]:
                yield ("commendations", place, "again_each", measure), _("needs 里没有这一项。")


def _reasons_known(data: Mapping[str, Any]) -> Faults:
    known = codes(data.get("reasons"))
    if known is None:
        return
    unknown = _("reasons 里没有这个原因。")
    for index, when in enumerate(part(data, "standing", "strike_off", "when") or ()):
        if "reason" in when and when["reason"] not in known:
            yield ("standing", "strike_off", "when", index, "reason"), unknown
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        for index, reason in enumerate(part(ladder, "excludes", "reasons") or ()):
            if reason not in known:
                yield ("star_ladders", place, "excludes", "reasons", index), unknown


def _struck_off_for_deductions(data: Mapping[str, Any]) -> Faults:
    kinds = {one.get("code"): one.get("kind") for one in data.get("reasons") or ()}
    when = part(data, "standing", "strike_off", "when")
    for index, one in enumerate(when or ()):
        if kinds.get(one.get("reason")) == "bonus":
            yield ("standing", "strike_off", "when", index, "reason"), _("奖励不能使人除名。")
    for index in twice(when, ("reason", "per")):
        yield (
            ("standing", "strike_off", "when", index, "reason"),
            _("同一原因、同一期限前面已经写过。"),
        )


CHECKS: tuple[Check, ...] = (
    _ladders_once,
    _ladders_rise,
    _either_besides_all,
    _quotas_say_how_many,
    _quotas_narrow,
    _for_groups_alone,
    _for_volunteers_alone,
    _again_of_what_was_needed,
    _reasons_known,
    _struck_off_for_deductions,
)
