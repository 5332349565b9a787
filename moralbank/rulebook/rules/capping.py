"""What the caps leave of an award: one person's at the item, at its category and at everything, and
everybody's together; with a line for each cap that bit."""

from collections.abc import Mapping

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import Caps, Rulebook, ServiceItem
from moralbank.rulebook.documents.awarding import SPANS
from moralbank.rulebook.rules.histories import History
from moralbank.rulebook.rules.lines import N_, Line

_KEPT_FOR_DONATION = N_("超出个人上限的 %(points)s 分只能转赠")
_CAPPED_EVENT = N_("每次上限 %(cap)s → %(points)s")
_CAPPED = {
    "day": N_("当日上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("当周上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("当月上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("当季上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("这半年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("当年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
}
_ITEM_CAPPED_EVENT = N_("此项每次上限 %(cap)s → %(points)s")
_ITEM_CAPPED = {
    "day": N_("此项当日上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("此项当周上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("此项当月上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("此项当季上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("此项这半年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("此项当年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
}
_CATEGORY_CAPPED_EVENT = N_("这一类每次上限 %(cap)s → %(points)s")
_CATEGORY_CAPPED = {
    "day": N_("这一类当日上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("这一类当周上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("这一类当月上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("这一类当季上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("这一类这半年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("这一类当年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
}
ISSUE_CAPPED = {
    "day": N_("全行当日发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("全行当周发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("全行当月发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("全行当季发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("全行这半年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("全行当年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
}

_ISSUE_SHARED = {
    "day": N_(
        "全行当日发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "week": N_(
        "全行当周发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "month": N_(
        "全行当月发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "quarter": N_(
        "全行当季发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "half_year": N_(
        "全行这半年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "year": N_(
        "全行当年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
}
_TIMES = {
    "day": N_("当日最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "week": N_("当周最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "month": N_("当月最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "quarter": N_("当季最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "half_year": N_("这半年最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "year": N_("当年最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
}
_ITEM_TIMES = {
    "day": N_("此项当日最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "week": N_("此项当周最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "month": N_("此项当月最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "quarter": N_("此项当季最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "half_year": N_("此项这半年最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "year": N_("此项当年最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
}
_CATEGORY_TIMES = {
    "day": N_("这一类当日最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "week": N_("这一类当周最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "month": N_("这一类当月最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "quarter": N_("这一类当季最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "half_year": N_("这一类这半年最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
    "year": N_("这一类当年最多计 %(cap)s 次，已计 %(had)s 次 → %(points)s"),
}


def within_times(
    rulebook: Rulebook, item: ServiceItem, points: int, history: History
) -> tuple[int, list[Line]]:
    """Leave nothing of hundredths where one person's errands have brought points as often before as
    they may, of this item, of its category or in all."""
    for caps, had, texts in (
        (item.caps, history.item_times, _ITEM_TIMES),
        (rulebook.categories[item.category].caps, history.category_times, _CATEGORY_TIMES),
        (rulebook.caps, history.person_times, _TIMES),
    ):
        for span in SPANS:
            most, before = caps.times.get(span), had.get(span, 0)
            if points and most is not None and before >= most:
                return 0, [Line(texts[span], {"cap": most, "had": before, "points": "0"})]
    return points, []


def within_person(
    rulebook: Rulebook, item: ServiceItem, points: int, history: History
) -> tuple[int, list[Line]]:
    """Cut hundredths by what one person may be awarded: at this item, at its category and at
    everything, in this order; return what is left, and the lines."""
    step = rulebook.rounding.step
    lines: list[Line] = []
    for caps, had, event_text, texts in (
        (item.caps, history.item, _ITEM_CAPPED_EVENT, _ITEM_CAPPED),
        (
            rulebook.categories[item.category].caps,
            history.category,
            _CATEGORY_CAPPED_EVENT,
            _CATEGORY_CAPPED,
        ),
        (rulebook.caps, history.person, _CAPPED_EVENT, _CAPPED),
    ):
        points, cap_lines = within_caps(caps, points, had, step, event_text, texts)
        lines += cap_lines
    return points, lines


def within_issue(
    rulebook: Rulebook, points: int, excess: int, history: History
) -> tuple[int, int, list[Line]]:
    """Cut what may be spent and what may only be given away by the caps on the whole issue:
    whatever is issued counts against the budget, and the spendable comes first."""
    if excess:
        return _shared(rulebook, points, excess, history.issue)
    caps = Caps(None, rulebook.issue)
    points, lines = within_caps(
        caps, points, history.issue, rulebook.rounding.step, "", ISSUE_CAPPED
    )
    return points, 0, lines


def _shared(
    rulebook: Rulebook, points: int, excess: int, had: Mapping[str, int]
) -> tuple[int, int, list[Line]]:
    """Cut what may be spent and what may only be given away by the caps on the whole issue; each
    line's figures add up to those of the line before."""
    lines = [Line(_KEPT_FOR_DONATION, {"points": points_text(excess)})]
    for span in SPANS:
        if span not in rulebook.issue:
            continue
        cap, before = rulebook.issue[span], points + excess
        issued, bit = within_caps(
            Caps(None, {span: cap}), before, had, rulebook.rounding.step, "", _ISSUE_SHARED
        )
        points = min(points, issued)
        excess = issued - points
        shares = {"points": points, "excess": excess, "lost": before - issued}
        said = {name: points_text(value) for name, value in shares.items()}
        lines += [Line(line.text, {**line.values, **said}) for line in bit]
    return points, excess, lines


def within_caps(
    caps: Caps,
    points: int,
    had_by_span: Mapping[str, int],
    step: int,
    event_text: str,
    texts: Mapping[str, str],
) -> tuple[int, list[Line]]:
    """Cut hundredths by caps; return what is left, and a line for each cap that bit."""
    lines = []
    if caps.event is not None and points > caps.event:
        points = caps.event - caps.event % step
        lines.append(
            Line(event_text, {"cap": points_text(caps.event), "points": points_text(points)})
        )
    for span in SPANS:
        cap = caps.spans.get(span)
        if cap is None:
            continue
        # Reversals can bring a day below nothing; that does not widen its cap.
        had = had_by_span.get(span, 0)
        left = max(0, cap - max(0, had))
        if points > left:
            # Rounded down to the step: what is left may stem from a rulebook with a finer one.
            points = left - left % step
            figures = {"cap": cap, "had": had, "left": left, "points": points}
            lines.append(
                Line(texts[span], {name: points_text(value) for name, value in figures.items()})
            )
    return points, lines
