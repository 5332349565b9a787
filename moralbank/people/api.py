"""People over HTTP."""

from typing import Any

from flask import Response
from flask_babel import gettext as _

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery, Reply
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.core.problems import not_found
from moralbank.core.qr import qr_png, qr_svg
from moralbank.ledger.schemas import EntryOut, EntryQuery, TransferOut, TransferQuery
from moralbank.people import (
    adjustments,
    cards,
    changes,
    own_account,
    searching,
    sign_in,
    staff,
    tokens,
    trail,
    transfers,
    volunteers,
)
from moralbank.people.phone_codes import PhoneCode
from moralbank.people.presenting import identify
from moralbank.people.schemas import (
    AccountChangeOut,
    AccountChangeQuery,
    AccountDecisionIn,
    AccountEndIn,
    AdjustmentIn,
    AdjustmentOut,
    AdjustmentQuery,
    CardOut,
    CodeIn,
    FreezingIn,
    HolderOut,
    NewPasswordOut,
    PasswordChangeIn,
    PhoneCodeOut,
    PinIn,
    SignInOut,
    StaffIn,
    StaffMemberOut,
    StaffOut,
    StaffPatch,
    StaffQuery,
    TokenIn,
    TokenOut,
    TrailLineOut,
    TrailQuery,
    VolunteerIn,
    VolunteerOut,
    VolunteerPatch,
    VolunteerQuery,
)
from moralbank.rulebook.operations import in_force

room = ApiRoom("people", __name__, description="Volunteers, cards, staff and sign-in")


@room.endpoint(
    "POST", "/tokens", action="tokens.issue", body=TokenIn, answer=TokenOut, status=201,
    refusals={401: ["bad_credentials"], 429: ["too_many_requests"]},
)  # fmt: skip
def create_token(actor: Actor, *, body: dict[str, Any]) -> tokens.Token:
    """Sign in."""
    if "username" in body:
        return sign_in.sign_in_staff(actor, **body)
    return sign_in.sign_in_volunteer(actor, **body)


@room.endpoint("DELETE", "/tokens/current", action="tokens.end", status=204)
def end_token(actor: Actor) -> None:
    """Sign out."""
    tokens.sign_out(actor)


@room.endpoint(
    "POST", "/staff", action="staff.create", body=StaffIn, answer=StaffOut, status=201,
    refusals={409: ["username_taken"]},
)  # fmt: skip
def create_staff(actor: Actor, *, body: dict[str, Any]) -> staff.StaffView:
    """Take on a member of staff."""
    return staff.create(actor, **body)


@room.endpoint(
    "GET", "/staff", action="staff.read", query=StaffQuery, answer=page_of(StaffMemberOut)
)
def list_staff(actor: Actor, *, query: dict[str, Any]) -> Page[staff.StaffView]:
    """List who works within reach."""
    return staff.list_staff(actor, **query)


@room.endpoint("GET", "/staff/<staff_id>", action="staff.read", answer=StaffMemberOut)
def get_staff(actor: Actor, *, staff_id: str) -> staff.StaffView:
    """Show a member of staff."""
    return staff.get(actor, staff_id)


@room.endpoint(
    "PATCH", "/staff/<staff_id>", action="staff.change", body=StaffPatch, answer=StaffMemberOut,
    refusals={409: ["last_admin"]},
)  # fmt: skip
def change_staff(actor: Actor, *, staff_id: str, body: dict[str, Any]) -> staff.StaffView:
    """Change a colleague's name, role, organization or own account."""
    return staff.change(actor, staff_id, **body)


@room.endpoint(
    "POST", "/staff/<staff_id>/password", action="staff.change", answer=NewPasswordOut, status=201
)
def set_staff_password(actor: Actor, *, staff_id: str) -> staff.WithPassword:
    """Give a colleague a new password, which they must change."""
    return staff.set_password(actor, staff_id)


@room.endpoint(
    "POST", "/staff/<staff_id>/stopping", action="staff.change", answer=StaffMemberOut,
    refusals={409: ["last_admin"]},
)  # fmt: skip
def stop_staff(actor: Actor, *, staff_id: str) -> staff.StaffView:
    """Stop a colleague: their sign-ins end at once."""
    return staff.stop(actor, staff_id)


@room.endpoint("POST", "/staff/<staff_id>/return", action="staff.change", answer=StaffMemberOut)
def take_staff_back(actor: Actor, *, staff_id: str) -> staff.StaffView:
    """Let a colleague who was stopped sign in again."""
    return staff.take_back(actor, staff_id)


@room.endpoint(
    "PUT", "/staff/current/password", action="account.own", body=PasswordChangeIn, status=204,
    refusals={429: ["too_many_requests"]},
)  # fmt: skip
def change_own_password(actor: Actor, *, body: dict[str, Any]) -> None:
    """Change one's own password; every other sign-in of one's own ends."""
    own_account.change_password(actor, **body)


@room.endpoint("GET", "/tokens", action="tokens.own", query=PageQuery, answer=page_of(SignInOut))
def list_sign_ins(actor: Actor, *, query: dict[str, Any]) -> Page[own_account.SignIn]:
    """List where one is signed in oneself."""
    return own_account.sign_ins(actor, **query)


@room.endpoint("DELETE", "/tokens/<sign_in_id>", action="tokens.own", status=204)
def end_sign_in(actor: Actor, *, sign_in_id: str) -> None:
    """End one of one's own sign-ins."""
    own_account.end_sign_in(actor, sign_in_id)


@room.endpoint(
    "GET", "/audit-entries", action="audit.read", query=TrailQuery, answer=page_of(TrailLineOut)
)
def list_audit_entries(actor: Actor, *, query: dict[str, Any]) -> Page[trail.TrailLine]:
    """Read the audit trail, newest first; that is a line of it, too."""
    wanted = {name: value for name, value in query.items() if name not in PageQuery().fields}
    return trail.search(
        actor, trail.Wanted(**wanted), cursor=query.get("cursor"), limit=query["limit"]
    )


@room.endpoint(
    "POST", "/volunteers", action="volunteers.open", body=VolunteerIn, answer=VolunteerOut,
    status=201, refusals={409: ["phone_taken"]},
)  # fmt: skip
def open_account(actor: Actor, *, body: dict[str, Any]) -> volunteers.VolunteerView:
    """Open a savings account."""
    return volunteers.open_account(actor, **body)


@room.endpoint(
    "GET", "/volunteers", action="volunteers.read", query=VolunteerQuery,
    answer=page_of(VolunteerOut),
)  # fmt: skip
def list_volunteers(actor: Actor, *, query: dict[str, Any]) -> Page[volunteers.VolunteerView]:
    """List volunteers."""
    return searching.list_volunteers(actor, **query)


@room.endpoint(
    "GET", "/volunteers/<volunteer_id>", action="volunteers.read_one", answer=VolunteerOut
)
def get_volunteer(actor: Actor, *, volunteer_id: str) -> volunteers.VolunteerView:
    """Show a volunteer."""
    return volunteers.get(actor, volunteer_id)


@room.endpoint(
    "PATCH", "/volunteers/<volunteer_id>", action="volunteers.change", body=VolunteerPatch,
    answer=VolunteerOut, refusals={409: ["phone_taken"]},
)  # fmt: skip
def change_volunteer(
    actor: Actor, *, volunteer_id: str, body: dict[str, Any]
) -> volunteers.VolunteerView:
    """Change what is known of a volunteer."""
    return volunteers.change(actor, volunteer_id, **body)


@room.endpoint(
    "GET", "/volunteers/<volunteer_id>/entries", action="balances.read", query=EntryQuery,
    answer=page_of(EntryOut),
)  # fmt: skip
def list_entries(actor: Actor, *, volunteer_id: str, query: dict[str, Any]) -> Page[ledger.Entry]:
    """Show the statement of a wallet, newest first."""
    return volunteers.entries(actor, volunteer_id, **query)


@room.endpoint(
    "POST", "/volunteers/<volunteer_id>/cards", action="cards.issue", body=PinIn, answer=CardOut,
    status=201, refusals={409: ["wrong_state"]},
)  # fmt: skip
def issue_card(actor: Actor, *, volunteer_id: str, body: dict[str, Any]) -> cards.CardView:
    """Issue a card; an earlier one is revoked."""
    return cards.issue(actor, volunteer_id, **body)


@room.endpoint(
    "GET", "/cards/phone-code", action="cards.own", answer=PhoneCodeOut,
)  # fmt: skip
def phone_code(actor: Actor) -> PhoneCode:
    """Show the code that the volunteer's own phone is to show now: another every half minute, each
    good once. 404 without a card that is good."""
    code = cards.phone_code(actor)
    if code is None:
        raise not_found(_("现在没有可用的卡。"))
    return code


@room.endpoint("GET", "/cards/<card_id>/qr.svg", action="cards.read", media_type="image/svg+xml")
def card_svg(actor: Actor, *, card_id: str) -> Response:
    """Show a card's QR as SVG."""
    return Response(qr_svg(cards.get(actor, card_id).code), mimetype="image/svg+xml")


@room.endpoint("GET", "/cards/<card_id>/qr.png", action="cards.read", media_type="image/png")
def card_png(actor: Actor, *, card_id: str) -> Response:
    """Show a card's QR as PNG."""
    return Response(qr_png(cards.get(actor, card_id).code), mimetype="image/png")


@room.endpoint("POST", "/cards/<card_id>/revocation", action="cards.change", answer=CardOut)
def revoke_card(actor: Actor, *, card_id: str) -> cards.CardView:
    """Revoke a card."""
    return cards.revoke(actor, card_id)


@room.endpoint(
    "POST", "/cards/<card_id>/blocking", action="cards.block", answer=CardOut,
    refusals={409: ["card_revoked"]},
)  # fmt: skip
def block_card(actor: Actor, *, card_id: str) -> cards.CardView:
    """Block one's own card, which is lost."""
    return cards.block(actor, card_id)


@room.endpoint(
    "POST", "/cards/<card_id>/unlocking", action="cards.change", answer=CardOut,
    refusals={409: ["card_revoked"]},
)  # fmt: skip
def unlock_card(actor: Actor, *, card_id: str) -> cards.CardView:
    """Unlock a card that wrong PINs locked."""
    return cards.unlock(actor, card_id)


@room.endpoint(
    "PUT", "/cards/<card_id>/pin", action="cards.change", body=PinIn, answer=CardOut,
    refusals={409: ["card_revoked"]},
)  # fmt: skip
def set_card_pin(actor: Actor, *, card_id: str, body: dict[str, Any]) -> cards.CardView:
    """Give a card a new PIN."""
    return cards.set_pin(actor, card_id, **body)


@room.endpoint(
    "POST", "/cards/identification", action="cards.identify", body=CodeIn, answer=HolderOut,
    refusals={
        403: ["card_revoked", "card_locked", "code_used", "code_expired"], 404: ["card_unknown"],
    },
)  # fmt: skip
def identify_card(actor: Actor, *, body: dict[str, Any]) -> dict[str, Any]:
    """Say whose card a code is."""
    holder = identify(actor, **body)
    said = {
        "volunteer_id": holder.volunteer_id,
        "display_name": holder.display_name,
        "available": holder.available,
        "pin_required_above": in_force(clock.today()).pin_required_above,
    }
    return said if holder.delegate is None else said | {"delegate": holder.delegate}


@room.endpoint(
    "POST", "/volunteers/<volunteer_id>/freezing", action="accounts.freeze", body=FreezingIn,
    answer=AccountChangeOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def freeze_account(actor: Actor, *, volunteer_id: str, body: dict[str, Any]) -> changes.ChangeView:
    """Freeze an account."""
    return changes.freeze(actor, volunteer_id, **body)


@room.endpoint(
    "POST", "/volunteers/<volunteer_id>/thawing", action="accounts.thaw", body=FreezingIn,
    answer=AccountChangeOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def thaw_account(actor: Actor, *, volunteer_id: str, body: dict[str, Any]) -> changes.ChangeView:
    """Let a frozen account be used again."""
    return changes.thaw(actor, volunteer_id, **body)


@room.endpoint(
    "POST", "/volunteers/<volunteer_id>/ends", action="accounts.end", body=AccountEndIn,
    answer=AccountChangeOut, status=201, refusals={409: ["wrong_state"]},
)  # fmt: skip
def ask_account_end(actor: Actor, *, volunteer_id: str, body: dict[str, Any]) -> changes.ChangeView:
    """Ask for the end of an account; a second person decides, and meanwhile it is frozen."""
    return changes.ask_end(actor, volunteer_id, **body)


@room.endpoint(
    "GET", "/account-changes", action="accounts.read", query=AccountChangeQuery,
    answer=page_of(AccountChangeOut),
)  # fmt: skip
def list_account_changes(actor: Actor, *, query: dict[str, Any]) -> Page[changes.ChangeView]:
    """List what became of accounts, newest first."""
    return changes.list_changes(actor, **query)


@room.endpoint(
    "POST", "/account-changes/<change_id>/decision", action="accounts.decide",
    body=AccountDecisionIn, answer=AccountChangeOut,
    refusals={409: ["wrong_state", "points_held", "insufficient_points"]},
)  # fmt: skip
def decide_account_end(actor: Actor, *, change_id: str, body: dict[str, Any]) -> changes.ChangeView:
    """Decide, as the second person, what was asked for an account."""
    return changes.decide(actor, change_id, **body)


@room.endpoint(
    "POST", "/adjustments", action="adjustments.post", body=AdjustmentIn, answer=AdjustmentOut,
    status=201, also=202, keyed=True, refusals={409: ["insufficient_points"]},
)  # fmt: skip
def adjust(actor: Actor, *, body: dict[str, Any]) -> Reply:
    """Correct a wallet; a large correction waits for a second supervisor (202)."""
    done = adjustments.adjust(actor, **body)
    return Reply(done, 201 if done.status == "posted" else 202)


@room.endpoint(
    "GET", "/adjustments", action="adjustments.read", query=AdjustmentQuery,
    answer=page_of(AdjustmentOut),
)  # fmt: skip
def list_adjustments(actor: Actor, *, query: dict[str, Any]) -> Page[adjustments.AdjustmentView]:
    """List corrections, newest first; the pending ones wait for a second supervisor."""
    return adjustments.list_adjustments(actor, **query)


@room.endpoint(
    "POST", "/adjustments/<adjustment_id>/approval", action="adjustments.post",
    answer=AdjustmentOut, refusals={409: ["wrong_state", "insufficient_points"]},
)  # fmt: skip
def approve_adjustment(actor: Actor, *, adjustment_id: str) -> adjustments.AdjustmentView:
    """Approve a pending correction, as its second person."""
    return adjustments.approve(actor, adjustment_id)


@room.endpoint(
    "GET", "/ledger/transfers", action="ledger.read", query=TransferQuery,
    answer=page_of(TransferOut),
)  # fmt: skip
def list_transfers(actor: Actor, *, query: dict[str, Any]) -> Page[ledger.TransferLine]:
    """List the book's rows that the auditor's organization has part in."""
    return transfers.list_transfers(actor, **query)
