"""What the tests of the book share: postings, the book's rows, and a book in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from moralbank import ledger
from moralbank.core.db import db
from moralbank.core.problems import Refusal
from moralbank.core.transaction import transact
from moralbank.ledger import Asset, Posting
from moralbank.ledger.models import Account, Hold, Transfer

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
T = TypeVar("T")
DAY = timedelta(days=1)
FAR = datetime.max.replace(tzinfo=UTC)


def next_day(dated: datetime) -> datetime:
    """Points lapse a day after their date: the oldest first."""
    return dated + DAY


def mixed(dated: datetime) -> datetime | None:
    """As if the rulebook had changed every day: some never lapse, some lapse before older ones,
    and some of several dates at once."""
    day = (dated - NOON) // DAY
    return None if day % 3 == 0 else NOON + (day // 2 * 2 + day % 3) * DAY + DAY


def posting(payer: str, payee: str, amount: int, *, key: str, **more: Any) -> Posting:
    """A posting of points, dated `NOON`, unless `more` says otherwise."""
    given: dict[str, Any] = {
        "kind": "adjustment",
        "asset": "points",
        "effective_at": NOON,
        "source_type": "test",
        "source_id": key,
        **more,
    }
    return Posting(key=key, payer=payer, payee=payee, amount=amount, **given)


def post(*postings: Posting) -> list[ledger.Posted]:
    """Post one journal in a transaction of its own."""
    return transact(lambda: ledger.post(postings))


def post_many(postings: Sequence[Posting]) -> list[ledger.Posted | ledger.Refused]:
    """Post a batch in a transaction of its own."""
    return transact(lambda: ledger.post_many(postings))


def gift(
    payer: str, payee: str, amount: int, *, key: str, lapse: ledger.Lapse = next_day
) -> list[ledger.Posted]:
    """Give away the points that lapse first, in parts that keep their dates; in a transaction of
    its own."""

    def work() -> list[ledger.Posted]:
        parts = ledger.oldest(payer, amount, lapse=lapse)
        return ledger.post(
            [
                posting(
                    payer, payee, part.amount, key=f"{key}:{place}", kind="donation",
                    effective_at=part.dated,
                )
                for place, part in enumerate(parts)
            ]
        )  # fmt: skip

    return transact(work)


def points(holder: str) -> ledger.Balance:
    """A holder's points as they stand now, whatever this session read before."""
    db.session.rollback()
    return ledger.balances(holder)["points"]


def outcome(work: Callable[[], object]) -> str:
    """Run `work`; answer "done", or the word for what it was refused with."""
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    except ledger.KeyReused:
        return "key_reused"
    except IntegrityError:
        return "by constraint"
    except (LookupError, ValueError) as error:
        return type(error).__name__
    return "done"


def rows(*, after: int = 0) -> list[Any]:
    """The book, to compare before and after: all accounts and holds, transfers from a number on."""
    tables: list[Any] = [
        select(Account.__table__).order_by(Account.id),
        select(Transfer.__table__).where(Transfer.id > after).order_by(Transfer.id),
        select(Hold.__table__).order_by(Hold.id),
    ]
    db.session.rollback()
    found = [tuple(row) for table in tables for row in db.session.execute(table)]
    db.session.rollback()
    return found


class No(Exception):
    """The model refuses, with the word that `outcome` has for it."""


def refusal(work: Callable[[], object]) -> str | None:
    """Run `work` on a model; answer what it was refused with, None when it was not."""
    try:
        work()
    except No as no:
        return str(no)
    return None


@dataclass
class Kept:
    """A hold of the model."""

    posting: Posting
    until: datetime
    state: str = "pending"
    posted: int | None = None


Wallet = tuple[str, Asset]


@dataclass
class Model:
    """The book in plain Python. Each hundredth of a wallet is there by itself, as its date.

    It is slow and says nothing about rows, locks and versions: only who has what, of which date.
    """

    wallets: dict[Wallet, list[datetime]]
    held: Counter[Wallet] = field(default_factory=Counter)
    system: Counter[Wallet] = field(default_factory=Counter)
    made: dict[str, Posting] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    went: dict[str, list[datetime]] = field(default_factory=dict)
    holds: dict[str, Kept] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    now: datetime = NOON
    lapse: ledger.Lapse = next_day

    @classmethod
    def of(cls, *holders: str) -> Model:
        """Empty wallets of every asset."""
        return cls({(holder, asset): [] for holder in holders for asset in ledger.ASSETS})

    def copy(self) -> Model:
        """A copy to try things on."""
        return deepcopy(self)

    def available(self, wallet: Wallet) -> int:
        """What may be spent."""
        return len(self.wallets[wallet]) - self.held[wallet]

    def order(self, dates: Iterable[datetime]) -> list[datetime]:
        """Dates in the order in which points leave: those that lapse first, then the oldest."""
        return sorted(dates, key=lambda dated: (self.lapse(dated) or FAR, dated))

    def lots(self, holder: str, asset: Asset = "points") -> list[ledger.Lot]:
        """What is left by dates, the next to leave first."""
        dates = Counter(self.wallets[holder, asset])
        return [ledger.Lot(dated, dates[dated]) for dated in self.order(dates)]

    def knows(self, one: Posting) -> bool:
        """Whether this was posted before; refuses its key for anything else."""
        known = self.made.get(one.key)
        if known is None:
            return False
        if _content(known) != _content(one):
            raise No("key_reused")
        return True

    def post(self, *postings: Posting) -> None:
        """Post a journal; on a copy, as a refusal leaves half of it done."""
        new = [one for one in postings if not self.knows(one)]
        for one in new:
            self._move(one)

    def _move(self, one: Posting) -> None:
        payer, payee = (one.payer, one.asset), (one.payee, one.asset)
        for wallet in (payer, payee):
            if wallet not in self.wallets and not _system(wallet[0]):
                raise No("LookupError")
        if payer in self.wallets:
            self._need(payer, one.amount)
        if one.reverses is not None:
            if one.reverses in self.reversed:
                raise No("by constraint")
            self.reversed.add(one.reverses)
        before = self.went[self.ids[one.reverses]] if one.reverses is not None else []
        gone = [one.effective_at] * one.amount
        if payer in self.wallets:
            gone = self._take(payer, one.amount, first=before)
        else:
            self.system[payer] -= one.amount
        self.went[one.key] = gone
        if payee in self.wallets:
            self.wallets[payee] += before or gone
        else:
            self.system[payee] += one.amount
        self.made[one.key] = one

    def _need(self, wallet: Wallet, amount: int) -> None:
        """Have so much available; holds that are over are let go when that takes it."""
        if self.available(wallet) < amount:
            self.time_out(wallet)
        if self.available(wallet) < amount:
            raise No("insufficient_points")

    def _take(self, wallet: Wallet, amount: int, *, first: list[datetime]) -> list[datetime]:
        """Take points of the dates `first` as far as they are there, then in order."""
        there, gone = self.order(self.wallets[wallet]), []
        for dated in first:
            if dated in there:
                there.remove(dated)
                gone.append(dated)
        rest = amount - len(gone)
        self.wallets[wallet] = there[rest:]
        return gone + there[:rest]

    def oldest(self, holder: str, amount: int) -> list[ledger.Lot]:
        """The dates of the next `amount` to go."""
        self._need((holder, "points"), amount)
        dates = Counter(self.order(self.wallets[holder, "points"])[:amount])
        return [ledger.Lot(dated, dates[dated]) for dated in self.order(dates)]

    def lapsing(self, holder: str) -> list[ledger.Lapsing]:
        """What lapses when, without the next to leave, which holds keep."""
        wallet: Wallet = (holder, "points")
        free = self.order(self.wallets[wallet])[self.held[wallet] :]
        moments = Counter(at for at in map(self.lapse, free) if at is not None)
        return [ledger.Lapsing(at, moments[at]) for at in sorted(moments)]

    def expire(
        self, holder: str, by: datetime, *, run: str, keys: Sequence[str]
    ) -> list[ledger.Lapsing]:
        """Take what has lapsed and no hold keeps, each hundredth by its own date; answer what that
        was, by moments. `keys` are those of the book's transfers."""
        wallet: Wallet = (holder, "points")
        self.time_out(wallet)
        gone = [part for part in self.lapsing(holder) if part.at <= by]
        here = self.order(self.wallets[wallet])
        kept, free = here[: self.held[wallet]], here[self.held[wallet] :]
        for part, key in zip(gone, keys, strict=True):
            self.went[key] = [dated for dated in free if self.lapse(dated) == part.at]
            self.system[ledger.EXPIRY, "points"] += part.amount
            self.made[key] = posting(
                holder, ledger.EXPIRY, part.amount, key=key, kind="expiry", effective_at=part.at,
                source_type="expiry", source_id=run,
            )  # fmt: skip
        self.wallets[wallet] = kept + [d for d in free if (self.lapse(d) or FAR) > by]
        return gone

    def hold(self, one: Posting, until: datetime) -> None:
        """Set aside."""
        known = self.holds.get(one.key)
        if known is not None:
            if _content(known.posting) != _content(one):
                raise No("key_reused")
            return
        wallet = (one.payer, one.asset)
        self._need(wallet, one.amount)
        self.held[wallet] += one.amount
        self.holds[one.key] = Kept(one, until)

    def _settle(self, kept: Kept, state: str) -> None:
        kept.state = state
        self.held[kept.posting.payer, kept.posting.asset] -= kept.posting.amount

    def post_held(self, key: str, amount: int | None) -> None:
        """Post a hold, or a part of it."""
        kept = self.holds[key]
        wanted = kept.posting.amount if amount is None else amount
        if not 0 < wanted <= kept.posting.amount:
            raise No("ValueError")
        if kept.state == "posted":
            if amount not in (None, kept.posted):
                raise No("key_reused")
            return
        if kept.state != "pending" or kept.until <= self.now:
            raise No("hold_over")
        self._settle(kept, "posted")
        kept.posted = wanted
        one = kept.posting
        self._move(posting(one.payer, one.payee, wanted, key=key, kind=one.kind))

    def void_held(self, key: str) -> None:
        """Let a hold go."""
        kept = self.holds[key]
        if kept.state == "posted":
            raise No("hold_over")
        if kept.state == "pending":
            self._settle(kept, "voided")

    def time_out(self, wallet: Wallet | None = None) -> int:
        """Let go of what is over."""
        over = [
            kept
            for kept in self.holds.values()
            if kept.state == "pending"
            and kept.until <= self.now
            and wallet in (None, (kept.posting.payer, kept.posting.asset))
        ]
        for kept in over:
            self._settle(kept, "timed_out")
        return len(over)

    def post_many(self, postings: Sequence[Posting]) -> list[str]:
        """Post a batch, each for itself; answer "posted" or the refusal's code for each."""
        for wallet in {(one.payer, one.asset) for one in postings} & self.wallets.keys():
            self.time_out(wallet)
        first: dict[str, Posting] = {}
        told: dict[str, str] = {}
        answers = []
        for one in postings:
            if one.key in first:
                answers.append(told[one.key] if first[one.key] == one else "key_twice")
                continue
            first[one.key] = one
            try:
                self.post(one)
                told[one.key] = "posted"
            except No as no:
                told[one.key] = "no_wallet" if str(no) == "LookupError" else str(no)
            answers.append(told[one.key])
        return answers


def _content(one: Posting) -> tuple[object, ...]:
    return one.kind, one.asset, one.payer, one.payee, one.amount, one.reverses


def _system(holder: str) -> bool:
    return holder.partition(":")[0] in (ledger.ISSUANCE, ledger.EXPIRY, "supermarket")
