"""The book and the catalogue in the words of the pages."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from moralbank.certificates.operations import CertificateView
from moralbank.certificates.wording import about_words, kind_word
from moralbank.core import clock
from moralbank.core.quantities import points_text
from moralbank.core.wording import day_text, hours_text, whole_day_text
from moralbank.events.awarding.awards import AwardView
from moralbank.events.awarding.balances import BalanceView
from moralbank.ledger import Entry
from moralbank.people.lapsing import NextToLapse
from moralbank.people.photos import PhotoView
from moralbank.rulebook.documents import ServiceItem
from moralbank.rulebook.operations import rulebook


def balance_words(balance: BalanceView) -> dict[str, str]:
    """Return a balance as the savings book shows it."""
    return {
        "available": points_text(balance.available),
        "held": points_text(balance.held),
        "provisional": points_text(balance.provisional),
        "merit": points_text(balance.merit),
        "hours": hours_text(balance.minutes),
    }


def photo_words(photo: PhotoView | None) -> dict[str, str] | None:
    """Return what there is to say of a volunteer's photo: what they agreed to, on which day."""
    if photo is None:
        return None
    return {"consent": photo.consent, "consent_on": whole_day_text(photo.consent_on)}


def certificate_lines(certificates: Iterable[CertificateView]) -> list[dict[str, Any]]:
    """Return certificates as lists show them."""
    return [
        {
            "id": one.id,
            "number": one.number,
            "kind": kind_word(one.kind),
            "about": about_words(one.kind, one.facts),
            "on": day_text(one.issued_at),
            "issuer": one.issuer,
            "handler": one.handler,
            "revoked_on": one.revoked_at and day_text(one.revoked_at),
            "reason": one.revoke_reason,
        }
        for one in certificates
    ]


def balance_notes(lapses: NextToLapse | None, donation_only: int) -> list[str]:
    """Return what there is to know about the points: what lapses next, what can only be given."""
    notes = []
    if lapses is not None:
        # On a narrow page the date goes to the next line whole.
        day = whole_day_text(lapses.last_day).replace(" ", "\u00a0")
        points = points_text(lapses.points)
        notes.append(_("其中 %(points)s 分于 %(day)s到期", points=points, day=day))
    if donation_only:
        notes.append(_("另有 %(points)s 分只能转赠", points=points_text(donation_only)))
    return notes


def statement_lines(entries: Iterable[Entry]) -> list[dict[str, str]]:
    """Return the lines of a statement: the day, why, how much in or out, and what was left."""
    return [
        {
            "date": day_text(entry.posted_at),
            "reason": reason_of(entry),
            "amount": _signed(entry.amount, entry.asset),
            "balance_after": _amount(entry.balance_after, entry.asset),
        }
        for entry in entries
    ]


def _amount(amount: int, asset: str) -> str:
    return str(amount) if asset == "minutes" else points_text(amount)


def _signed(amount: int, asset: str) -> str:
    return f"{'+' if amount > 0 else ''}{_amount(amount, asset)}"


def reason_of(entry: Entry) -> str:
    """Return why a transfer was made: the errand's name for an award, else what was written."""
    if entry.kind == "award" and entry.rulebook_version is not None:
        item = rulebook(entry.rulebook_version).items.get(entry.reason)
        return item.name if item else entry.reason
    if entry.kind == "expiry":
        # Its moment is when the last day was over.
        last_day = clock.local_date(entry.effective_at) - timedelta(days=1)
        lapsed: str = _("%(day)s到期", day=whole_day_text(last_day))
        return lapsed
    kinds = {
        "redemption": _("兑换"),
        "reversal": _("退回"),
        "donation": _("转赠"),
        "deduction": _("扣减"),
        "adjustment": _("调整"),
        "merge": _("并户"),
        "inheritance": _("继承"),
        "opening": _("结转"),
    }
    kind = kinds.get(entry.kind, entry.kind)
    if not entry.reason or kind in entry.reason:
        return entry.reason or kind
    words: str = _("%(kind)s：%(reason)s", kind=kind, reason=entry.reason)
    return words


def skill_word(tag: str) -> str:
    """Return what a tag of the catalogue is called; one that nobody named is its own word."""
    words: dict[str, str] = {
        "household": _("家务杂事"),
        "property": _("物业"),
        "barber": _("理发店"),
        "pharmacy": _("药品"),
        "haircut": _("理发"),
        "repair": _("修理"),
        "cooking": _("做饭"),
        "care": _("照护老人"),
        "medical": _("医护"),
        "teaching": _("教课辅导"),
        "arts": _("文艺"),
        "legal": _("法律"),
        "mediation": _("调解"),
        "other": _("其他"),
    }
    return words.get(tag, tag)


def worth(item: ServiceItem) -> str:
    """Return what an item is worth before the rating: 每小时约 10 分."""
    points = points_text(item.points)
    if item.unit == "hour":
        words: str = _("每小时约 %(points)s 分", points=points)
    elif item.unit == "count":
        words = _("每件约 %(points)s 分", points=points)
    else:
        words = _("约 %(points)s 分", points=points)
    return words


def award_shown(award: AwardView) -> dict[str, Any]:
    """Return what the macro `awarded` and the explanation below it show of an award."""
    return {
        "points": points_text(award.points),
        "explanation": award.explanation,
        "status": award.status,
    }
