"""Commendations: the medals and prizes that a period's work earns besides the stars."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.honours import Commendation
from moralbank.rulebook.rules.ladders import Measured, meets
from moralbank.rulebook.rules.lines import N_, Line

_ONCE = N_("获得“%(name)s”")
_TIMES = N_("获得“%(name)s”%(times)s 次")


@dataclass(frozen=True, slots=True)
class Commended:
    """A commendation that was earned, and how many times."""

    code: str
    name: str
    times: int

    @property
    def line(self) -> Line:
        """What is told about it."""
        if self.times == 1:
            return Line(_ONCE, {"name": self.name})
        return Line(_TIMES, {"name": self.name, "times": self.times})


def commendations_for(
    rulebook: Rulebook, *, subject: str, period_kind: str, measures: Measured
) -> tuple[Commended, ...]:
    """Return what is earned over this kind of period, in the document's order.

    One that is given again counts 1 + ⌊(have - need) ÷ again_each⌋ times. Raises KeyError where one
    asks for a measure that was not given.
    """
    return tuple(
        Commended(one.code, one.name, _times(one, measures))
        for one in rulebook.commendations
        if (one.subject, one.period) == (subject, period_kind) and meets(measures, one.needs)
    )


def _times(given: Commendation, measures: Measured) -> int:
    if given.again_each is None:
        return 1
    name, each = given.again_each
    have = measures[name] or 0
    return 1 + int(Fraction(have - given.needs[name]) // each)
