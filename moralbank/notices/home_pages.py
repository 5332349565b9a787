"""The public's front door."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from moralbank.core import clock, plots
from moralbank.core.actor import Actor
from moralbank.core.language import written
from moralbank.core.pages import PageRoom
from moralbank.core.quantities import points_text
from moralbank.core.wording import hours_text, moment_text
from moralbank.notices import figures, reading, star_lists
from moralbank.notices.place_pages import categories
from moralbank.notices.wording import entry, grouped, honoured, totals

LATEST = 5
HONOURED = 8
TILES = 80
"""So many communities stand on the front page; where there are more, those that did the most."""

room = PageRoom("home", __name__)


@room.page("/", action="public.read", same_for_all=True)
def home(actor: Actor) -> Any:
    """Show what the bank is, its totals, how points came and went, what was done and where, the
    latest notices and the stars."""
    months = figures.by_month(actor)
    best = star_lists.best_volunteers(actor, most=HONOURED)
    return render_template(
        "notices/home.html",
        totals=totals(figures.summary(actor)),
        as_of=moment_text(clock.now()),
        plot=_plot(months),
        plot_rows=[
            {
                "label": _month_name(month),
                "awarded": grouped(points_text(month.awarded)),
                "redeemed": grouped(points_text(month.redeemed)),
            }
            for month in months
        ],
        categories=categories(actor),
        places=_tiles(actor),
        notices=[entry(one) for one in reading.list_notices(actor, limit=LATEST).items],
        star_period=best.period_title if best else None,
        star_people=[honoured(one) for one in best.people] if best else [],
    )


def _month_name(month: figures.Month) -> str:
    return written(month.first, _("y年M月"))


def _plot(months: list[figures.Month]) -> Any:
    if not months:
        return None
    series = [
        (
            written(month.first, _("M月")),
            [_whole(month.awarded), _whole(month.redeemed)],
        )
        for month in months
    ]
    return plots.bars(
        series,
        [_("发放积分"), _("兑换积分")],
        _("每月发放和兑换的积分（分）"),
        _(
            "%(first)s至%(last)s，每月两根柱：发放的积分和在超市兑换的积分。",
            first=_month_name(months[0]),
            last=_month_name(months[-1]),
        ),
        ident="flow-plot",
    )


def _whole(hundredths: int) -> int:
    return (hundredths + 50) // 100


def _tiles(actor: Actor) -> list[dict[str, Any]]:
    """Return the communities with the hours of their volunteers this year, the most first; those
    that are shown together come last."""
    rows = figures.points_by_community(actor, period=f"{clock.today():%Y}", limit=TILES).items
    rows.sort(key=lambda row: (row.organization_id is None, -row.minutes))
    most = max((row.minutes for row in rows), default=0) or 1
    return [
        {
            "id": row.organization_id,
            "name": row.name,
            "hours": hours_text(row.minutes),
            "bar": plots.meter(row.minutes, most),
        }
        for row in rows
    ]
