"""The volunteer's own pages: the savings book, the card, the errands to claim."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.problems import not_found
from moralbank.core.quantities import points_text
from moralbank.core.wording import moment_text
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.desk.pages.wording import (
    balance_notes,
    balance_words,
    qr_markup,
    spaced,
    statement_lines,
    worth,
)
from moralbank.events import doing, requests
from moralbank.events.balances import balance
from moralbank.events.schemas import ClaimIn
from moralbank.people import cards
from moralbank.people.lapsing import next_to_lapse
from moralbank.people.volunteers import donation_only, entries, get
from moralbank.rulebook.operations import in_force

LATEST = 10


def _own(actor: Actor) -> str:
    assert actor.volunteer_id is not None, "a volunteer's sign-in names their account"
    return actor.volunteer_id


@room.page("/me", action="me.use")
def me(actor: Actor) -> Response:
    """Show the volunteer's own book, card and errands."""
    return _book(actor)


def _book(actor: Actor, form: Form | None = None) -> Response:
    own = get(actor, _own(actor))
    card = cards.current(actor, own.id)
    page = requests.list_events(actor, mine=True, limit=LATEST)
    return show(
        "me.html",
        form.status if form else 200,
        account={"account_no": own.account_no, "name": own.name},
        card=card
        and {"qr": qr_markup(card.code), "code": spaced(card.code), "status": card.status},
        balance=balance_words(balance(actor, own.id)),
        notes=balance_notes(next_to_lapse(actor, own.id), donation_only(own.id)),
        entries=statement_lines(entries(actor, own.id, limit=LATEST).items),
        to_claim=_nearest(actor),
        mine=[_own_line(line) for line in page.items],
        problem=said(form)["problem"],
    )


def _nearest(actor: Actor) -> list[dict[str, Any]]:
    """Return open errands to claim: those of the volunteer's own community first."""
    here = requests.list_events(
        actor, status="open", community_id=actor.organization_id, limit=LATEST
    ).items
    anywhere = requests.list_events(actor, status="open", limit=2 * LATEST).items
    known = {line.id for line in here}
    lines = [*here, *(line for line in anywhere if line.id not in known)][:LATEST]
    return _claimable(lines)


def _claimable(lines: list[requests.EventLine]) -> list[dict[str, Any]]:
    items = in_force(clock.today()).items
    return [
        {
            "id": line.id,
            "item": line.service_item_name,
            "community": line.community,
            "needed_at": moment_text(line.needed_at),
            "points": worth(items[line.service_item]) if line.service_item in items else "",
        }
        for line in lines
    ]


def _own_line(line: requests.EventLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "item": line.service_item_name,
        "where": line.community,
        "when": moment_text(line.performed_at or line.needed_at),
        "status": line.status,
    }


@room.page("/me/card.svg", action="me.use")
def me_card(actor: Actor) -> Response:
    """Show the volunteer's own card as a picture to keep. Refuses 404 without a card."""
    card = cards.current(actor, _own(actor))
    if card is None:
        raise not_found()
    return Response(cards.qr_svg(card.code), mimetype="image/svg+xml")


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
    """Show every errand of the district that is open to claim, the newest first."""
    cursor = request.args.get("cursor")
    page = requests.list_events(actor, status="open", cursor=cursor, limit=PAGE_SIZE)
    return show(
        "me_errands.html",
        to_claim=_claimable(page.items),
        **pages_of("me_errands", page.next, cursor),
    )


@room.page("/me/errands/<event_id>", action="me.use")
def me_errand(actor: Actor, event_id: str) -> Response:
    """Show an errand: to its volunteer, who asked and where; to others what is to be done."""
    event = requests.get(actor, event_id)
    item = in_force(clock.today()).items.get(event.service_item)
    return show(
        "me_errand.html",
        event=event,
        is_mine=any(person.volunteer_id == actor.volunteer_id for person in event.participants),
        runs=event.status in ("claimed", "completed"),
        description=item.description if item else "",
        needed_at=moment_text(event.needed_at),
        performed_at=moment_text(event.performed_at),
        awards=[
            {"points": points_text(award.points), "explanation": award.explanation}
            for award in event.awards
        ],
    )


@room.page("/me/errands/<event_id>/claim", action="me.use", method="POST")
def me_claim(actor: Actor, event_id: str) -> Any:
    """Claim an errand for oneself."""
    form = Form(ClaimIn(only=()))

    def work() -> dict[str, str]:
        doing.claim(actor, event_id)
        return {"item": requests.get(actor, event_id).service_item_name}

    claimed = form.submit(actor, work)
    if claimed is None:
        return _book(actor, form)
    return go(
        _("“%(item)s”归您办了。下面是居民的联系方式，请先打个电话。", **claimed),
        "me_errand",
        event_id=event_id,
    )
