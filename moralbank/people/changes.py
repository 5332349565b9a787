"""What becomes of an account: it moves, is frozen, and ends – its holder leaves, dies, or had two.

An end is asked for by one person and decided by another; meanwhile the account is frozen, so that
nobody buys with the card of somebody who died. The book keeps every line: what is left moves by
transfers of its own, and the account stays, closed, under its number.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import Select, func, select, update

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import Refusal, conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.organizations.models import Organization
from moralbank.people.history import note
from moralbank.people.identities import about
from moralbank.people.models import AccountChange, Card, Volunteer
from moralbank.people.tokens import end_tokens
from moralbank.people.volunteers import (
    find_volunteer,
    gift_wallet_of,
    gifts_of,
    hold_volunteers,
    reached,
    wallet_of,
)
from moralbank.rulebook.operations import in_force

End = Literal["left", "died", "merged"]
ENDS: tuple[End, ...] = ("left", "died", "merged")


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What became of an account, or is asked for. `other_id` is the account that inherited, or
    into which this one went; of a move, the community where it was before. `points` (hundredths)
    are those that moved or lapsed."""

    id: str
    volunteer_id: str
    kind: str
    status: str
    happened_on: date
    reason: str | None
    other_id: str | None
    relation: str | None
    points: int | None
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


def _view(row: AccountChange) -> ChangeView:
    return ChangeView(
        row.id, row.volunteer_id, row.kind, row.status, row.happened_on, row.reason, row.other_id,
        row.relation, row.points, row.asked_by, row.asked_at, row.decided_by, row.decided_at,
    )  # fmt: skip


def wrong_state() -> Refusal:
    """409: the account, or what was asked of it, is not where this can be done."""
    return conflict("wrong_state", _("这个账户现在的状态不能这样办。"))


def _held(actor: Actor, volunteer_id: str, *others: str) -> Volunteer:
    """Hold the row of a volunteer within reach, and of others, who may be anywhere. Refuses 404,
    403 for one's own account."""
    find_volunteer(actor, volunteer_id)
    if actor.volunteer_id in (volunteer_id, *others):
        raise forbidden(_("自己的账户要由同事办理。"))
    hold_volunteers([volunteer_id, *others])
    return session().get_one(Volunteer, volunteer_id, populate_existing=True)


@operation("accounts.freeze")
def freeze(actor: Actor, volunteer_id: str, *, reason: str) -> ChangeView:
    """Freeze an account: its cards buy nothing and it claims no errand until it is thawed; what it
    has stays. Refuses 404, 403 for one's own, 409 `wrong_state` unless it is active."""
    row = _held(actor, volunteer_id)
    if row.status != "active":
        raise wrong_state()
    _set_status(row, "frozen")
    return _view(note(actor, row.id, "frozen", happened_on=clock.today(), reason=reason))


@operation("accounts.thaw")
def thaw(actor: Actor, volunteer_id: str, *, reason: str) -> ChangeView:
    """Let a frozen account be used again. Refuses 404, 403 for one's own, 409 `wrong_state` unless
    it is frozen, or while its end is asked for."""
    row = _held(actor, volunteer_id)
    if row.status != "frozen" or _asked(row.id) is not None:
        raise wrong_state()
    _set_status(row, "active")
    return _view(note(actor, row.id, "thawed", happened_on=clock.today(), reason=reason))


def _set_status(row: Volunteer, status: str) -> None:
    row.status = status
    if status != "active":
        end_tokens("volunteer", row.id)
    session().flush()


def _asked(volunteer_id: str) -> AccountChange | None:
    return session().scalar(
        select(AccountChange).where(
            AccountChange.volunteer_id == volunteer_id, AccountChange.status == "asked"
        )
    )


@operation("accounts.end")
def ask_end(
    actor: Actor, volunteer_id: str, *, kind: End, reason: str, happened_on: date | None = None,
    other_id: str | None = None, relation: str | None = None,
) -> ChangeView:  # fmt: skip
    """Ask for the end of an account, which is frozen from now on: its holder `left`, `died`, or has
    another one with which it is `merged` (`other_id`). Of who died, `other_id` is who inherits and
    `relation` what they were to each other, as the rulebook has it. An account that was closed so
    may be asked for again, where something came in after that.

    Refuses 404; 403 for one's own account; 409 `wrong_state` when something is asked already, or
    the account is closed for another reason; 422 for a day to come, another account that is not
    active, an heir that the rulebook does not name, or too late.
    """
    day = happened_on or clock.today()
    row = _held(actor, volunteer_id, *([other_id] if other_id else []))
    if row.status == "closed" and _ended_as(row.id) != kind:
        raise wrong_state()
    if _asked(row.id) is not None:
        raise conflict("wrong_state", _("这个账户已经有一件事等另一位主管核实。"))
    if day > clock.today():
        raise invalid_field("happened_on", _("日期不能晚于今天。"))
    _check_other(row, kind, other_id)
    _check_heir(kind, other_id, relation, day)
    before = row.status
    if row.status == "active":
        _set_status(row, "frozen")
    return _view(
        note(
            actor, row.id, kind, status="asked", happened_on=day, reason=reason, other_id=other_id,
            relation=relation, before=before,
        )
    )  # fmt: skip


def _ended_as(volunteer_id: str) -> str | None:
    """Return how a closed account ended."""
    return session().scalar(
        select(AccountChange.kind)
        .where(
            AccountChange.volunteer_id == volunteer_id,
            AccountChange.status == "done",
            AccountChange.kind.in_(ENDS),
        )
        .order_by(AccountChange.id.desc())
        .limit(1)
    )


def _check_other(row: Volunteer, kind: End, other_id: str | None) -> None:
    if other_id is None:
        if kind == "merged":
            raise invalid_field("other_id", _("请写明并到哪个账户。"))
        return
    other = session().get(Volunteer, other_id, populate_existing=True)
    if kind == "left" or other is None or other.id == row.id or other.status != "active":
        raise invalid_field("other_id", _("没有这个账户，或者它已冻结、销户。"))


def _check_heir(kind: End, other_id: str | None, relation: str | None, day: date) -> None:
    rule = in_force(clock.today()).leaving
    if kind != "died" or other_id is None:
        if relation is not None:
            raise invalid_field("relation", _("只有过世并且有人继承时才填。"))
        return
    if relation not in rule.heirs:
        who = _("、").join(rule.heirs) or _("没有人")
        raise invalid_field("relation", _("按规则书，可以继承的是：%(who)s。", who=who))
    if rule.days is not None and (clock.today() - day).days > rule.days:
        raise invalid_field("happened_on", _("按规则书，要在过世后 %(n)d 天内来办。", n=rule.days))


@operation("accounts.decide")
def decide(actor: Actor, change_id: str, *, agreed: bool) -> ChangeView:
    """Decide, as the second person, what was asked: agreed, the account is closed, its cards are
    revoked and what is left goes where it goes; otherwise all is as before.

    Refuses 404, 409 `wrong_state` when it is decided, 403 for whoever asked, for one's own account
    and for who would get something; 409 `points_held` while points are kept back, for goods set
    aside for instance; 422 when the other account was closed or frozen meanwhile.
    """
    found = session().get(AccountChange, change_id)
    if found is None:
        raise not_found()
    row = _held(actor, found.volunteer_id, *([found.other_id] if found.other_id else []))
    change = session().get_one(AccountChange, change_id, populate_existing=True)
    if change.status != "asked":
        raise wrong_state()
    if change.asked_by == actor.caller:
        raise forbidden(_("要由另一位主管核实。"))
    kind: End = change.kind  # type: ignore[assignment]
    if agreed:
        _check_other(row, kind, change.other_id)
        change.points = _settle(row, change)
        _set_status(row, "closed")
        session().execute(
            update(Card)
            .where(Card.volunteer_id == row.id, Card.status != "revoked")
            .values(status="revoked", revoked_at=clock.now())
        )
    else:
        _set_status(row, change.before or "active")
    change.status = "done" if agreed else "refused"
    change.decided_by, change.decided_at = actor.caller, clock.now()
    session().flush()
    audit.record(
        actor, "accounts.decide", subject_type="volunteer", subject_id=row.id,
        change=change.id, agreed=agreed, kind=kind, **about(row.id),
    )  # fmt: skip
    return _view(change)


def _settle(row: Volunteer, change: AccountChange) -> int:
    """Move what is left to where it goes, and return how many points (hundredths) moved."""
    own = ledger.hold_wallets([wallet_of(row.id), gifts_of(row.id)])
    if any(one.held for one in own.values()):
        raise conflict("points_held", _("还有积分被预留或冻结，请先办完再来。"))
    postings = [
        posting
        for holder, there in own.items()
        if there.balance
        for posting in [_goes(row, change, holder, there.balance)]
        if posting is not None
    ]
    moved = sum(one.amount for one in postings)
    if change.kind == "merged" and change.other_id is not None:
        postings += _what_is_no_money(row, change, change.other_id)
    if postings:
        ledger.post(postings)
    return moved


def _goes(row: Volunteer, change: AccountChange, holder: str, points: int) -> ledger.Posting | None:
    """Return where the points of one wallet go; None where they stay."""
    savings = holder == wallet_of(row.id)
    to, kind = None, "expiry"
    if change.kind == "merged" and change.other_id is not None:
        to, kind = (wallet_of if savings else gift_wallet_of)(change.other_id), "merge"
    elif change.kind == "died" and change.other_id is not None and savings:
        to, kind = wallet_of(change.other_id), "inheritance"
    elif in_force(clock.today()).leaving.points == "lapse":
        to = ledger.EXPIRY
    if to is None:
        return None
    return _posting(change, kind, "points", holder, to, points)


def _what_is_no_money(row: Volunteer, change: AccountChange, other_id: str) -> list[ledger.Posting]:
    """Return what takes merit and minutes along; merit below zero comes back the other way."""
    there = ledger.balances(wallet_of(row.id))
    found = []
    for asset in ("merit", "minutes"):
        amount = there[asset].balance if asset in there else 0
        sides = wallet_of(row.id), wallet_of(other_id)
        payer, payee = sides if amount > 0 else sides[::-1]
        if amount:
            found.append(_posting(change, "merge", asset, payer, payee, abs(amount)))
    return found


_WHY = {
    "expiry": recorded("账户已结清"),
    "merge": recorded("并户"),
    "inheritance": recorded("继承"),
}


def _posting(
    change: AccountChange, kind: str, asset: str, payer: str, payee: str, amount: int
) -> ledger.Posting:
    return ledger.Posting(
        key=f"account:{change.id}:{asset}:{payer}",
        kind=kind,  # type: ignore[arg-type]
        asset=asset,  # type: ignore[arg-type]
        payer=payer,
        payee=payee,
        amount=amount,
        effective_at=clock.now(),
        reason=_WHY[kind],
        source_type="account_change",
        source_id=change.id,
    )


@query("accounts.decide")
def count_asked(actor: Actor) -> int:
    """Return how many ends of accounts within reach wait for this second person."""
    others = _within_reach(actor).where(
        AccountChange.status == "asked", AccountChange.asked_by != actor.caller
    )
    return session().scalar(others.with_only_columns(func.count())) or 0


def _within_reach(actor: Actor) -> Select[Any]:
    return (
        select(AccountChange)
        .join(Volunteer, Volunteer.id == AccountChange.volunteer_id)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(reached(actor.scope or "/"))
    )


@query("accounts.read")
def list_changes(
    actor: Actor, *, volunteer_id: str | None = None, status: str | None = None,
    cursor: str | None = None, limit: int,
) -> Page[ChangeView]:  # fmt: skip
    """List what became of accounts within reach, newest first; what waits for a second person is
    `asked`. Refuses 404 for a volunteer out of reach."""
    statement = _within_reach(actor)
    if volunteer_id is not None:
        find_volunteer(actor, volunteer_id)
        statement = statement.where(AccountChange.volunteer_id == volunteer_id)
    if status is not None:
        statement = statement.where(AccountChange.status == status)
    return paged(
        "account-changes", statement, by=[AccountChange.id], cursor=cursor, limit=limit,
        newest_first=True, make=lambda row: _view(row[0]),
    )  # fmt: skip
