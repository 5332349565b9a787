"""Faults in a rulebook document: where its parts disagree, and how faults are told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from moralbank.rulebook.documents import STARS

_Path = tuple[str | int, ...]
_Faults = Iterator[tuple[_Path, str]]


def _part(data: Any, *path: str) -> Any:
    """Return what lies at `path`, or None where a part on the way had a fault or is missing."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _twice(entries: Sequence[Mapping[str, Any]] | None, keys: tuple[str, ...]) -> Iterator[int]:
    seen = set()
    for index, entry in enumerate(entries or ()):
        if all(key in entry for key in keys):
            mark = tuple(entry[key] for key in keys)
            if mark in seen:
                yield index
            seen.add(mark)


def _codes_once(data: Mapping[str, Any]) -> _Faults:
    for part in ("categories", "service_items"):
        for index in _twice(data.get(part), ("code",)):
            yield (part, index, "code"), _("这个代码前面已经用过。")


def _ladders_once(data: Mapping[str, Any]) -> _Faults:
    for index in _twice(data.get("star_ladders"), ("subject", "period")):
        yield ("star_ladders", index, "period"), _("同一对象、同一周期的星级标准只能有一份。")


def _tags_once(data: Mapping[str, Any]) -> _Faults:
    for index, item in enumerate(data.get("service_items") or ()):
        tags = item.get("tags") or []
        for place, tag in enumerate(tags):
            if tag in tags[:place]:
                yield ("service_items", index, "tags", place), _("同一标签写了两次。")


def _categories_known(data: Mapping[str, Any]) -> _Faults:
    categories = data.get("categories")
    if categories is None or not all("code" in category for category in categories):
        return
    known = {category["code"] for category in categories}
    for index, item in enumerate(data.get("service_items") or ()):
        if "category" in item and item["category"] not in known:
            yield ("service_items", index, "category"), _("categories 里没有这个类别。")


def _more_stars_never_fewer_points(data: Mapping[str, Any]) -> _Faults:
    multipliers = _part(data, "rating", "multipliers") or {}
    for fewer, more in zip(STARS, STARS[1:], strict=False):
        low, high = multipliers.get(str(fewer)), multipliers.get(str(more))
        if low is not None and high is not None and Fraction(high) < Fraction(low):
            yield (
                ("rating", "multipliers", str(more)),
                _("%(more)d 星的系数不得低于 %(fewer)d 星的。", more=more, fewer=fewer),
            )


def _caps_widen(data: Mapping[str, Any]) -> _Faults:
    caps = _part(data, "caps", "person") or {}
    below: str | None = None
    for span in ("event", "day", "month", "year"):
        cap = caps.get(span)
        if cap is None:
            continue
        if below is not None and Fraction(cap) < Fraction(below):
            yield ("caps", "person", span), _("不得低于前面较短期限的上限 %(cap)s。", cap=below)
        below = cap


def _redemption_possible(data: Mapping[str, Any]) -> _Faults:
    redemption = _part(data, "redemption") or {}
    least, most = redemption.get("min_points"), redemption.get("max_points")
    if least is not None and most is not None and Fraction(most) < Fraction(least):
        yield ("redemption", "max_points"), _("不得低于 min_points。")
    min_star = redemption.get("min_star") or 0
    ladders = data.get("star_ladders")
    if not min_star or ladders is None:
        return
    reachable = max((_top_star(ladder) for ladder in ladders), default=0)
    if reachable < min_star:
        yield ("redemption", "min_star"), _("没有哪份志愿者星级标准能达到这个星级。")


def _top_star(ladder: Mapping[str, Any]) -> int:
    """Return the most stars that a ladder gives a volunteer; with faults in it, the most of all."""
    if ladder.get("subject", "volunteer") != "volunteer":
        return 0
    levels: Sequence[Mapping[str, Any]] = ladder.get("levels") or ()
    return max((level.get("stars", max(STARS)) for level in levels), default=max(STARS))


def _ladders_rise(data: Mapping[str, Any]) -> _Faults:
    for place, ladder in enumerate(data.get("star_ladders") or ()):
        levels = ladder.get("levels") or ()
        for index in range(1, len(levels)):
            path: _Path = ("star_ladders", place, "levels", index)
            lower, upper = levels[index - 1], levels[index]
            if "stars" in lower and "stars" in upper and upper["stars"] <= lower["stars"]:
                yield (*path, "stars"), _("星级应由低到高排列，不得重复。")
            if "needs" in lower and "needs" in upper:
                for below, message in _needs_rise(lower["needs"], upper["needs"]):
                    yield (*path, "needs", *below), message


def _needs_rise(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> _Faults:
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


_CHECKS: tuple[Callable[[Mapping[str, Any]], _Faults], ...] = (
    _codes_once,
    _categories_known,
    _tags_once,
    _more_stars_never_fewer_points,
    _caps_widen,
    _redemption_possible,
    _ladders_once,
    _ladders_rise,
)


def disagreements(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the faults between parts of a document, nested like its fields; empty where none is.

    `data` may lack parts that had faults of their own: nothing is said about those.
    """
    faults: dict[str, Any] = {}
    for check in _CHECKS:
        for path, message in check(data):
            _put(faults, path, message)
    return faults


def _put(faults: dict[Any, Any], path: _Path, message: str) -> None:
    *parents, last = path
    for part in parents:
        faults = faults.setdefault(part, {})
    faults.setdefault(last, []).append(message)


def plain_messages(messages: Any) -> Any:
    """Turn the keys and lazy sentences of marshmallow's messages into text, at every depth."""
    if isinstance(messages, Mapping):
        return {str(key): plain_messages(below) for key, below in messages.items()}
    if isinstance(messages, list):
        return [str(message) for message in messages]
    return [str(messages)]


def fault_paths(errors: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Flatten messages to (path, sentence), as in ("service_items.3.points", "…").

    A fault of a whole object has the object's own path; that of the document itself is "".
    """
    found: list[tuple[str, str]] = []
    for key, below in errors.items():
        name = "" if key == "_schema" else str(key)
        if isinstance(below, Mapping):
            found += [
                (".".join(filter(None, (name, path))), message)
                for path, message in fault_paths(below)
            ]
        else:
            found += [(name, str(message)) for message in below]
    return found
