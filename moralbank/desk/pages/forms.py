"""Reading the desk's forms: what the schemas want as one value, people type in several fields."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.fields import narrow
from moralbank.core.pages import Form, local_moment
from moralbank.desk.pages.picking import NotOne, pick
from moralbank.events.requests import EventView
from moralbank.events.rules import MAX_PARTICIPANTS
from moralbank.events.schemas import CompletionIn, EventIn

ROWS = 3
"""How many participants there is room for at first."""
MORE_ROWS = 5
"""How many each press on "more" adds."""


def typed(name: str) -> str:
    """Return a field of the form that was sent, trimmed; "" when it is not there."""
    return request.form.get(name, "").strip()


def part(prefix: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of a nested part that were filled in, without their prefix."""
    return {name: typed(prefix + name) for name in names if typed(prefix + name)}


def relations() -> list[tuple[str, str]]:
    """Return who may ask for a resident who cannot; kept as the Chinese words themselves."""
    return [
        ("子女", _("子女")), ("配偶", _("配偶")), ("父母", _("父母")),
        ("兄弟姐妹", _("兄弟姐妹")), ("监护人", _("监护人")), ("邻居", _("邻居")),
        ("社区干部", _("社区干部")), ("其他", _("其他")),
    ]  # fmt: skip


def request_form() -> Form:
    """Read the form of a new request; a resident and a requester only where they are named."""
    more: dict[str, Any] = {}
    if resident := part("resident_", ("name", "phone", "household_no", "address")):
        more["resident"] = resident
    if requester := part("requester_", ("name", "phone", "relation")):
        more["requester"] = requester
    if typed("wish"):
        more["kind"] = "wish"
    if typed("repeats_until"):
        more["repeats"] = {"every": "week", "until": typed("repeats_until")}
    form = Form(EventIn(), more=more, moments={"needed_at": "needed", "deadline": "deadline"})
    if "repeats" in form.errors:
        form.errors["repeats_until"] = [_("应为日期，例如 2026-10-01。")]
        del form.errors["repeats"]
    for name in ("resident", "requester"):
        flatten(form, name)
    return form


def flatten(form: Form, part: str) -> None:
    """Take the errors of a nested part to the fields of the page."""
    nested = form.errors.pop(part, None)
    if isinstance(nested, Mapping):
        form.errors |= {f"{part}_{name}": messages for name, messages in nested.items()}
    elif nested:
        form.errors[f"{part}_name"] = nested


def row_count() -> int:
    """Return how many rows of participants the form that was sent has room for."""
    given = typed("rows")
    rows = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else ROWS
    return max(ROWS, min(rows, MAX_PARTICIPANTS))


def used_rows() -> list[int]:
    """Return the rows of participants that the form that was sent has something in."""
    return [
        row for row in range(row_count()) if typed(f"volunteer-{row}") or typed(f"minutes-{row}")
    ]


def completion_form(actor: Actor, event: EventView) -> Form:
    """Read the form of a completion: rows of a volunteer and minutes, a local date and time."""
    used = used_rows()
    people: list[dict[str, Any]] = []
    faults: dict[str, str] = {}
    for row in used:
        who, minutes = typed(f"volunteer-{row}"), typed(f"minutes-{row}")
        try:
            number = pick(actor, who, event=event)
        except NotOne as problem:
            faults[f"volunteer-{row}"] = str(problem)
            number = "?"
        why = {"reason": typed(f"reason-{row}")} if typed(f"reason-{row}") else {}
        people.append({"volunteer_id": number, **whole("minutes", minutes), **why})
    more: dict[str, Any] = {"participants": people}
    performed_at = local_moment(typed("performed_on"), typed("performed_time"))
    if performed_at is not None:
        more["performed_at"] = performed_at
    form = Form(CompletionIn(), more=more)
    place_errors(form, used)
    if performed_at is None:
        form.fault("performed_at", _("必须填写。"))
    if not people:
        form.errors.pop("participants", None)
        form.fault("volunteer-0", _("请填写是谁办的。"))
    for name, message in faults.items():
        form.fault(name, message)
    return form


def whole(name: str, text: str) -> dict[str, Any]:
    """Return a whole number that was typed, under its name, or what was typed instead; nothing
    where nothing was."""
    if not text:
        return {}
    plain = narrow(text)
    number = plain.isascii() and plain.isdigit() and len(plain) < 10
    return {name: int(plain) if number else text}


def place_errors(form: Form, used: list[int]) -> None:
    """Take the errors of the participants' list to the rows where they were typed."""
    nested = form.errors.get("participants")
    if not isinstance(nested, Mapping):
        return
    del form.errors["participants"]
    for place, errors in nested.items():
        row = used[int(place)]
        for name, messages in errors.items():
            known = name if name in ("minutes", "reason") else "volunteer"
            field = f"{known}-{row}"
            form.errors[field] = messages
