"""Who may do what: one table that a supervisor can read."""

from flask_babel import gettext as _

from moralbank.core.actor import Actor, Owed
from moralbank.core.problems import Refusal, forbidden, not_found, unauthorized

ADMIN = frozenset({"admin"})
SUPERVISOR = ADMIN | {"supervisor"}
WORKER = SUPERVISOR | {"worker"}
AUDITOR = WORKER | {"auditor"}
TERMINAL = frozenset({"terminal"})
VOLUNTEER = frozenset({"volunteer"})
SIGNED_IN = AUDITOR | TERMINAL | VOLUNTEER
EVERYONE = SIGNED_IN | {"public"}

MAY: dict[str, frozenset[str]] = {
    # sign-in
    "tokens.issue": EVERYONE,
    "tokens.end": SIGNED_IN,
    "tokens.own": AUDITOR | VOLUNTEER,
    "account.own": AUDITOR,
    # staff
    "staff.create": ADMIN,
    "staff.change": ADMIN,
    "staff.read": SUPERVISOR,
    # the audit trail
    "audit.read": ADMIN | {"auditor"},
    # organizations, teams and donation pools
    "organizations.create": SUPERVISOR,
    "organizations.change": SUPERVISOR,
    "organizations.read": SIGNED_IN,
    # volunteers and their cards
    "volunteers.open": WORKER,
    "volunteers.change": WORKER,
    "volunteers.import": SUPERVISOR,
    "skills.change": WORKER | VOLUNTEER,
    "volunteers.read": AUDITOR,
    "volunteers.read_one": AUDITOR | VOLUNTEER,
    "balances.read": AUDITOR | VOLUNTEER,
    "cards.issue": WORKER,
    "cards.read": WORKER | VOLUNTEER,
    "cards.change": WORKER,
    "cards.own": VOLUNTEER,
    "cards.block": VOLUNTEER,
    "delegates.name": WORKER,
    "delegates.end": WORKER | VOLUNTEER,
    "delegates.read": WORKER | VOLUNTEER,
    "cards.identify": WORKER | TERMINAL,
    "photos.take": WORKER,
    "photos.see": WORKER | VOLUNTEER,
    "photos.erase": WORKER | VOLUNTEER,
    "accounts.freeze": WORKER,
    "accounts.thaw": SUPERVISOR,
    "accounts.end": WORKER,
    "accounts.decide": SUPERVISOR,
    "accounts.read": AUDITOR,
    "adjustments.post": SUPERVISOR,
    "adjustments.read": SUPERVISOR,
    # the rulebook
    "catalogue.read": SIGNED_IN,
    "rulebooks.read": SIGNED_IN,
    "rulebooks.publish": ADMIN,
    "rulebook.replay": AUDITOR,
    # errands
    "events.request": WORKER,
    "events.read": AUDITOR | VOLUNTEER,
    "events.claim": WORKER | VOLUNTEER,
    "events.assign": WORKER,
    "events.hand_over": WORKER | VOLUNTEER,
    "events.withdraw": WORKER | VOLUNTEER,
    "events.no_show": WORKER,
    "events.scan": WORKER | TERMINAL,
    "events.visit": VOLUNTEER,
    "events.decline": WORKER | VOLUNTEER,
    "events.end_series": WORKER,
    "events.renew_codes": WORKER,
    "events.call_back": WORKER,
    "events.sweep": ADMIN,
    "events.closing": AUDITOR,
    "events.complete": WORKER,
    "events.rate": EVERYONE,
    "events.cancel": WORKER,
    "events.dispute": WORKER,
    "events.evidence": WORKER | VOLUNTEER,
    "events.decide": SUPERVISOR,
    "awards.review": WORKER,
    "conduct.record": SUPERVISOR,
    "conduct.read": AUDITOR | VOLUNTEER,
    "slips.print": WORKER,
    "residents.own": EVERYONE,  # the link to it is the permission
    "residents.link": WORKER,
    "asks.send": EVERYONE,
    "asks.decide": WORKER,
    "flags.look": WORKER,
    "flags.read": AUDITOR,
    "flags.decide": WORKER,
    "pairings.change": WORKER,
    "pairings.read": AUDITOR,
    # stars
    "stars.compute": SUPERVISOR,
    "stars.review": SUPERVISOR,
    "stars.publish": SUPERVISOR,
    "stars.read": AUDITOR,
    # certificates
    "certificates.issue": WORKER | VOLUNTEER,
    "certificates.read": AUDITOR | VOLUNTEER,
    "certificates.revoke": WORKER,
    "certificates.verify": EVERYONE,  # the link on the paper, or its number and the holder's name
    # the supermarket
    "goods.change": SUPERVISOR,
    "goods.read": SIGNED_IN,
    "stock.move": SUPERVISOR,
    "stock.decide": SUPERVISOR,
    "stock.count": WORKER | TERMINAL,
    "stock.read": AUDITOR,
    "terminals.change": SUPERVISOR,
    "terminals.read": SUPERVISOR,
    "closings.make": TERMINAL,
    "closings.read": AUDITOR,
    "reservations.make": VOLUNTEER,
    "reservations.cancel": WORKER | VOLUNTEER,
    "reservations.read": AUDITOR | TERMINAL | VOLUNTEER,
    "reservations.lapse": ADMIN,
    "waiting.join": WORKER | VOLUNTEER,
    "waiting.read": AUDITOR | TERMINAL | VOLUNTEER,
    "redemptions.make": TERMINAL,
    "redemptions.find": TERMINAL,
    "redemptions.read": AUDITOR | TERMINAL | VOLUNTEER,
    "redemptions.void": SUPERVISOR,
    "receipts.show": EVERYONE,  # the link on the paper is the permission
    "donations.make": VOLUNTEER,
    "donations.read": AUDITOR | VOLUNTEER,
    "donations.own": VOLUNTEER,
    "households.change": WORKER,
    "households.read": AUDITOR | VOLUNTEER,
    "reliefs.propose": WORKER,
    "reliefs.decide": SUPERVISOR,
    "reliefs.void": SUPERVISOR,
    "reliefs.read": AUDITOR,
    "money.record": SUPERVISOR,
    "money.read": AUDITOR,
    "books.read": AUDITOR,
    # notices and what the public sees
    "notices.draft": SUPERVISOR,
    "notices.post": SUPERVISOR,
    "notices.read": EVERYONE,
    "notices.own": VOLUNTEER,
    "objections.make": EVERYONE,
    "objections.read": SUPERVISOR,
    "objections.decide": SUPERVISOR,
    "public.read": EVERYONE,
    # the book
    "ledger.read": AUDITOR,
    "points.expire": frozenset(),  # a command alone
    # the whole bank, by commands alone
    "bank.back_up": frozenset(),
    "bank.restore": frozenset(),
    "jobs.run": frozenset(),
    # pages that span rooms
    "lists.export": AUDITOR,
    "desk.use": WORKER,
    "me.use": VOLUNTEER,
}
"""Action → the roles that may do it. The system, that is a command, may do everything."""


FIRST = frozenset({"account.own", "tokens.own", "tokens.end"})
"""What somebody may do who owes something, besides what everybody may."""


def require(actor: Actor, action: str) -> None:
    """Refuse unless `actor`'s role may do `action`: 401 for nobody signed in, else 403; 403
    `password_due` for who has to choose a password first."""
    allowed = MAY[action]
    if actor.kind == "system":
        return
    if actor.role not in allowed:
        raise unauthorized() if actor.kind == "public" else forbidden()
    if actor.owes is not None and action not in FIRST and "public" not in allowed:
        raise due(actor.owes)


def due(owed: Owed) -> Refusal:
    """403: something has to be done first."""
    words = {"password": _("请先把口令改成自己的。")}
    return Refusal(403, f"{owed}_due", words[owed])


def within(actor: Actor, path: str) -> None:
    """Refuse with 404 unless the organization at `path` is the actor's own or below it."""
    if not actor.covers(path):
        raise not_found()
