"""The staff's pages of what becomes of an account: it is frozen, ends, is corrected, takes over a
paper book; and of what waits for a second person."""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.api import Nothing
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.quantities import points_text
from moralbank.core.wording import day_text
from moralbank.desk.pages.forms import typed
from moralbank.desk.pages.picking import NotOne, pick
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.organizations.operations import names
from moralbank.people import adjustments, changes
from moralbank.people import volunteers as people
from moralbank.people.identities import public_names
from moralbank.people.schemas import AccountDecisionIn, AccountEndIn, AdjustmentIn, FreezingIn
from moralbank.rulebook.operations import in_force

LATEST = 50


def kind_words() -> dict[str, str]:
    """Return what may become of an account, in words."""
    return {
        "moved": _("迁到别的社区"),
        "frozen": _("冻结"),
        "thawed": _("解冻"),
        "left": _("不再参加，销户"),
        "died": _("过世，销户"),
        "merged": _("并户"),
    }


def _asset_words() -> dict[str, str]:
    return {"points": _("积分"), "merit": _("道德分"), "minutes": _("服务分钟")}


def _heirs() -> list[tuple[str, str]]:
    """Return who may inherit, by the rulebook in force."""
    return [(one, one) for one in in_force(clock.today()).leaving.heirs]


def _change(one: changes.ChangeView, called: dict[str, str]) -> dict[str, Any]:
    other = called.get(one.other_id or "", "")
    about = {
        "moved": _("原来在%(place)s", place=other) if other else "",
        "merged": _("并到 %(who)s", who=other),
        "died": _("由 %(who)s（%(relation)s）继承", who=other, relation=one.relation or "")
        if other
        else _("没有人继承"),
    }.get(one.kind, "")
    words = {"asked": _("等另一位主管核实"), "refused": _("没有同意"), "done": ""}
    return {
        "id": one.id,
        "what": kind_words()[one.kind],
        "about": about,
        "reason": one.reason or "",
        "on": one.happened_on.isoformat(),
        "status": words[one.status],
        "waits": one.status == "asked",
        "points": points_text(one.points) if one.points else "",
        "volunteer": called.get(one.volunteer_id, ""),
        "volunteer_id": one.volunteer_id,
    }


def _called(found: list[changes.ChangeView]) -> dict[str, str]:
    """Return the names of the people and places that some changes are about."""
    wanted = {one.volunteer_id for one in found} | {one.other_id for one in found if one.other_id}
    persons = public_names(wanted)
    called = {
        number: _("%(name)s（账号 %(no)s）", name=one.name, no=one.account_no)
        for number, one in persons.items()
    }
    return names(wanted - called.keys()) | called


def _correction(one: adjustments.AdjustmentView) -> dict[str, Any]:
    amount = str(one.amount) if one.asset == "minutes" else points_text(one.amount)
    return {
        "id": one.id,
        "what": _("旧存折转入") if one.opening else _("更正"),
        "asset": _asset_words()[one.asset],
        "amount": f"+{amount}" if one.amount > 0 else amount,
        "reason": one.reason,
        "on": day_text(one.asked_at),
        "volunteer_id": one.volunteer_id,
    }


@room.page("/staff/volunteers/<volunteer_id>/account", action="accounts.read")
def account(actor: Actor, volunteer_id: str) -> Response:
    """Show what became of an account, and what may."""
    return _account(actor, volunteer_id)


def _account(
    actor: Actor, volunteer_id: str, form: Form | None = None, action: str | None = None
) -> Response:
    person = people.get(actor, volunteer_id)
    found = changes.list_changes(actor, volunteer_id=person.id, limit=LATEST).items
    called = _called(found)
    may = {
        name
        for name in ("accounts.freeze", "accounts.thaw", "accounts.end", "adjustments.post")
        if actor.role in MAY[name]
    }
    return show(
        "account.html",
        form.status if form else 200,
        volunteer={
            "id": person.id,
            "name": person.name,
            "account_no": person.account_no,
            "status": person.status,
            "opened_on": day_text(person.opened_at),
        },
        changes=[_change(one, called) for one in found],
        waits=any(one.status == "asked" for one in found),
        kinds=[(kind, kind_words()[kind]) for kind in changes.ENDS],
        heirs=_heirs(),
        assets=list(_asset_words().items()),
        today=clock.today().isoformat(),
        may=may if actor.volunteer_id != person.id else set(),
        action=action,
        **said(form),
    )


@room.page("/staff/volunteers/<volunteer_id>/freezing", action="accounts.freeze", method="POST")
def account_freeze(actor: Actor, volunteer_id: str) -> Any:
    """Freeze an account."""
    done = _("账户已冻结，卡马上不能用。")
    return _decided(actor, volunteer_id, "freeze", changes.freeze, done)


@room.page("/staff/volunteers/<volunteer_id>/thawing", action="accounts.thaw", method="POST")
def account_thaw(actor: Actor, volunteer_id: str) -> Any:
    """Let a frozen account be used again."""
    return _decided(actor, volunteer_id, "thaw", changes.thaw, _("账户可以用了。"))


def _decided(
    actor: Actor, volunteer_id: str, action: str, do: Callable[..., changes.ChangeView], done: str
) -> Any:
    form = Form(FreezingIn())

    def work(**values: Any) -> str:
        return do(actor, volunteer_id, **values).id

    if form.submit(actor, work) is None:
        return _account(actor, volunteer_id, form, action)
    return go(done, "account", volunteer_id=volunteer_id)


@room.page("/staff/volunteers/<volunteer_id>/ends", action="accounts.end", method="POST")
def account_end(actor: Actor, volunteer_id: str) -> Any:
    """Ask for the end of an account."""
    more, problem = {}, None
    if typed("other"):
        try:
            more["other_id"] = pick(actor, typed("other"))
        except NotOne as nobody:
            problem = str(nobody)
    form = Form(AccountEndIn(), more=more)
    if problem:
        form.fault("other", problem)
    if form.values is not None:
        form.values = {name: value for name, value in form.values.items() if value is not None}

    def work(**values: Any) -> str:
        return changes.ask_end(actor, volunteer_id, **values).id

    if form.submit(actor, work) is None:
        for name in ("other_id", *(() if _heirs() else ("relation",))):
            if name in form.errors:  # which is not on the page
                form.errors["other"] = form.errors.pop(name)
        return _account(actor, volunteer_id, form, "end")
    return go(_("已登记，账户先冻结，等另一位主管核实。"), "account", volunteer_id=volunteer_id)


@room.page("/staff/volunteers/<volunteer_id>/adjustments", action="adjustments.post", method="POST")
def account_adjust(actor: Actor, volunteer_id: str) -> Any:
    """Correct a wallet, or take over what a paper book has."""
    form = Form(
        AdjustmentIn(), more={"volunteer_id": volunteer_id, "opening": bool(typed("opening"))}
    )

    def work(**values: Any) -> str:
        return adjustments.adjust(actor, **values).status

    made = form.submit(actor, work)
    if made is None:
        return _account(actor, volunteer_id, form, "adjust")
    words = _("已入账。") if made == "posted" else _("已登记，等另一位主管核实后入账。")
    return go(words, "account", volunteer_id=volunteer_id)


@room.page("/staff/second-person", action="accounts.decide")
def second_person(actor: Actor) -> Response:
    """List what waits for a second person: ends of accounts, corrections, opening balances."""
    return _second(actor)


def _second(actor: Actor, form: Form | None = None) -> Response:
    cursor = request.args.get("cursor")
    page = changes.list_changes(actor, status="asked", cursor=cursor, limit=PAGE_SIZE)
    called = _called(page.items)
    waiting = adjustments.list_adjustments(actor, status="pending", limit=LATEST).items
    holders = public_names({one.volunteer_id for one in waiting})
    return show(
        "second_person.html",
        form.status if form else 200,
        changes=[_change(one, called) for one in page.items],
        corrections=[
            _correction(one) | {"volunteer": holders[one.volunteer_id].name} for one in waiting
        ],
        **said(form),
        **pages_of("second_person", page.next, cursor),
    )


@room.page("/staff/account-changes/<change_id>", action="accounts.decide", method="POST")
def change_decide(actor: Actor, change_id: str) -> Any:
    """Decide what was asked for an account, as the second person."""
    form = Form(AccountDecisionIn())

    def work(**values: Any) -> str:
        return changes.decide(actor, change_id, **values).status

    made = form.submit(actor, work)
    if made is None:
        return _second(actor, form)
    return go(_("已办好。") if made == "done" else _("没有同意，账户照旧。"), "second_person")


@room.page("/staff/adjustments/<adjustment_id>", action="adjustments.post", method="POST")
def adjustment_approve(actor: Actor, adjustment_id: str) -> Any:
    """Post a correction as its second person."""
    form = Form(Nothing())

    def work() -> str:
        return adjustments.approve(actor, adjustment_id).id

    if form.submit(actor, work) is None:
        return _second(actor, form)
    return go(_("已入账。"), "second_person")
