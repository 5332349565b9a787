"""The counter's pages: a card, some goods, a PIN, a receipt. They work without a script."""

import base64
import re
from collections.abc import Sequence
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.fields import Schema, Secret, Text, narrow
from moralbank.core.language import written
from moralbank.core.pages import Form, PageRoom, keep_sign_in
from moralbank.core.problems import Refusal
from moralbank.core.qr import qr_markup
from moralbank.core.quantities import points_text
from moralbank.core.wording import moment_text
from moralbank.market import counter, receipts, redemptions
from moralbank.market.collecting import collect
from moralbank.market.receipts import RedemptionView
from moralbank.market.reservations import open_of, sweep
from moralbank.market.schemas import CollectionIn, RedemptionIn, wanted_of
from moralbank.organizations.operations import get as get_organization
from moralbank.people import sign_in
from moralbank.people.presenting import identify
from moralbank.people.schemas import CodeIn
from moralbank.people.tokens import authenticate
from moralbank.rulebook.operations import in_force

room = PageRoom("market", __name__, signs_in="terminal")
QUANTITY = "quantity-"
"""What a field for a number of goods is called, before the goods' id."""
PRICE = "price-"
"""What the hidden field of a price is called, before the goods\' id."""


class EnrolIn(Schema):
    """A terminal's token."""

    token = Secret(most=200, required=True)


class SignedVoidIn(Schema):
    """A supervisor's sign-in for taking one redemption back, and why."""

    username = Text(most=60, required=True)
    password = Secret(most=200, required=True)
    reason = Text(most=200, required=True)


def show(actor: Actor, template: str, status: int = 200, **context: Any) -> Any:
    """Return one of the counter's pages."""
    shop = None
    if actor.kind == "terminal" and actor.organization_id is not None:
        shop = get_organization(actor, actor.organization_id)
    return make_response(
        render_template(f"market/{template}", supermarket=shop, today=_today(), **context), status
    )


def _today() -> str:
    return written(clock.today(), _("M月d日 EEEE"))


@room.page("/terminal/enrol", action="tokens.issue")
def enrol(actor: Actor) -> Any:
    """Ask for the token that makes this device a counter."""
    return show(actor, "terminal_enrol.html")


@room.page("/terminal/enrol", action="tokens.issue", method="POST")
def keep_terminal(actor: Actor) -> Any:
    """Remember the token, when it is a terminal's."""
    form = Form(EnrolIn())
    if form.values is not None:
        # A gun types the whole address of the office's code; the token is behind the #.
        token = form.values["token"].strip().rpartition("#")[2]
        device = authenticate(token, actor.address)
        if device is not None and device.kind == "terminal":
            keep_sign_in(token, "terminal")
            return redirect(url_for("market_pages.terminal"))
        form.refused(Refusal(401, "bad_credentials", _("令牌不对，或已停用。")))
    return show(
        actor, "terminal_enrol.html", form.status,
        form=form.typed, errors=form.errors, problem=form.problem,
    )  # fmt: skip


@room.page("/terminal", action="redemptions.make")
def terminal(actor: Actor) -> Any:
    """Wait for a card."""
    return show(actor, "terminal.html", step="scan")


@room.page("/terminal/card", action="redemptions.make", method="POST")
def terminal_card(actor: Actor) -> Any:
    """Take a card's code and show what its holder may have."""
    return _choose(actor, Form(CodeIn()))


@room.page("/terminal/redemptions", action="redemptions.make", method="POST")
def terminal_redeem(actor: Actor) -> Any:
    """Redeem what was chosen, once per form shown; a refusal shows the goods again."""
    form = Form(RedemptionIn(), more={"lines": chosen_lines()})
    key = request.form.get("idempotency_key") or None

    def redeem(*, lines: list[dict[str, Any]], **asked: Any) -> str:
        wanted, shown = wanted_of(lines)
        return redemptions.redeem(actor, key=key, lines=wanted, shown=shown, **asked).id

    made = form.submit(actor, redeem)
    if made is not None:
        return redirect(url_for("market_pages.terminal_done", redemption_id=made))
    name_wrong_quantities(form)
    return _choose(actor, form)


@room.page("/terminal/reservations/<reservation_id>", action="redemptions.make", method="POST")
def terminal_collect(actor: Actor, reservation_id: str) -> Any:
    """Hand over what was set aside, once per form shown; a refusal shows the goods again."""
    form = Form(CollectionIn())
    key = request.form.get("idempotency_key") or None

    def work(**asked: Any) -> str:
        return collect(actor, reservation_id, key=key, **asked).id

    made = form.submit(actor, work)
    if made is not None:
        return redirect(url_for("market_pages.terminal_done", redemption_id=made))
    return _choose(actor, form, collecting=reservation_id)


@room.page("/terminal/done/<redemption_id>", action="redemptions.make")
def terminal_done(actor: Actor, redemption_id: str) -> Any:
    """Say that it is done, with the receipt; of what was taken back the receipt alone says so."""
    made = receipts.get(actor, redemption_id)
    if made.status == "voided":
        return redirect(url_for("market_pages.terminal_receipt", redemption_id=redemption_id))
    return show(actor, "terminal.html", step="done", receipt=_receipt(made))


@room.page("/terminal/receipts/<redemption_id>", action="redemptions.make")
def terminal_receipt(actor: Actor, redemption_id: str) -> Any:
    """Show a receipt again; `walked`: the volunteer walked away from it before the answer came."""
    receipt = _receipt(receipts.get(actor, redemption_id))
    return show(
        actor, "receipt.html",
        receipt=receipt, redemption_id=redemption_id, walked="walked" in request.args,
    )  # fmt: skip


@room.page("/terminal/receipts/<redemption_id>/void", action="redemptions.make", method="POST")
def terminal_void(actor: Actor, redemption_id: str) -> Any:
    """Take a redemption back when a supervisor signs for it here: never the terminal alone."""
    receipts.get(actor, redemption_id)  # of this supermarket, or it is not there
    form = Form(SignedVoidIn())

    def work(*, username: str, password: str, reason: str) -> str:
        supervisor = sign_in.vouch(actor, username=username, password=password)
        return redemptions.void(supervisor, redemption_id, reason=reason).id

    if form.submit(actor, work) is not None:
        return redirect(url_for("market_pages.terminal_receipt", redemption_id=redemption_id))
    form.typed.pop("password", None)
    return show(
        actor, "receipt.html", form.status,
        receipt=_receipt(receipts.get(actor, redemption_id)), redemption_id=redemption_id,
        form=form.typed, errors=form.errors, problem=form.problem,
    )  # fmt: skip


@room.page("/receipts/<token>", action="receipts.show")
def receipt_shown(actor: Actor, token: str) -> Any:
    """Show whoever has the paper what its code stands for, and whether it still stands."""
    return make_response(
        render_template("market/receipt_shown.html", receipt=_receipt(receipts.shown(actor, token)))
    )


@room.page("/terminal/today", action="redemptions.make")
def terminal_today(actor: Actor) -> Any:
    """List what this supermarket gave out today, with the terminal's own totals and the shop's."""
    made = receipts.of_day(actor, clock.today())
    own = [one for one in made if one.terminal_id == actor.id]
    return show(
        actor, "terminal_today.html",
        receipts=[
            {"id": one.id, "own": one.terminal_id == actor.id, **_receipt(one)} for one in made
        ],
        own=_totals(own),
        shop=_totals(made) if len(own) < len(made) else None,
    )  # fmt: skip


def _totals(made: Sequence[RedemptionView]) -> dict[str, Any]:
    kept = [one.points for one in made if one.status == "completed"]
    return {"count": len(kept), "points": points_text(sum(kept))}


def _choose(actor: Actor, form: Form, *, collecting: str | None = None) -> Any:
    """Show the goods to the holder of the form's card, or ask for the card again.

    `collecting` is the reservation whose form it was, None for the form of goods.
    """
    sweep()
    try:
        holder = identify(actor, code=form.typed.get("code", ""), with_photo=True)
    except Refusal as refusal:
        if not form.errors.get("code"):
            form.refused(refusal)
        return show(
            actor, "terminal.html", form.status, step="scan",
            form=form.typed, errors=form.errors, problem=form.problem,
        )  # fmt: skip
    limit = in_force(clock.today()).pin_required_above
    wrong_pin = _wrong_pin(form)
    offered = counter.shelf(actor, holder.volunteer_id)
    assert actor.organization_id is not None
    kept = open_of(holder.volunteer_id, actor.organization_id)
    answer = show(
        actor,
        "terminal.html",
        form.status,
        step="goods",
        customer={
            "display_name": holder.display_name,
            "photo": holder.photo and _inline(holder.photo),
            "delegate": holder.delegate,
            "available": points_text(holder.available),
        },
        code=form.typed["code"],
        goods=[
            {"id": one.id, "barcode": one.barcode, "name": one.name, "unit": one.unit,
             "price": points_text(one.price), "stock": one.stock, "most": one.most,
             "picture": one.picture}
            for one in offered
        ],
        kept=[
            {
                "id": one.id,
                "lines": [line.words for line in one.lines],
                "points": points_text(one.points),
                "until": moment_text(one.good_until),
                "pin": not holder.by_phone and one.points > limit,
                "errors": wrong_pin if one.id == collecting else {},
            }
            for one in kept
        ],
        pin=_pin_words(
            limit, by_phone=holder.by_phone, refused=bool(wrong_pin) and collecting is None
        ),
        pin_above=points_text(limit),
        form=form.typed,
        errors=form.errors if collecting else {**form.errors, **wrong_pin},
        problem=form.problem,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"  # no browser keeps a photo
    return answer


def _inline(jpeg: bytes) -> str:
    """Return a picture's address that holds the picture: it is nowhere to be asked for again."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _wrong_pin(form: Form) -> dict[str, list[str]]:
    """Return what is wrong with the PIN, to be said beside it."""
    if form.problem is None or form.problem["code"] not in ("pin_required", "pin_wrong"):
        return {}
    return {"pin": [form.problem["detail"]]}


def _pin_words(limit: int, *, by_phone: bool, refused: bool) -> str:
    """Say whether the PIN is asked for: never of a phone's code, whose owner signed in by it."""
    if by_phone:
        return "none"
    return "needed" if limit == 0 or refused else "above"


def chosen_lines() -> list[dict[str, Any]]:
    """Return the lines of the form, with the prices that it had; what is no number is left for the
    schema to refuse."""
    lines: list[dict[str, Any]] = []
    for name, typed in request.form.items():
        text = narrow(typed)
        if name.startswith(QUANTITY) and text not in ("", "0"):
            quantity = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text
            number = name.removeprefix(QUANTITY)
            line = {"goods_id": number, "quantity": quantity}
            if price := request.form.get(PRICE + number):
                line["price"] = price
            lines.append(line)
    return lines


def name_wrong_quantities(form: Form) -> None:
    """Put what is wrong with a line beside the field that it came from."""
    wrong = form.errors.pop("lines", None)
    if isinstance(wrong, dict):
        lines = chosen_lines()
        for place, messages in wrong.items():
            name = QUANTITY + lines[int(place)]["goods_id"]
            form.errors[name] = messages.get("quantity", [])
    elif wrong:
        form.problem = Refusal(422, "validation_failed", _("请先选物品。")).to_problem()


def _receipt(made: RedemptionView) -> dict[str, Any]:
    """Return a receipt in the words of its template."""
    return {
        "receipt_no": made.receipt_no,
        "supermarket": made.supermarket,
        "at": f"{clock.local(made.occurred_at):%Y-%m-%d %H:%M}",
        "display_name": made.display_name,
        "delegate": made.delegate,
        "lines": [
            {"name": line.name, "quantity": line.quantity, "unit": line.unit,
             "points": points_text(line.points)}
            for line in made.lines
        ],
        "points": points_text(made.points),
        "balance_after": points_text(made.balance_after),
        "voided": made.status == "voided",
        "qr": qr_markup(
            url_for("market_pages.receipt_shown", token=receipts.token_of(made.id), _external=True)
        ),
    }  # fmt: skip
