"""The page of the audit trail: who did and saw what, searched and taken away."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.fields import from_text
from moralbank.core.policy import MAY
from moralbank.core.problems import Refusal, not_found
from moralbank.core.tables import KINDS
from moralbank.core.wording import moment_text
from moralbank.desk.pages.picking import NotOne, pick, searchable
from moralbank.desk.pages.room import PAGE_SIZE, pages_of, room, show
from moralbank.desk.trail_files import detail_text, trail_file
from moralbank.people import trail
from moralbank.people.access_words import action_words, subject_words
from moralbank.people.schemas import TrailQuery
from moralbank.people.trail import TrailLine, Wanted

FIELDS = ("since", "until", "who", "action", "q")


def _asked(actor: Actor) -> tuple[Wanted, dict[str, str], dict[str, str]]:
    """Return what is looked for, what was typed, and what is wrong with it, by field."""
    typed = {name: searchable(request.args.get(name, "")) for name in FIELDS}
    given = {name: typed[name] for name in ("since", "until", "action") if typed[name]}
    schema = TrailQuery()
    wrong = {
        name: "".join(said) for name, said in schema.validate(from_text(schema, given)).items()
    }
    good = {name: text for name, text in given.items() if name not in wrong}
    wanted = {name: value for name, value in schema.load(good).items() if name != "limit"}
    if typed["who"]:
        try:
            wanted["actor_id"] = trail.staff_called(actor, typed["who"])
        except Refusal:
            wrong["who"] = _("没有这个用户名，或不在您的管辖范围内。")
    if typed["q"]:
        try:
            wanted["volunteer_id"] = pick(actor, typed["q"])
        except NotOne as error:
            wrong["q"] = str(error)
    return Wanted(**wanted), typed, wrong


@room.page("/staff/audit", action="audit.read")
def audit_trail(actor: Actor) -> Response:
    """Show what was searched, newest first."""
    wanted, typed, wrong = _asked(actor)
    here = request.args.get("cursor")
    query: dict[str, Any] = {name: text for name, text in typed.items() if text}
    found, following = [], None
    if not wrong:
        page = trail.search(actor, wanted, cursor=here, limit=PAGE_SIZE)
        found, following = page.items, page.next
    return show(
        "audit.html",
        422 if wrong else 200,
        form=typed,
        errors={name: [said] for name, said in wrong.items()},
        actions=sorted(action_words().items(), key=lambda pair: pair[1]),
        lines=[_line(one) for one in found],
        files={
            ending: url_for("desk_pages.audit_file", ending=ending, **query) for ending in KINDS
        },
        opens_accounts=actor.role in MAY["desk.use"],
        **pages_of("audit_trail", following, here, **query),
    )


def _line(one: TrailLine) -> dict[str, Any]:
    about = subject_words().get(one.subject_type, one.subject_type)
    return {
        "at": moment_text(one.at),
        "name": one.actor_name or _("不明"),
        "username": one.username,
        "address": one.address,
        "action": action_words().get(one.action, one.action),
        "about": f"{about} {one.subject}" if one.subject else about,
        "volunteer_id": one.volunteer_id,
        "account_no": one.account_no,
        "display_name": one.display_name,
        "detail": detail_text(one.detail),
    }


@room.page("/staff/audit.<ending>", action="audit.read")
def audit_file(actor: Actor, ending: str) -> Response:
    """Give what was searched as a file, `xlsx` or `csv`."""
    if ending not in KINDS:
        raise not_found()
    wanted, _typed, wrong = _asked(actor)
    if wrong:
        raise not_found(" ".join(wrong.values()))
    content = trail_file(trail.export(actor, wanted), ending)
    name = f"audit-{clock.today():%Y%m%d}.{ending}"
    return Response(
        content,
        mimetype=KINDS[ending][0],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
