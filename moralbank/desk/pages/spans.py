"""Periods as choices of a form, so that nobody types 2026Q3."""

from collections.abc import Collection, Iterable

from flask_babel import gettext as _

from moralbank.core import clock, periods
from moralbank.organizations.choices import Groups

BACK: dict[periods.Kind, int] = {"quarter": 6, "year": 3, "month": 12, "lifetime": 4}
"""How many periods of each kind a form offers, the running one among them."""


def spans(kinds: Collection[periods.Kind]) -> Groups:
    """Return the latest periods of some kinds by kind, the running one first."""
    words: dict[periods.Kind, str] = {
        "quarter": _("季度"),
        "year": _("年度"),
        "month": _("月"),
        "lifetime": _("从开户算起（只用于星级）"),
    }
    return [(words[kind], choices_of(kind)) for kind in BACK if kind in kinds]


def choices_of(kind: periods.Kind) -> list[tuple[str, str]]:
    """Return the latest periods of one kind: their names and what a reader calls them."""
    return [(name, periods.parse(name).title) for name in _latest(kind)]


def last_over(kind: periods.Kind = "quarter") -> str:
    """Return the name of the latest period of a kind that is over: what one mostly wants."""
    return next(iter(_latest(kind)[1:]))


def _latest(kind: periods.Kind) -> list[str]:
    today = clock.today()
    if kind == "year":
        return [str(today.year - back) for back in range(BACK[kind])]
    if kind == "month":
        return [_month(today.year * 12 + today.month - 1 - back) for back in range(BACK[kind])]
    quarter = today.year * 4 + (today.month - 1) // 3
    if kind == "quarter":
        return list(_quarters(quarter, BACK[kind]))
    return [f"lifetime-{name}" for name in _quarters(quarter, BACK[kind])]


def _month(place: int) -> str:
    return f"{place // 12}-{place % 12 + 1:02d}"


def _quarters(place: int, many: int) -> Iterable[str]:
    return (f"{one // 4}Q{one % 4 + 1}" for one in range(place, place - many, -1))
