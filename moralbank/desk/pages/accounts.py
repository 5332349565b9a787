"""The staff's pages of volunteers: find one, open an account, issue and print a card."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from moralbank import ledger
from moralbank.certificates.operations import list_certificates, star_periods
from moralbank.certificates.wording import stars_word
from moralbank.core.actor import Actor
from moralbank.core.language import in_chinese
from moralbank.core.pages import Form
from moralbank.core.pagination import Page
from moralbank.core.policy import MAY
from moralbank.core.qr import qr_markup
from moralbank.core.quantities import points_text
from moralbank.core.wording import day_text
from moralbank.desk.operations import errands_of
from moralbank.desk.pages.picking import searchable
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.desk.pages.skills import ticks
from moralbank.desk.pages.wording import (
    balance_notes,
    balance_words,
    certificate_lines,
    photo_words,
    statement_lines,
)
from moralbank.events.awarding.balances import balance
from moralbank.organizations.choices import communities, only_one, stations, teams
from moralbank.organizations.operations import names, own_station
from moralbank.people import cards
from moralbank.people import volunteers as people
from moralbank.people.delegates import get_delegate
from moralbank.people.lapsing import next_to_lapse
from moralbank.people.photos import consent_words, photo_of
from moralbank.people.rules import spaced
from moralbank.people.schemas import PinIn, VolunteerIn
from moralbank.people.searching import list_volunteers, of_card

LATEST = 10


def affiliations() -> list[tuple[str, str]]:
    """Return what a volunteer can be, in words."""
    return [
        ("resident", _("居民")),
        ("retired", _("退休人员")),
        ("in_service", _("在职党员")),
        ("new_economy", _("两新组织")),
    ]


@room.page("/staff/volunteers", action="desk.use")
def volunteers(actor: Actor) -> Any:
    """Find volunteers by name, pinyin, phone or account number; a card that is scanned leads to
    whose it is."""
    q = searchable(request.args.get("q", ""))
    cursor = request.args.get("cursor")
    page = volunteer_lines(actor, cursor, PAGE_SIZE)
    if len(page.items) == 1 and of_card(q) is not None:
        return redirect(url_for("desk_pages.volunteer", volunteer_id=page.items[0]["id"]))
    return show(
        "volunteers.html",
        q=q,
        volunteers=page.items,
        **pages_of("volunteers", page.next, cursor, q=q),
    )


def volunteer_lines(actor: Actor, cursor: str | None, limit: int) -> Page[dict[str, Any]]:
    """Return the volunteers that the address asks for, as the list shows them."""
    q = searchable(request.args.get("q", ""))
    page = list_volunteers(actor, q=q or None, cursor=cursor, limit=limit)
    points = ledger.points_of([people.wallet_of(person.id) for person in page.items])
    stations_by_id = names({person.station_id for person in page.items if person.station_id})
    lines = [
        {
            "id": person.id,
            "name": person.name,
            "account_no": person.account_no,
            "phone": person.phone,
            "community": person.community,
            "station": stations_by_id.get(person.station_id or ""),
            "available": points_text(points[people.wallet_of(person.id)].available),
            "status": person.status,
        }
        for person in page.items
    ]
    return Page(lines, page.next)


@room.page("/staff/volunteers/new", action="volunteers.open")
def volunteer_new(actor: Actor) -> Response:
    """Ask for what a new account needs."""
    return _ask_account(actor)


def _ask_account(actor: Actor, form: Form | None = None) -> Response:
    places = communities(actor)
    shown = said(form, phone_taken="phone")
    own = own_station(actor)
    if form is None:
        shown["form"] = {
            "community_id": only_one(places) or "",
            "station_id": own.id if own else None,
        }
    return show(
        "volunteer_new.html",
        form.status if form else 200,
        communities=places,
        stations=stations(actor),
        works_for_station=own is not None,
        teams=teams(actor),
        affiliations=affiliations(),
        **shown,
    )


@room.page("/staff/volunteers/new", action="volunteers.open", method="POST")
def volunteer_open(actor: Actor) -> Any:
    """Open an account."""
    ticks = {name: name in request.form for name in ("party_member", "publish_consent")}
    form = Form(VolunteerIn(), more=ticks)

    def work(**account: Any) -> dict[str, str]:
        opened = people.open_account(actor, **account)
        return {"id": opened.id, "account_no": opened.account_no}

    opened = form.submit(actor, work)
    if opened is None:
        return _ask_account(actor, form)
    words = _(
        "已开户，账号 %(account_no)s。接着请本人设密码，发卡。", account_no=opened["account_no"]
    )
    return go(words, "volunteer", volunteer_id=opened["id"])


@room.page("/staff/volunteers/<volunteer_id>", action="desk.use")
def volunteer(actor: Actor, volunteer_id: str) -> Response:
    """Show one volunteer: the book, the card, the errands."""
    return account_page(actor, volunteer_id)


def account_page(
    actor: Actor, volunteer_id: str, form: Form | None = None, action: str | None = None
) -> Response:
    """Return the page of one volunteer, with what was refused of the form `action`. Refuses 404."""
    person = people.get(actor, volunteer_id)
    card = cards.current(actor, person.id)
    kinds = dict(affiliations())
    return show(
        "volunteer.html",
        form.status if form else 200,
        volunteer={
            "id": person.id,
            "name": person.name,
            "display_name": person.display_name,
            "account_no": person.account_no,
            "phone": person.phone,
            "community": person.community,
            "station": person.station,
            "team": names({person.team_id}).get(person.team_id) if person.team_id else None,
            "affiliation": kinds.get(person.affiliation, person.affiliation),
            "opened_on": day_text(person.opened_at),
            "publish_consent": person.publish_consent,
            "status": person.status,
        },
        balance=balance_words(balance(actor, person.id)),
        notes=balance_notes(next_to_lapse(actor, person.id), people.donation_only(person.id)),
        card=card
        and {
            "id": card.id,
            "code_tail": card.code[-4:],
            "status": card.status,
            "issued_on": day_text(card.issued_at),
        },
        entries=statement_lines(people.entries(actor, person.id, limit=LATEST).items),
        events=[
            {
                "id": line.id,
                "item": line.item,
                "when": day_text(line.performed_at or line.created_at),
                "status": line.status,
            }
            for line in errands_of(actor, person.id, limit=LATEST)
        ],
        skills=ticks(person.skills),
        photo=photo_words(photo_of(actor, person.id)),
        consent=consent_words(),
        certificates=certificate_lines(list_certificates(actor, person.id, limit=PAGE_SIZE).items),
        star_periods=[
            (period, f"{title} {stars_word(stars)}")
            for period, title, stars in star_periods(actor, person.id)
        ],
        may=_may(actor),
        action=action,
        **said(form),
    )


def _may(actor: Actor) -> set[str]:
    may = {"issue"} if actor.role in MAY["cards.issue"] else set()
    return may | (
        {"revoke", "unlock", "change_pin"} if actor.role in MAY["cards.change"] else set()
    )


@room.page("/staff/volunteers/<volunteer_id>/card", action="cards.issue", method="POST")
def card_issue(actor: Actor, volunteer_id: str) -> Any:
    """Issue a card and lead on to its print."""
    form = Form(PinIn())

    def work(pin: str) -> dict[str, str]:
        return {"card_id": cards.issue(actor, volunteer_id, pin=pin).id}

    issued = form.submit(actor, work)
    if issued is None:
        return account_page(actor, volunteer_id, form, "issue")
    return go(_("卡已发，请打印。"), "card_print", card_id=issued["card_id"])


@room.page("/staff/cards/<card_id>", action="cards.issue")
@in_chinese
def card_print(actor: Actor, card_id: str) -> Any:
    """Show a card as it is printed, front and back."""
    card = cards.get(actor, card_id)
    if card.status == "revoked":
        flash(_("这张卡已作废，不能打印。"), "error")
        return redirect(url_for("desk_pages.volunteer", volunteer_id=card.volunteer_id))
    person = people.get(actor, card.volunteer_id)
    delegate = get_delegate(actor, card.delegate_id) if card.delegate_id else None
    return show(
        "card_print.html",
        card={
            "holder": delegate.name if delegate else person.name,
            "delegate_of": person.display_name if delegate else None,
            "until": delegate.good_until.isoformat() if delegate else None,
            "community": person.community,
            "account_no": person.account_no,
            "code": spaced(card.code),
            "qr": qr_markup(card.code),
        },
        volunteer_id=person.id,
    )


@room.page("/staff/cards/<card_id>/pin", action="cards.change", method="POST")
def card_pin(actor: Actor, card_id: str) -> Any:
    """Give a card a new PIN."""
    form = Form(PinIn())

    def work(pin: str) -> dict[str, str]:
        return {"volunteer_id": cards.set_pin(actor, card_id, pin=pin).volunteer_id}

    changed = form.submit(actor, work)
    if changed is None:
        return account_page(actor, cards.get(actor, card_id).volunteer_id, form, "pin")
    return go(_("密码已改。"), "volunteer", **changed)


@room.page("/staff/cards/<card_id>/revocation", action="cards.change", method="POST")
def card_revoke(actor: Actor, card_id: str) -> Any:
    """Revoke a lost card."""
    card = cards.revoke(actor, card_id)
    return go(_("已挂失，这张卡不能再用。"), "volunteer", volunteer_id=card.volunteer_id)


@room.page("/staff/cards/<card_id>/unlocking", action="cards.change", method="POST")
def card_unlock(actor: Actor, card_id: str) -> Any:
    """Unlock a card that wrong PINs locked."""
    card = cards.unlock(actor, card_id)
    return go(_("已解锁。"), "volunteer", volunteer_id=card.volunteer_id)
