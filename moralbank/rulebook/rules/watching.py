"""What somebody should look at: each check says what it saw, and accuses nobody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules.lines import N_, Line

LOW_STARS = 2
"""So many stars or fewer open a case."""
LONGEST_RING = 4

# A queue is read by many: it says that the rating is low, not what it was.
_LOW = N_("居民的评价很低（%(limit)s 星及以下提请核实）")
_OVERLAP = N_("同一时间还记在另一件事上：%(item)s，%(since)s 至 %(until)s")
_PAIR = N_("本月第 %(times)s 次为同一位居民服务（超过 %(limit)s 次提请核实）")
_ENTERED = N_("同一位工作人员一小时内录入了 %(times)s 份评价（超过 %(limit)s 份提请核实）")
_ADDRESS = N_("同一个网络地址一天内发来 %(times)s 份评价（超过 %(limit)s 份提请核实）")
_OUTSIDE = N_("记为 %(minutes)s 分钟，这一项一般在 %(least)s 至 %(most)s 分钟")
_LONG_DAY = N_("这一天共记 %(minutes)s 分钟（超过 %(limit)s 分钟提请核实）")
_AHEAD = N_("记录时还有 %(minutes)s 分钟没有到，就已经算进去了")
_LATE = N_("做完 %(days)s 天以后才记录（超过 %(limit)s 天提请核实）")
_BEFORE_ACCOUNT = N_("做这件事的那天，这位志愿者还没有开户")
_ONE_ADDRESS = N_("这件事有 %(times)s 份邻居评价来自同一个网络地址")
_UNNAMED = N_("这件事有 %(times)s 份邻居评价由工作人员录入，没有写是哪位邻居")
_INSIDER = N_("做这件事的人也是工作人员，评价码或居民的链接经过他的手")
_SAMPLE = N_("随机抽查，请打电话核实")
_RING = N_("%(people)s 位志愿者九十天内互相服务，每一环至少 %(times)s 次")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check saw: its kind, of which volunteer (None: of the errand as a whole), and the
    line that says it. `late`: it is only that the work was put on record late."""

    kind: str
    volunteer_id: str | None
    line: Line
    late: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another errand of the same volunteer at the same time, in words."""

    item: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Doer:
    """One who did the errand: minutes of it, and in all of its day; errands for this resident in
    this month, this one included (0: no one resident, or a registered pairing); other errands at
    the same time; whether they, as staff, were given what the resident rates by; by how many
    minutes the end lies after the moment when it was put on record; how many days after the work
    that was; and whether they had no account yet on the day of the work."""

    volunteer_id: str
    minutes: int
    day_minutes: int
    with_resident: int
    paired: bool
    elsewhere: Sequence[Elsewhere]
    had_code: bool = False
    ahead: int = 0
    late_days: int = 0
    before_account: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """An errand whose last rating was just given: `lowest` are the fewest stars of all, `entered`
    counts what the same member of staff entered in the last hour, `address` what came from the same
    address in the last day, this one included (0: it does not apply). `chance` is a number from 0
    to 1 that nobody can foresee. Of an errand without one resident, `one_address` counts the
    neighbours' ratings from the same address, `unnamed` those that staff entered without a name."""

    item_code: str
    lowest: int
    entered: int
    address: int
    chance: Fraction
    doers: Sequence[Doer]
    one_address: int = 0
    unnamed: int = 0


def seen_in(rulebook: Rulebook, rated: Rated) -> list[Seen]:
    """Return what the checks see in an errand that was just rated."""
    return [*_of_rating(rulebook, rated), *_of_doers(rulebook, rated)]


def seen_in_stars(stars: int) -> list[Seen]:
    """Return what is seen in one rating alone: a bad one opens a case, also of one neighbour among
    several, where the others would outvote it."""
    return (
        [Seen("low_rating", None, Line(_LOW, {"limit": LOW_STARS}))] if stars <= LOW_STARS else []
    )


def _of_rating(rulebook: Rulebook, rated: Rated) -> Iterator[Seen]:
    checks = rulebook.checks
    yield from seen_in_stars(rated.lowest)
    if rated.entered > checks.entered:
        yield _counted("entered", None, _ENTERED, rated.entered, checks.entered)
    if rated.address > checks.address:
        yield _counted("address", None, _ADDRESS, rated.address, checks.address)
    if rated.one_address > 1:
        yield Seen("address", None, Line(_ONE_ADDRESS, {"times": rated.one_address}))
    if rated.unnamed > 1:
        yield Seen("entered", None, Line(_UNNAMED, {"times": rated.unnamed}))
    paired = any(doer.paired for doer in rated.doers)
    if rated.chance < (checks.pairing_sample if paired else checks.sample):
        yield Seen("sample", None, Line(_SAMPLE))


def _of_doers(rulebook: Rulebook, rated: Rated) -> Iterator[Seen]:
    checks = rulebook.checks
    item = rulebook.items.get(rated.item_code)
    for doer in rated.doers:
        for other in doer.elsewhere:
            said = {"item": other.item, "since": other.since, "until": other.until}
            yield Seen("overlap", doer.volunteer_id, Line(_OVERLAP, said))
        if doer.had_code:
            yield Seen("insider", doer.volunteer_id, Line(_INSIDER))
        if doer.with_resident > checks.pair and not doer.paired:
            yield _counted("pair", doer.volunteer_id, _PAIR, doer.with_resident, checks.pair)
        if item is not None and not item.minutes.least <= doer.minutes <= item.minutes.most:
            bounds = {"least": item.minutes.least, "most": item.minutes.most}
            line = Line(_OUTSIDE, {"minutes": doer.minutes, **bounds})
            yield Seen("hours", doer.volunteer_id, line)
        if doer.ahead > checks.ahead_minutes:
            yield Seen("hours", doer.volunteer_id, Line(_AHEAD, {"minutes": doer.ahead}))
        if doer.late_days > checks.late_days:
            figures = {"days": doer.late_days, "limit": checks.late_days}
            yield Seen("hours", doer.volunteer_id, Line(_LATE, figures), late=True)
        if doer.before_account:
            yield Seen("hours", doer.volunteer_id, Line(_BEFORE_ACCOUNT), late=True)
        if doer.day_minutes > checks.day_minutes:
            figures = {"minutes": doer.day_minutes, "limit": checks.day_minutes}
            yield Seen("hours", doer.volunteer_id, Line(_LONG_DAY, figures))


def _counted(kind: str, who: str | None, text: str, times: int, limit: int) -> Seen:
    return Seen(kind, who, Line(text, {"times": times, "limit": limit}))


def rings(served: Mapping[tuple[str, str], int], *, least: int) -> list[tuple[str, ...]]:
    """Return the rings of two to four people who serve each other in turn.

    `served` says how often the first served the second; what is less than `least` does not count.
    Each ring is named once, from its least member on.
    """
    after: dict[str, list[str]] = {}
    for (server, other), times in sorted(served.items()):
        if times >= least and server != other:
            after.setdefault(server, []).append(other)
    found: list[tuple[str, ...]] = []

    def walk(path: tuple[str, ...]) -> None:
        for other in after.get(path[-1], ()):
            if other == path[0] and len(path) > 1:
                found.append(path)
            elif other > path[0] and other not in path and len(path) < LONGEST_RING:
                walk((*path, other))

    for start in sorted(after):
        walk((start,))
    return found


def ring_line(people: int, times: int) -> Line:
    """Return what is said of a ring."""
    return Line(_RING, {"people": people, "times": times})
