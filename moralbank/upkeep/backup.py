"""The bank in a file, and the bank from a file, with the proof that it is the same bank."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moralbank import ledger
from moralbank.core import audit, backups, policy, rows
from moralbank.core.actor import Actor
from moralbank.core.db import database_state
from moralbank.core.transaction import transact
from moralbank.notices import operations as notices


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back (the backup's head, and how many rows), and what a look at it found: the
    book's verdict, the notices that differ from their digest, and whether the book comes to the
    same totals as when it was backed up."""

    head: Mapping[str, Any]
    rows: int
    verdict: ledger.Verdict
    notices: list[str]
    same_totals: bool

    @property
    def sound(self) -> bool:
        """Tell whether all of it holds."""
        return self.verdict.sound and not self.notices and self.same_totals


def back_up(actor: Actor, path: Path) -> str:
    """Write everything that the bank knows at this moment to a new file, while it goes on working;
    return the file's digest. Raises `backups.Unusable` where the file cannot be made."""
    policy.require(actor, "bank.back_up")
    digest = backups.write(path, rows.taken(lambda: {"trial_balance": _totals()}))
    if (
        database_state() == "ready"
    ):  # an older trail has no room for the line, and is backed up all the same
        transact(
            lambda: audit.record(actor, "bank.back_up", subject_type="backup", subject_id=digest)
        )
    return digest


def restore(actor: Actor, path: Path, *, replace: bool = False) -> Restored:
    """Put a backup into the database, which has to be empty or is to be replaced, bring it to the
    newest schema, and check the book and the notices.

    Raises `backups.Unusable`, and changes nothing, where that cannot be done.
    """
    policy.require(actor, "bank.restore")
    with backups.opened(path) as lines:
        head = rows.put_back(lines, replace=replace)
    totals = _totals()
    transact(
        lambda: audit.record(
            actor, "bank.restore", subject_type="backup", subject_id=head["at"], file=path.name
        )
    )
    return Restored(
        head,
        sum(head["rows"].values()),
        ledger.verify(),
        notices.faults(actor),
        totals == head["trial_balance"],
    )


def _totals() -> dict[str, list[int]]:
    """Return what went through the book, by asset: debits and credits."""
    return {total.asset: [total.debits, total.credits] for total in ledger.trial_balance().assets}
