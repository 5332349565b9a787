"""The staff's page of paper slips: print sheets of them."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.wording import day_text
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.events import slips
from moralbank.events.slips_api import SlipBatchIn, pdf
from moralbank.organizations.choices import communities, only_one


@room.page("/staff/slips", action="slips.print")
def slips_printed(actor: Actor) -> Response:
    """Show what was printed, and ask for more."""
    return _list(actor)


def _list(actor: Actor, form: Form | None = None) -> Response:
    cursor = request.args.get("cursor")
    page = slips.list_batches(actor, cursor=cursor, limit=PAGE_SIZE)
    places = communities(actor)
    shown = said(form)
    if form is None:
        shown["form"] = {"community_id": only_one(places) or "", "sheets": "2"}
    return show(
        "slips.html",
        form.status if form else 200,
        batches=[
            {
                "id": one.id,
                "first": one.first_no,
                "last": one.last_no,
                "count": one.count,
                "community": one.community,
                "on": day_text(one.printed_at),
            }
            for one in page.items
        ],
        communities=places,
        per_sheet=slips.PER_SHEET,
        max_sheets=slips.MAX_SHEETS,
        **shown,
        **pages_of("slips_printed", page.next, cursor),
    )


@room.page("/staff/slips", action="slips.print", method="POST")
def slips_print(actor: Actor) -> Any:
    """Take the numbers for more sheets."""
    form = Form(SlipBatchIn())

    def work(**values: Any) -> dict[str, str]:
        made = slips.print_slips(actor, **values)
        return {"first": made.first_no, "last": made.last_no}

    done = form.submit(actor, work)
    if done is None:
        return _list(actor, form)
    return go(_words(**done), "slips_printed")


def _words(first: str, last: str) -> str:
    words: str = _("编号 %(first)s 至 %(last)s 已备好，请打开 PDF 打印。", first=first, last=last)
    return words


@room.page("/staff/slips/<batch_id>.pdf", action="slips.print")
def slips_sheets(actor: Actor, batch_id: str) -> Response:
    """Show the sheets of a batch as a PDF."""
    return pdf(actor, batch_id)
