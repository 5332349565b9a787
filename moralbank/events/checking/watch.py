"""Looking at a rating as it comes in, and at who serves whom: what is odd goes to a person's queue.

Nothing here refuses a rating or takes a point. Where the rulebook says so, an award waits for the
answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import func, or_, select

from moralbank.core import clock, keys, periods
from moralbank.core.actor import Actor
from moralbank.core.db import insert_unless_there, session
from moralbank.core.ids import new_id
from moralbank.core.transaction import operation
from moralbank.core.wording import moment_text
from moralbank.events.checking.models import Flag
from moralbank.events.models import CHANNELS, EventChange, Participant, Rating, ServiceEvent
from moralbank.events.pairings import paired_with
from moralbank.people import residents
from moralbank.people.models import Resident, Staff, Volunteer
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import in_force, rulebook
from moralbank.rulebook.rules import (
    Doer,
    Elsewhere,
    Line,
    Rated,
    Seen,
    ring_line,
    rings,
    seen_in,
    seen_in_stars,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RING_DAYS = timedelta(days=90)
DONE = ("completed", "rated", "awarded", "disputed", "dismissed")
_CHANCES = 2**32


def look(event: ServiceEvent, stars: Sequence[int], book: Rulebook) -> bool:
    """Look at an errand that was just rated with these stars, in the caller's transaction, and
    raise what is seen; tell whether its awards have to wait for an answer."""
    assert event.performed_at is not None
    latest = _latest(event)
    rated = Rated(
        item_code=event.service_item,
        lowest=min(stars),
        chance=Fraction(int.from_bytes(keys.check_bytes("sample", event.id)[0][:4]), _CHANCES),
        doers=_doers(event, event.performed_at),
        **_counts(latest),
        **_of_neighbours(event),
    )
    seen = seen_in(book, rated)
    day = clock.local(latest.rated_at).date().isoformat()
    # One question for an afternoon's slips, a day's address, a month's pair: not one for each.
    # Whether an errand's neighbours were several people is a question of that errand.
    marks = {"pair": f"{_pair_of(event)}:{clock.local(event.performed_at):%Y-%m}"}
    if rated.unnamed <= 1:
        marks["entered"] = f"{latest.entered_by}:{day}"
    if rated.one_address <= 1:
        marks["address"] = f"{latest.address}:{day}"
    if all(one.late for one in seen if one.kind == "hours"):
        marks["hours"] = f"late:{day}"  # a drawer of old slips is one question for each person
    raise_flags(event.id, seen, book, marks=marks)
    return any(one.kind in book.checks.delays for one in seen)


def look_at_neighbour(event: ServiceEvent, stars: int, book: Rulebook) -> None:
    """Look at a neighbour's rating while others are still to come, in the caller's transaction: a
    bad one is looked into at once, whatever the others say."""
    raise_flags(event.id, seen_in_stars(stars), book, marks={})


def raise_flags(
    event_id: str, seen: Iterable[Seen], book: Rulebook, *, marks: Mapping[str, str]
) -> None:
    """Put what was seen into the queue, in the caller's transaction; what is there already stays as
    it is. Several lines of one kind about one person are one flag, and so is what has one mark;
    but where a kind makes awards wait, each errand has its own."""
    flags: defaultdict[tuple[str, str | None], list[Line]] = defaultdict(list)
    for one in seen:
        flags[one.kind, one.volunteer_id].append(one.line)
    for (kind, volunteer_id), lines in flags.items():
        about = event_id if kind in book.checks.delays else marks.get(kind, event_id)
        row = {
            "id": new_id(),
            "mark": f"{kind}:{about}:{volunteer_id or ''}",
            "kind": kind,
            "event_id": event_id,
            "volunteer_id": volunteer_id,
            "saw": [line.to_json() for line in lines],
            "delays": kind in book.checks.delays,
            "status": "open",
            "raised_at": clock.now(),
            "decided_by": None,
            "decided_at": None,
            "note": None,
        }
        session().execute(insert_unless_there(Flag, row))


def _latest(event: ServiceEvent) -> Rating:
    """Return the rating that was just given."""
    return (
        session()
        .scalars(
            select(Rating).where(Rating.event_id == event.id).order_by(Rating.place.desc()).limit(1)
        )
        .one()
    )


def _counts(latest: Rating) -> dict[str, int]:
    """Return how many ratings the same member of staff entered in the last hour, and how many came
    from the same address in the last day."""
    since, mine = latest.rated_at - DAY, latest.channel in CHANNELS
    if mine:
        since, same = latest.rated_at - HOUR, Rating.entered_by == latest.entered_by
    else:
        same = (Rating.address == latest.address) & Rating.channel.not_in(CHANNELS)
    times = (
        session().scalar(
            select(func.count())
            .select_from(Rating)
            .where(same, Rating.rated_at > since, Rating.rated_at <= latest.rated_at)
        )
        or 0
    )
    if not mine and not latest.address:
        times = 0
    return {"entered": times if mine else 0, "address": 0 if mine else times}


def _of_neighbours(event: ServiceEvent) -> dict[str, int]:
    """Return how far the neighbours who rated an errand without one resident can be told apart."""
    if event.resident_id is not None:
        return {}
    addresses: Counter[str] = Counter()
    unnamed = 0
    for row in session().execute(
        select(Rating.channel, Rating.address, Rating.spoke_for).where(Rating.event_id == event.id)
    ):
        if row.channel in CHANNELS:
            unnamed += row.spoke_for is None
        elif row.address:
            addresses[row.address] += 1
    return {"one_address": max(addresses.values(), default=0), "unnamed": unnamed}


def _recorded_at(event: ServiceEvent) -> datetime:
    """Return when an errand's work was put on record."""
    at = session().scalar(
        select(func.max(EventChange.at)).where(
            EventChange.event_id == event.id,
            EventChange.to_status == "completed",
            EventChange.from_status != "completed",
        )
    )
    return at or clock.now()


def _doers(event: ServiceEvent, performed_at: datetime) -> list[Doer]:
    people, opened = {}, {}
    for doer in session().execute(
        select(Participant.volunteer_id, Participant.minutes, Volunteer.opened_at)
        .join(Volunteer, Volunteer.id == Participant.volunteer_id)
        .where(Participant.event_id == event.id, Participant.minutes.is_not(None))
        .order_by(Participant.volunteer_id)
    ):
        people[doer.volunteer_id], opened[doer.volunteer_id] = doer.minutes, doer.opened_at
    near: defaultdict[str, list[Any]] = defaultdict(list)
    rows = session().execute(
        select(
            Participant.volunteer_id, Participant.minutes, ServiceEvent.performed_at,
            ServiceEvent.service_item, ServiceEvent.rulebook_version, ServiceEvent.id,
        )
        .join(ServiceEvent, ServiceEvent.id == Participant.event_id)
        .where(
            Participant.volunteer_id.in_(people),
            ServiceEvent.id != event.id,
            ServiceEvent.status.in_(DONE),
            ServiceEvent.performed_at > performed_at - DAY,
            ServiceEvent.performed_at < performed_at + DAY,
        )
        .order_by(ServiceEvent.performed_at)
    )  # fmt: skip
    for row in rows:
        near[row.volunteer_id].append(row)
    met, paired = _met(event, list(people), performed_at)
    insiders = _insiders(event, list(people))
    day = clock.local_date(performed_at)
    recorded_at = _recorded_at(event)
    return [
        Doer(
            volunteer_id=number,
            minutes=minutes,
            day_minutes=minutes
            + sum(
                row.minutes or 0
                for row in near[number]
                if clock.local_date(row.performed_at) == day
            ),
            with_resident=met[number],
            paired=number in paired,
            had_code=number in insiders,
            ahead=(performed_at + timedelta(minutes=minutes) - recorded_at) // timedelta(minutes=1),
            late_days=(clock.local_date(recorded_at) - day).days,
            before_account=day < clock.local_date(opened[number]),
            elsewhere=[
                _elsewhere(row)
                for row in near[number]
                if row.performed_at < performed_at + timedelta(minutes=minutes)
                and performed_at < row.performed_at + timedelta(minutes=row.minutes or 0)
            ],
        )
        for number, minutes in people.items()
    ]


def _elsewhere(row: Any) -> Elsewhere:
    until = row.performed_at + timedelta(minutes=row.minutes or 0)
    name = rulebook(row.rulebook_version).items[row.service_item].name
    return Elsewhere(name, moment_text(row.performed_at), moment_text(until))


def _pair_of(event: ServiceEvent) -> str | None:
    return event.resident_id and residents.told_apart(event.resident_id)


def _met(
    event: ServiceEvent, people: list[str], performed_at: datetime
) -> tuple[Counter[str], set[str]]:
    """Return how often each served this resident, or another of the same household, in the month,
    and who of them is registered as the resident's pair."""
    if event.resident_id is None:
        return Counter(), set()
    first, last = periods.period_of(clock.local_date(performed_at), "month")
    resident = session().get_one(Resident, event.resident_id)
    same = residents.counted_with(resident.id)
    if resident.household_seal is not None:
        same = or_(same, Resident.household_seal == resident.household_seal)
    rows = session().execute(
        select(Participant.volunteer_id, func.count())
        .join(ServiceEvent, ServiceEvent.id == Participant.event_id)
        .join(Resident, Resident.id == ServiceEvent.resident_id)
        .where(
            Participant.volunteer_id.in_(people),
            same,
            ServiceEvent.status.in_(DONE),
            ServiceEvent.performed_at >= clock.start_of(first),
            ServiceEvent.performed_at < clock.end_of(last),
        )
        .group_by(Participant.volunteer_id)
    )
    return Counter({row[0]: row[1] for row in rows}), paired_with(resident.id, performed_at)


def _insiders(event: ServiceEvent, people: list[str]) -> set[str]:
    """Return who of some volunteers is staff too, and took the request, made its codes anew, or
    was given the resident's own link: what the resident rates by passed through their hands."""
    staff = {
        f"staff:{row.id}": str(row.volunteer_id)
        for row in session().execute(
            select(Staff.id, Staff.volunteer_id).where(Staff.volunteer_id.in_(people))
        )
    }
    if not staff:
        return set()
    of_resident = select(ServiceEvent.id).where(
        ServiceEvent.resident_id == event.resident_id, ServiceEvent.resident_id.is_not(None)
    )
    handed = session().scalars(
        select(EventChange.actor.distinct()).where(
            EventChange.actor.in_(staff),
            or_(
                (EventChange.event_id == event.id) & (EventChange.action == "codes"),
                EventChange.event_id.in_(of_resident) & (EventChange.action == "link"),
            ),
        )
    )
    return {staff[caller] for caller in (*handed, event.requested_by) if caller in staff}


@operation("flags.look")
def look_for_rings(actor: Actor) -> int:
    """Look for people who serve each other in turn, over the last 90 days, and flag the ring at the
    latest errand in it; return how many rings there are. A ring is flagged once in a quarter."""
    served, latest = _who_served_whom()
    book = in_force(clock.today())
    found = rings(served, least=book.checks.ring)
    first, _last = periods.period_of(clock.today(), "quarter")
    for ring in found:
        around = list(zip(ring, (*ring[1:], ring[0]), strict=True))
        line = ring_line(len(ring), min(served[pair] for pair in around))
        event_id = max(latest[pair] for pair in around)
        marks = {"ring": f"{first.isoformat()}:{'-'.join(ring)}"}
        raise_flags(event_id, [Seen("ring", ring[0], line)], book, marks=marks)
    return len(found)


def _who_served_whom() -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], str]]:
    """Return how often each volunteer served another one as a resident, and the latest errand of
    each such pair. A resident is known as a volunteer by the phone, or by the household."""
    rows = session().execute(
        select(
            Participant.volunteer_id.label("server"),
            Volunteer.id.label("other"),
            func.count().label("times"),
            func.max(ServiceEvent.id).label("latest"),
        )
        .join(ServiceEvent, ServiceEvent.id == Participant.event_id)
        .join(Resident, Resident.id == ServiceEvent.resident_id)
        .join(
            Volunteer,
            or_(
                Volunteer.phone_seal == Resident.phone_seal,
                Volunteer.household_seal == Resident.household_seal,
            ),
        )
        .where(
            Participant.minutes.is_not(None),
            ServiceEvent.status.in_(DONE),
            ServiceEvent.performed_at >= clock.now() - RING_DAYS,
        )
        .group_by(Participant.volunteer_id, Volunteer.id)
    )
    served: dict[tuple[str, str], int] = {}
    latest: dict[tuple[str, str], str] = {}
    for row in rows:
        served[row.server, row.other] = row.times
        latest[row.server, row.other] = row.latest
    return served, latest
