"""The public's page of what the donation pools were given, and what became of it."""

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from moralbank.core import periods
from moralbank.core.actor import Actor
from moralbank.core.pages import PageRoom
from moralbank.core.problems import not_found
from moralbank.core.quantities import points_text
from moralbank.events.closing_pages import quarters
from moralbank.notices.figures import gifts_by_pool
from moralbank.notices.spending import spent

POOLS_A_PAGE = 50

room = PageRoom("pools", __name__)


@room.page("/pools", action="public.read", same_for_all=True)
def pools(actor: Actor) -> Any:
    """Show what each pool was given in a quarter, or ever, and what was bought of it; never by whom
    and never for whom. Refuses 404 for another period."""
    known = [None, *quarters()]
    period = request.args.get("period") or None
    if period not in known:
        raise not_found()
    cursor = request.args.get("cursor")
    page = gifts_by_pool(actor, period=period, cursor=cursor, limit=POOLS_A_PAGE)
    later = request.args.get("spent")
    bought = spent(actor, period=period, cursor=later, limit=POOLS_A_PAGE)
    return render_template(
        "notices/pools.html",
        period=period,
        periods=[(one, periods.parse(one).title if one else _("全部")) for one in known],
        pools=[
            {
                "name": one.name,
                "volunteers": one.volunteers,
                "gifts": one.gifts,
                "points": points_text(one.points),
            }
            for one in page.items
        ],
        next_url=url_for(".pools", period=period, cursor=page.next) if page.next else None,
        first_url=url_for(".pools", period=period) if cursor else None,
        spent=[
            {
                "day": one.occurred_on.isoformat(),
                "payer": one.payer,
                "shop": one.supermarket,
                "goods": one.goods,
                "points": points_text(one.points),
            }
            for one in bought.items
        ],
        spent_next_url=url_for(".pools", period=period, spent=bought.next) if bought.next else None,
        spent_first_url=url_for(".pools", period=period) if later else None,
    )
