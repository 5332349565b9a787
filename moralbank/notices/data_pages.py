"""What anybody may take away: a notice for the wall, for the office, for reckoning; and the page
that says what there is and what it means.

No route here looks at who asks: a draft is nowhere, for its supervisor too.
"""

import json
from typing import Any

from flask import Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import PageRoom
from moralbank.core.problems import invalid_field, not_found
from moralbank.core.spreadsheets import XLSX
from moralbank.notices import open_data, reading
from moralbank.notices.columns import of_lines, of_notices
from moralbank.notices.freshness import fresh, streamed
from moralbank.notices.kinds import kind_words
from moralbank.notices.poster import PAPERS, poster
from moralbank.notices.schemas import DatasetOut, WholeNoticeOut
from moralbank.notices.tables import csv_parts, csv_text, json_parts, records
from moralbank.notices.workbooks import workbook

LINES_AT_ONCE = 10_000
"""A file of more lines is never whole in memory, and has no ETag."""

room = PageRoom("data", __name__)


@room.page("/notices/<notice_id>/poster.pdf", action="notices.read", still=True)
def notice_poster(actor: Actor, notice_id: str) -> Response:
    """Show a notice as sheets for the wall, on A4 or A3. Refuses 404, 422 for another paper."""
    paper = request.args.get("paper", "A4")
    if paper not in PAPERS:
        raise invalid_field("paper", _("应为 %(words)s 之一。", words="、".join(PAPERS)))
    whole = reading.get(actor, notice_id)
    made = poster(
        whole, bank=current_app.config["BANK_NAME"], paper=paper,
        address=url_for("notices_pages.notice", notice_id=notice_id, _external=True),
        printed_on=clock.today().isoformat(),
    )  # fmt: skip
    return fresh(made, "application/pdf", name=f"notice-{whole.notice.number}-{paper}.pdf")


@room.page("/notices/<notice_id>.<ending>", action="notices.read", still=True)
def notice_file(actor: Actor, notice_id: str, ending: str) -> Response:
    """Show a notice as a file: `xlsx`, `csv` (its lines) or `json` (what the API says of it).
    Refuses 404."""
    if ending not in ("xlsx", "csv", "json"):
        raise not_found()
    whole = reading.get(actor, notice_id)
    name = f"notice-{whole.notice.number}.{ending}"
    if ending == "xlsx":
        return fresh(workbook(whole), XLSX, name=name)
    if ending == "json":
        return _json(WholeNoticeOut(), whole, name)
    columns = of_lines(whole.notice.kind, whole.lines)
    return fresh(csv_text(records(whole.lines, columns), columns), "text/csv", name=name)


def _json(schema: Schema, value: Any, name: str) -> Response:
    text = json.dumps(schema.dump(value), ensure_ascii=False, separators=(",", ":"))
    return fresh(text + "\n", "application/json", name=name)


@room.page("/data/<kind>/<period>.<ending>", action="notices.read", still=True)
def period_file(actor: Actor, kind: str, period: str, ending: str) -> Response:
    """Show all posted notices of a kind and period, as `csv` or `json`; many lines go out as they
    are read. Refuses 404."""
    if ending not in ("csv", "json"):
        raise not_found()
    found = open_data.dataset(actor, kind=kind, period=period)
    name = f"{kind}-{period}.{ending}"
    if ending == "json":
        mimetype = "application/json"
        pieces = json_parts(DatasetOut().dump(found), found.rows)
    else:
        mimetype, pieces = "text/csv", csv_parts(found.rows, found.columns)
    if found.many > LINES_AT_ONCE:
        return streamed(pieces, mimetype, name=name)
    return fresh("".join(pieces), mimetype, name=name)


@room.page("/data", action="notices.read", same_for_all=True)
def data(actor: Actor) -> Any:
    """Say which files there are, at which addresses, and what each column means."""
    words = kind_words()
    return render_template(
        "notices/data.html",
        kinds=[
            {
                "name": kind,
                "title": words[kind].title,
                "english": words[kind].english,
                "periods": [
                    {"name": one.name, "title": one.title, "notices": one.notices} for one in posted
                ],
                "columns": of_lines(kind),
            }
            for kind, posted in open_data.posted_periods(actor).items()
        ],
        of_notices=of_notices(),
    )
