"""The volunteer's own pages: the savings book, the card, the errands to claim."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from moralbank import ledger
from moralbank.certificates.operations import list_certificates
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.problems import not_found
from moralbank.core.qr import qr_markup
from moralbank.core.wording import moment_text
from moralbank.desk.pages.delegates import delegate_lines
from moralbank.desk.pages.giving import parcels_of
from moralbank.desk.pages.my_goods import in_line, kept_for
from moralbank.desk.pages.room import PAGE_SIZE, pages_of, room, said, show
from moralbank.desk.pages.wording import (
    balance_notes,
    balance_words,
    certificate_lines,
    photo_words,
    statement_lines,
    worth,
)
from moralbank.events import lists
from moralbank.events.awarding.balances import balance
from moralbank.market.reservations import sweep
from moralbank.people import cards
from moralbank.people.lapsing import next_to_lapse
from moralbank.people.phone_codes import PhoneCode
from moralbank.people.photos import photo_of
from moralbank.people.volunteers import donation_only, entries, get
from moralbank.rulebook.operations import in_force

LATEST = 10
IN_FORCE = ("active", "locked")


def _own(actor: Actor) -> str:
    assert actor.volunteer_id is not None, "a volunteer's sign-in names their account"
    return actor.volunteer_id


@room.page("/me", action="me.use")
def me(actor: Actor) -> Response:
    """Show the volunteer's own book, card and errands."""
    return book(actor)


def book(actor: Actor, form: Form | None = None) -> Response:
    """Return the volunteer's own page, with what was refused."""
    sweep()
    own = get(actor, _own(actor))
    asked = lists.list_events(actor, asked=True, limit=LATEST).items
    again = {line.id for line in asked}
    open_ones = lists.list_events(actor, status="open", free=True, limit=2 * LATEST).items
    card = cards.current(actor, own.id)
    page = lists.list_events(actor, mine=True, limit=LATEST)
    return show(
        "me.html",
        form.status if form else 200,
        account={"account_no": own.account_no, "name": own.name},
        card=card and card.status,
        code=_code_words(cards.phone_code(actor)),
        kept=kept_for(actor),
        in_line=in_line(actor),
        parcels=parcels_of(actor),
        photo=photo_words(photo_of(actor, own.id)),
        delegates=[one for one in delegate_lines(actor, own.id) if one["status"] in IN_FORCE],
        balance=balance_words(balance(actor, own.id)),
        notes=balance_notes(next_to_lapse(actor, own.id), donation_only(own.id)),
        entries=statement_lines(entries(actor, own.id, limit=LATEST).items),
        to_claim=_claimable(actor, [line for line in open_ones if line.id not in again][:LATEST]),
        asked=_claimable(actor, asked),
        asks_skills=not own.skills,
        mine=[_own_line(line) for line in page.items],
        certificates=certificate_lines(list_certificates(actor, own.id, limit=PAGE_SIZE).items),
        **said(form),
    )


def _claimable(actor: Actor, lines: list[lists.EventLine]) -> list[dict[str, Any]]:
    items = in_force(clock.today()).items
    return [
        {
            "id": line.id,
            "item": line.service_item_name,
            "community": line.community,
            "station": line.station,
            "needed_at": moment_text(line.needed_at),
            "points": worth(items[line.service_item]) if line.service_item in items else "",
            "fits": line.fits and bool(items[line.service_item].tags)
            if line.service_item in items
            else False,
            "still_wanted": line.still_wanted if line.volunteers_needed > 1 else 0,
            "near": line.community_id == actor.organization_id,
        }
        for line in lines
    ]


def _own_line(line: lists.EventLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "item": line.service_item_name,
        "where": line.community,
        "when": moment_text(line.performed_at or line.needed_at),
        "status": line.status,
    }


def _code_words(code: PhoneCode | None) -> dict[str, Any] | None:
    """Return what a page shows of a phone's code: its picture, and for how many seconds."""
    return None if code is None else {"qr": qr_markup(code.code), "left": code.seconds_left}


@room.page("/me/code", action="cards.own")
def me_code(actor: Actor) -> Response:
    """Show the code alone, large; without a script the page comes again by itself."""
    return show("me_code.html", code=_code_words(cards.phone_code(actor)))


@room.page("/me/code/now", action="cards.own")
def me_code_now(actor: Actor) -> Response:
    """Show the code of this half minute as a piece of a page. Refuses 404 without a good card."""
    code = _code_words(cards.phone_code(actor))
    if code is None:
        raise not_found()
    return show("phone_code.html", code=code)


@room.page("/me/card/block", action="cards.block", method="POST")
def me_block(actor: Actor) -> Any:
    """Block the volunteer's own card, which is lost; that ends this sign-in too."""
    card = cards.current(actor, _own(actor))
    if card is None:
        raise not_found()
    cards.block(actor, card.id)
    flash(_("卡已挂失，现在谁也用不了，积分都在。请带身份证到社区解锁或补办。"))
    return redirect(url_for("people_pages.sign_in"), 303)


@room.page("/me/statement", action="me.use")
def me_statement(actor: Actor) -> Response:
    """Show every line of the volunteer's own book."""
    wanted = request.args.get("asset")
    asset: ledger.Asset = next((one for one in ledger.ASSETS if one == wanted), "points")
    gifts = wanted == "gifts"
    cursor = request.args.get("cursor")
    page = entries(actor, _own(actor), asset=asset, gifts=gifts, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "me_statement.html",
        asset="gifts" if gifts else asset,
        has_gifts=gifts or bool(entries(actor, _own(actor), gifts=True, limit=1).items),
        entries=statement_lines(page.items),
        **pages_of("me_statement", page.next, cursor, asset="gifts" if gifts else asset),
    )


@room.page("/me/errands", action="me.use")
def me_errands(actor: Actor) -> Response:
    """Show every errand of the district that is open to claim: what suits and is near first."""
    cursor = request.args.get("cursor")
    fit = request.args.get("fit") == "1" or None
    page = lists.list_events(
        actor, status="open", fit=fit, free=True, cursor=cursor, limit=PAGE_SIZE
    )
    return show(
        "me_errands.html",
        to_claim=_claimable(actor, page.items),
        fit=fit,
        **pages_of("me_errands", page.next, cursor, fit="1" if fit else None),
    )
