"""Errands, ratings, disputes, bonuses, deductions, pairings and reviews in random order.

After every step nobody has more than the document allows, in any of its periods, nor have all
together; what stands is what the book says. At the end the walk is scored again and comes to the
same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from flask import current_app
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from moralbank import ledger
from moralbank.core import clock, periods
from moralbank.core.actor import Actor, system
from moralbank.core.db import db
from moralbank.core.problems import Refusal
from moralbank.events import disputes, doing, pairings, ratings, requests, withdrawals
from moralbank.events.awarding import conduct
from moralbank.events.awarding.models import Award, ConductRecord, Restoration
from moralbank.events.awarding.replaying import replay
from moralbank.events.checking import releasing
from moralbank.events.models import ServiceEvent
from moralbank.people import volunteers
from moralbank.rulebook import operations as rulebooks
from moralbank.rulebook.documents.awarding import SPANS
from tests.cast import Bank
from tests.events.test_caps import NO_CAPS
from tests.events.test_conduct import REASONS
from tests.walks import far

STEADY_EXAMPLES, STEPS = 20, 40
walks = count(0)
ITEMS = ("home.shopping", "home.meal_delivery", "home.medicine")
HELD: dict[str, Any] = {"rule": "held", "reviewers": 1, "notice_working_days": None}

REASON_CODES = ("no_show", "malicious", "referral", "complaint")
people = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)
picks = st.integers(0, 10_000)
caps = st.none() | st.sampled_from(["9", "20", "33.5", "50"])


@st.composite
def spans(draw: st.DrawFn) -> dict[str, str]:
    """Caps by span that widen as a checked document's do."""
    chosen = draw(st.lists(st.sampled_from(SPANS), max_size=3, unique=True))
    amounts = sorted(draw(st.lists(st.integers(5, 90), min_size=3, max_size=3)))
    ordered = [span for span in SPANS if span in chosen]
    return {span: str(amount) for span, amount in zip(ordered, amounts, strict=False)}


def staff(name: str) -> Actor:
    return Actor(kind="staff", id=name, role="supervisor", scope="", name=name)


class ErrandMachine(RuleBasedStateMachine):
    """Three volunteers of one walk, which has a year and a document of its own."""

    @initialize(
        person=spans(), item=spans(), issue=spans(), excess=st.sampled_from(["lost", "donation"]),
        held=st.booleans(), halves=st.booleans(),
        times=st.none() | st.sampled_from([{"day": 1}, {"week": 2, "year": 3}]),
    )  # fmt: skip
    def open(
        self,
        person: Any,
        item: Any,
        issue: Any,
        excess: str,
        held: bool,
        halves: bool,
        times: Any,
    ) -> None:
        bank: Bank = current_app.extensions["cast"]
        self.year = 2030 + next(walks) * 2
        self.now = datetime(self.year, 3, 30, 1, tzinfo=UTC)
        document = dict(rulebooks.get(system("test"), "1").document)
        items = [dict(one) for one in document["service_items"]]
        at_item = {**item, "times": times}
        next(one for one in items if one["code"] == ITEMS[0])["caps"] = at_item
        steps = [{"after": 1, "multiplier": "0.5"}, {"after": 3, "multiplier": "0"}]
        document |= {
            "caps": {**NO_CAPS, "person": person, "issue": issue, "excess": excess},
            "service_items": items,
            "release": HELD if held else {"rule": "at_once"},
            "diminishing": {"per": "month", "steps": steps} if halves else None,
            "reasons": REASONS,
        }
        with clock.at(self.now):
            made = rulebooks.publish(
                system("test"), effective_from=self.now.date(), document=document
            )
            self.people = [
                volunteers.open_account(
                    system("test"), name="甲乙丙"[place], phone=f"137{self.year:04d}{place:04d}",
                    community_id=bank.community_id, publish_consent=True,
                ).id
                for place in range(3)
            ]  # fmt: skip
        with bank.app.app_context():
            self.book, self.version = rulebooks.rulebook(made.version), made.version
        self.community = bank.community_id
        self.errands: list[str] = []
        self.records: list[str] = []
        self.pairs: list[str] = []

    def act(self, work: Callable[[], Any]) -> Any:
        """Do it at the walk's moment; None when it is refused."""
        self.now += timedelta(seconds=1)
        with clock.at(self.now):
            try:
                return work()
            except Refusal:
                return None

    def resident(self, pick: int) -> dict[str, str]:
        return {"name": "秦月华", "phone": f"138{self.year:04d}{pick % 2:04d}"}

    @rule(who=people, minutes=st.integers(1, 300), item=st.sampled_from(ITEMS), pick=picks,
          back=st.integers(0, 9))  # fmt: skip
    def do_an_errand(self, who: list[int], minutes: int, item: str, pick: int, back: int) -> None:
        taken = self.act(
            lambda: requests.request_errand(
                staff("worker"), service_item=item, community_id=self.community,
                resident=self.resident(pick),
            )
        )  # fmt: skip
        self.act(
            lambda: doing.complete(
                staff("worker"), taken.id, performed_at=self.now - timedelta(days=back),
                participants=[
                    {"volunteer_id": self.people[one], "minutes": minutes} for one in who
                ],
            )
        )  # fmt: skip
        self.errands.append(taken.id)

    @rule(who=people, minutes=st.integers(20, 200), item=st.sampled_from(ITEMS[:2]), pick=picks)
    def do_and_rate(self, who: list[int], minutes: int, item: str, pick: int) -> None:
        self.do_an_errand(who=who, minutes=minutes, item=item, pick=pick, back=0)
        self.rate(pick=len(self.errands) - 1, stars=5)

    @precondition(lambda self: self.errands)
    @rule(pick=picks, stars=st.integers(1, 5))
    def rate(self, pick: int, stars: int) -> None:
        number = self.errands[pick % len(self.errands)]
        self.act(lambda: ratings.rate(staff("caller"), number, stars=stars, channel="phone"))

    @precondition(lambda self: self.errands)
    @rule(pick=picks)
    def dispute(self, pick: int) -> None:
        number = self.errands[pick % len(self.errands)]
        self.act(lambda: disputes.dispute(staff("neighbour"), number, reason="没有来"))

    @precondition(lambda self: self.errands)
    @rule(pick=picks, upheld=st.booleans())
    def decide(self, pick: int, upheld: bool) -> None:
        number = self.errands[pick % len(self.errands)]
        self.act(lambda: disputes.decide(staff("third"), number, upheld=upheld, reason="查过了"))

    @precondition(lambda self: self.errands)
    @rule(pick=picks)
    def review(self, pick: int) -> None:
        number = self.errands[pick % len(self.errands)]
        self.act(lambda: releasing.review(staff("reviewer"), number))

    @rule(who=st.integers(0, 2), pick=picks,
          reason=st.sampled_from(REASON_CODES))  # fmt: skip
    def record(self, who: int, pick: int, reason: str) -> None:
        errand = self.errands[pick % len(self.errands)] if self.errands and pick % 2 else None
        made = self.act(
            lambda: conduct.record(
                staff("supervisor"), volunteer_id=self.people[who], reason=reason,
                note="查实", service_event_id=errand,
            )
        )  # fmt: skip
        if made is not None:
            self.records.append(made.id)

    @precondition(lambda self: self.records)
    @rule(pick=picks)
    def withdraw(self, pick: int) -> None:
        number = self.records[pick % len(self.records)]
        self.act(lambda: withdrawals.withdraw(staff("supervisor"), number, reason="记错了"))

    @rule(who=st.integers(0, 2), pick=picks)
    def pair(self, who: int, pick: int) -> None:
        made = self.act(
            lambda: pairings.register(
                staff("worker"), volunteer_id=self.people[who], community_id=self.community,
                resident=self.resident(pick),
            )
        )  # fmt: skip
        if made is not None:
            self.pairs.append(made.id)

    @precondition(lambda self: self.pairs)
    @rule(pick=picks)
    def part(self, pick: int) -> None:
        self.act(lambda: pairings.end(staff("worker"), self.pairs[pick % len(self.pairs)]))

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def awards(self) -> list[tuple[Award, str]]:
        rows = db.session.execute(
            select(Award, ServiceEvent.service_item)
            .join(ServiceEvent, ServiceEvent.id == Award.event_id)
            .where(ServiceEvent.id.in_(self.errands), Award.status != "reversed")
        )
        return [(row[0], row[1]) for row in rows]

    @invariant()
    def no_cap_is_passed(self) -> None:
        """What stands, waiting or booked, is within every cap of the document, but for what was
        given back: that counts again, and what was awarded meanwhile stays."""
        if not hasattr(self, "pairs"):
            return
        person: defaultdict[Any, int] = defaultdict(int)
        item: defaultdict[Any, int] = defaultdict(int)
        issue: defaultdict[Any, int] = defaultdict(int)
        often: defaultdict[Any, int] = defaultdict(int)
        restored = set(db.session.execute(select(Restoration.event_id, Restoration.volunteer_id)))
        for award, code in self.awards():
            if award.rulebook_version != self.version:  # done before this walk's document
                continue
            assert award.excess == 0 or self.book.excess == "donation"
            if (award.event_id, award.volunteer_id) in restored:
                continue
            day = clock.local_date(award.performed_at)
            for span in SPANS:
                first = periods.period_of(day, span)[0]
                person[award.volunteer_id, span, first] += award.points
                item[award.volunteer_id, code, span, first] += award.points
                often[award.volunteer_id, code, span, first] += award.points > 0
                issue[span, first] += award.points + award.excess
        bonuses = select(ConductRecord).where(
            ConductRecord.id.in_(self.records), ConductRecord.status == "recorded",
            ConductRecord.moved > 0,
        )  # fmt: skip
        for row in db.session.scalars(bonuses):
            for span in SPANS:
                first = periods.period_of(clock.local_date(row.happened_at), span)[0]
                issue[span, first] += row.moved
        for (_who, span, _first), had in person.items():
            assert had <= self.book.caps.spans.get(span, had)
        for (_who, code, span, _first), had in item.items():
            assert had <= self.book.items[code].caps.spans.get(span, had)
        for (_who, code, span, _first), had in often.items():
            assert had <= self.book.items[code].caps.times.get(span, had)
        for (span, _first), had in issue.items():
            assert had <= self.book.issue.get(span, had)
        db.session.rollback()

    def teardown(self) -> None:
        if not hasattr(self, "pairs"):
            return  # say what failed first
        db.session.rollback()
        first = periods.period_of(datetime(self.year, 1, 1, tzinfo=UTC).date(), "year")[0]
        found = replay(
            system("test"), first=first, last=first.replace(year=self.year + 1, month=12, day=31)
        )
        assert (found.differing, found.unfounded, found.unbooked) == ([], [], [])
        db.session.rollback()


@pytest.fixture
def settings() -> hypothesis.settings:
    """How far the machine walks."""
    return far(examples=STEADY_EXAMPLES, steps=STEPS)


def test_no_order_gives_more_than_the_document_allows(
    bank: Bank, settings: hypothesis.settings
) -> None:
    with bank.inside():
        bank.app.extensions["cast"] = bank
        run_state_machine_as_test(ErrandMachine, settings=settings)
        assert ledger.verify().faults == []
        assert ledger.trial_balance().balanced
