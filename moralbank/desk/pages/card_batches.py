"""The staff's page of cards for a whole community: issue them, print them, print them anew."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.fields import Identifier, Schema, Text
from moralbank.core.pages import Form
from moralbank.core.wording import day_text
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show, submit_secret
from moralbank.organizations import operations as organizations
from moralbank.organizations.choices import communities, only_one
from moralbank.people import card_batches as batches
from moralbank.people.card_batches import Accounts, Batch
from moralbank.people.card_sheets import sheets


class CardBatchIn(Schema):
    """Whose cards: a community's, or those of accounts that follow on each other."""

    community_id = Identifier(required=True)
    first = Text(most=20)
    last = Text(most=20)


def _accounts(first: str | None, last: str | None) -> Accounts | None:
    return (first, last) if first and last else None


@room.page("/staff/cards", action="cards.issue")
def card_batches(actor: Actor) -> Response:
    """Say who of a community has no card yet, and show what was printed."""
    return _list(actor)


def _list(actor: Actor, form: Form | None = None) -> Response:
    cursor = request.args.get("cursor")
    page = batches.list_batches(actor, cursor=cursor, limit=PAGE_SIZE)
    places = communities(actor)
    asked = request.values.get("community_id") or only_one(places) or ""
    known = {number for _heading, group in places for number, _name in group}
    first, last = (request.values.get(name, "").strip()[:20] for name in ("first", "last"))
    accounts = _accounts(first, last)
    range_ = {"first": first, "last": last} if accounts else {}
    shown = said(form)
    shown["form"] = {"community_id": asked, **range_}
    return show(
        "card_batches.html",
        form.status if form else 200,
        batches=[
            {
                "id": one.id,
                "community": one.community,
                "on": day_text(one.made_at),
                "count": one.count,
                "good": one.good,
                "reprinted": one.reprinted,
            }
            for one in page.items
        ],
        communities=places,
        waiting=batches.waiting(actor, asked, accounts=accounts) if asked in known else None,
        most=batches.MAX_CARDS,
        **shown,
        **pages_of("card_batches", page.next, cursor, community_id=asked, **range_),
    )


@room.page("/staff/cards/batches", action="cards.issue", method="POST")
def card_batch_issue(actor: Actor) -> Any:
    """Issue cards to everybody of a community without one, and answer with their sheets."""
    form = Form(CardBatchIn())

    def issue(community_id: str, first: str | None = None, last: str | None = None) -> Batch:
        accounts = _accounts(first, last)
        return batches.issue_batch(actor, community_id=community_id, accounts=accounts)

    return _printed(actor, form, issue)


@room.page("/staff/cards/batches/<batch_id>/reprint", action="cards.issue", method="POST")
def card_batch_reprint(actor: Actor, batch_id: str) -> Any:
    """Issue other cards in the place of a batch's, and answer with their sheets."""
    return _printed(actor, Form(Schema()), lambda: batches.reprint(actor, batch_id))


def _printed(actor: Actor, form: Form, issue: Callable[..., Batch]) -> Any:
    """Answer with a new batch's sheets; its PINs are in no other answer."""
    done, made = submit_secret(form, actor, issue)
    if not done:
        return _list(actor, form)
    if made is None:
        words = _("这一批已经制过卡。文件没有收到的话，请在下面重印。")
        return go(words, "card_batches")
    return _pdf(actor, made)


def _pdf(actor: Actor, batch: Batch) -> Response:
    community = organizations.get(actor, batch.community_id)
    made = sheets(
        bank=current_app.config["BANK_NAME"], community=community.name,
        phone=community.phone or current_app.config["BANK_PHONE"] or None, cards=batch.cards,
    )  # fmt: skip
    return Response(
        made, mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="cards-{batch.id}.pdf"'},
    )  # fmt: skip
