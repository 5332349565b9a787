"""The staff's page of rosters: upload one, see what becomes of each row, open the accounts."""

import hashlib
from io import BytesIO
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.fields import Identifier, Schema, Secret
from moralbank.core.pages import Form
from moralbank.core.problems import Refusal, invalid_field
from moralbank.core.spreadsheets import XLSX
from moralbank.desk.pages.room import go, room, said, show
from moralbank.organizations import operations as organizations
from moralbank.organizations.choices import communities, only_one
from moralbank.people import enrolling
from moralbank.people.enrolling import Fate
from moralbank.people.roster import UnreadableRoster, sheets_of
from moralbank.people.roster_marking import marked
from moralbank.people.roster_sealing import MOST, open_seal, seal_roster
from moralbank.people.spreadsheet import MAX_FILE_BYTES, Sheet

LARGEST_FORM = MAX_FILE_BYTES + 200_000
"""The most bytes of a form with a roster: one a little too large gets an answer at its field."""


class RosterIn(Schema):
    """Whose roster the file beside it is."""

    community_id = Identifier(required=True)


class SealedRosterIn(Schema):
    """A roster that was looked over, as the page gave it out."""

    sealed = Secret(most=MOST, required=True)


@room.page("/staff/volunteers/import", action="volunteers.open")
def roster_new(actor: Actor) -> Response:
    """Ask for a roster."""
    return _ask(actor)


def _ask(actor: Actor, form: Form | None = None) -> Response:
    places = communities(actor)
    shown = said(form)
    if form is None:
        shown["form"] = {"community_id": only_one(places) or ""}
    return show(
        "roster_new.html",
        form.status if form else 200,
        communities=places,
        most=enrolling.MAX_PEOPLE,
        **shown,
    )


@room.page("/staff/volunteers/import", action="volunteers.open", method="POST",
           largest=LARGEST_FORM)  # fmt: skip
def roster_look_over(actor: Actor) -> Response:
    """Show what would become of each row of a roster; nothing is written."""
    form = Form(RosterIn())
    sent = request.files.get("roster")
    upload = sent.read() if sent else b""
    if not upload:
        form.fault("roster", _("请选一个文件。"))
    if form.values is None:
        return _ask(actor, form)
    community_id = form.values["community_id"]
    try:
        sheets = sheets_of(BytesIO(upload))
        fates = enrolling.look_over(actor, sheets, community_id=community_id)
        sealed = seal_roster(sheets, sender=actor.caller, community_id=community_id)
        enrolling.note_looked_over(actor, community_id=community_id, fates=fates)
    except UnreadableRoster as error:
        form.fault("roster", str(error))
        return _ask(actor, form)
    except Refusal as refusal:
        form.refused(refusal)
        return _ask(actor, form)
    return show(
        "roster.html",
        community=organizations.get(actor, community_id).name,
        sheets=len({fate.sheet for fate in fates}),
        sealed=sealed,
        **{outcome: [fate for fate in fates if fate.outcome == outcome]
           for outcome in ("opens", "known", "fault")},
    )  # fmt: skip


@room.page("/staff/volunteers/import/marked", action="volunteers.open", method="POST")
def roster_marked(actor: Actor) -> Any:
    """Give a roster back with its faults marked."""
    form = Form(SealedRosterIn())
    if form.values is None:
        return _ask(actor, form)
    try:
        sheets, fates = _looked_over(actor, **form.values)
    except Refusal as refusal:
        form.refused(refusal)
        return _ask(actor, form)
    return Response(
        marked(sheets, fates), mimetype=XLSX,
        headers={"Content-Disposition": 'attachment; filename="roster-marked.xlsx"'},
    )  # fmt: skip


def _looked_over(actor: Actor, sealed: str) -> tuple[tuple[Sheet, ...], list[Fate]]:
    community_id, sheets = open_seal(sealed, sender=actor.caller)
    return sheets, enrolling.look_over(actor, sheets, community_id=community_id)


@room.page("/staff/volunteers/import/opening", action="volunteers.open", method="POST")
def roster_open(actor: Actor) -> Any:
    """Open the accounts of a roster that was looked over, and lead on to their cards."""
    form = Form(SealedRosterIn())
    # What was asked is compared, and need not be read for it.
    form.typed["sealed"] = hashlib.sha256(form.typed.get("sealed", "").encode()).hexdigest()

    def work(sealed: str) -> dict[str, Any]:
        community_id, sheets = open_seal(sealed, sender=actor.caller)
        try:
            done = enrolling.enrol(actor, sheets, community_id=community_id)
        except UnreadableRoster as error:
            raise invalid_field("roster", str(error)) from None
        return {"community_id": done.community_id, "count": done.count,
                "first": done.first, "last": done.last}  # fmt: skip

    done = form.submit(actor, work)
    if done is None:
        return _ask(actor, form)
    words = _("开了 %(count)s 户，账号 %(first)s 至 %(last)s。接着给他们制卡。", **done)
    del done["count"]
    return go(words, "card_batches", **done)
