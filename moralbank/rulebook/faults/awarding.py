"""Where what a document says about awards disagrees with itself."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _

from moralbank.rulebook.documents.awarding import MAX_MINUTES, SPANS, STARS
from moralbank.rulebook.faults.walking import Check, Faults, Path, codes, part, twice


def _codes_once(data: Mapping[str, Any]) -> Faults:
    for name in ("categories", "service_items", "reasons"):
        for index in twice(data.get(name), ("code",)):
            yield (name, index, "code"), _("这个代码前面已经用过。")


def _tags_once(data: Mapping[str, Any]) -> Faults:
    for index, item in enumerate(data.get("service_items") or ()):
        tags = item.get("tags") or []
        for place, tag in enumerate(tags):
            if tag in tags[:place]:
                yield ("service_items", index, "tags", place), _("同一标签写了两次。")


def _categories_known(data: Mapping[str, Any]) -> Faults:
    known = codes(data.get("categories"))
    if known is None:
        return
    for index, item in enumerate(data.get("service_items") or ()):
        if "category" in item and item["category"] not in known:
            yield ("service_items", index, "category"), _("categories 里没有这个类别。")


def _minutes_have_room(data: Mapping[str, Any]) -> Faults:
    for index, item in enumerate(data.get("service_items") or ()):
        minutes = item.get("minutes") or {}
        if "least" in minutes and "most" in minutes and minutes["most"] < minutes["least"]:
            yield ("service_items", index, "minutes", "most"), _("不得低于 least。")


def _longer_is_more(data: Mapping[str, Any]) -> Faults:
    for index, item in enumerate(data.get("service_items") or ()):
        longer = item.get("longer") or ()
        path: Path = ("service_items", index, "longer")
        if longer and item.get("unit", "event") != "event":
            yield path, _("只用于按次计分（unit: event）的项目。")
        shorter: list[Mapping[str, Any]] = [{"minutes": 0, "points": item.get("points")}, *longer]
        for place, (before, one) in enumerate(pairwise(shorter)):
            if "minutes" in before and "minutes" in one and one["minutes"] <= before["minutes"]:
                yield (*path, place, "minutes"), _("时长应由短到长排列，不得重复。")
            low, high = before.get("points"), one.get("points")
            if low is not None and high is not None and Fraction(high) < Fraction(low):
                yield (*path, place, "points"), _("时长更长，积分不得更低。")


def _time_of_hours(data: Mapping[str, Any]) -> Faults:
    for index, item in enumerate(data.get("service_items") or ()):
        if item.get("time") and item.get("unit", "hour") != "hour":
            yield ("service_items", index, "time"), _("只用于按小时计分（unit: hour）的项目。")


def _time_can_be_reached(data: Mapping[str, Any]) -> Faults:
    """What rounds the longest errand there can be to nothing never pays."""
    for_all = part(data, "rounding", "time")
    for index, item in enumerate(data.get("service_items") or ()):
        time = item.get("time") or for_all or {}
        if item.get("unit") != "hour" or "minutes" not in time or "mode" not in time:
            continue
        step = time["minutes"]
        least = {"up": 1, "down": step, "half_up": (step + 1) // 2, "half_even": step // 2 + 1}
        most = (item.get("minutes") or {}).get("most", MAX_MINUTES)
        if most < least[time["mode"]]:
            yield (
                ("service_items", index, "minutes", "most"),
                _("按 %(step)d 分钟取整，做到这么久也不计分。", step=step),
            )


def _more_stars_never_fewer_points(data: Mapping[str, Any]) -> Faults:
    multipliers = part(data, "rating", "multipliers") or {}
    for fewer, more in pairwise(STARS):
        low, high = multipliers.get(str(fewer)), multipliers.get(str(more))
        if low is not None and high is not None and Fraction(high) < Fraction(low):
            yield (
                ("rating", "multipliers", str(more)),
                _("%(more)d 星的系数不得低于 %(fewer)d 星的。", more=more, fewer=fewer),
            )


def _caps_widen(data: Mapping[str, Any]) -> Faults:
    for path, caps in _all_caps(data):
        below: str | None = None
        for span in ("event", *SPANS):
            cap = caps.get(span)
            if cap is None:
                continue
            if below is not None and Fraction(cap) < Fraction(below):
                yield (*path, span), _("不得低于前面较短期限的上限 %(cap)s。", cap=below)
            below = cap


def _times_widen(data: Mapping[str, Any]) -> Faults:
    for path, caps in _all_caps(data):
        below: int | None = None
        for span in SPANS:
            most = (caps.get("times") or {}).get(span)
            if most is None:
                continue
            if below is not None and most < below:
                yield (
                    (*path, "times", span),
                    _("不得低于前面较短期限的次数 %(times)d。", times=below),
                )
            below = most


def _caps_leave_a_step(data: Mapping[str, Any]) -> Faults:
    """What is left under a cap is rounded down to the step: a cap below it leaves nothing ever."""
    step = part(data, "rounding", "step")
    if step is None:
        return
    for path, caps in _all_caps(data):
        for span in ("event", *SPANS):
            cap = caps.get(span)
            if cap is not None and Fraction(cap) < Fraction(step):
                yield (*path, span), _("不得低于 rounding.step，否则什么也得不到。")


def _all_caps(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for whose in ("person", "issue"):
        yield ("caps", whose), part(data, "caps", whose) or {}
    for name in ("categories", "service_items"):
        for index, one in enumerate(data.get(name) or ()):
            yield (name, index, "caps"), one.get("caps") or {}


def _returns_diminish(data: Mapping[str, Any]) -> Faults:
    steps = part(data, "diminishing", "steps") or ()
    for index, (before, step) in enumerate(pairwise(steps), 1):
        path: Path = ("diminishing", "steps", index)
        if "after" in before and "after" in step and step["after"] <= before["after"]:
            yield (*path, "after"), _("次数应由少到多排列，不得重复。")
        low, high = step.get("multiplier"), before.get("multiplier")
        if low is not None and high is not None and Fraction(low) > Fraction(high):
            yield (*path, "multiplier"), _("次数越多，系数不得越高。")


def _only_deductions_zero(data: Mapping[str, Any]) -> Faults:
    for index, reason in enumerate(data.get("reasons") or ()):
        if reason.get("kind") == "bonus" and reason.get("zeroes_event"):
            yield ("reasons", index, "zeroes_event"), _("奖励不能使一次服务归零。")


def _delays_can_wait(data: Mapping[str, Any]) -> Faults:
    delays = part(data, "checks", "delays") or []
    for index, kind in enumerate(delays):
        if kind == "ring":
            yield ("checks", "delays", index), _("互评圈是事后才查出来的，不能使积分等待。")
        elif kind in delays[:index]:
            yield ("checks", "delays", index), _("同一项写了两次。")


CHECKS: tuple[Check, ...] = (
    _codes_once,
    _categories_known,
    _tags_once,
    _minutes_have_room,
    _longer_is_more,
    _time_of_hours,
    _time_can_be_reached,
    _more_stars_never_fewer_points,
    _caps_widen,
    _times_widen,
    _caps_leave_a_step,
    _returns_diminish,
    _only_deductions_zero,
    _delays_can_wait,
)
