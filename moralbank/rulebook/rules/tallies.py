"""Awards added up as they come, so that a whole season can be scored again without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from moralbank.rulebook.rules.histories import History

Spans = Mapping[str, date]
"""Each of `SPANS` to the first day of the one that an errand lies in."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a tally has to know of an errand of one volunteer; `resident` None where there is no
    one resident."""

    volunteer: str
    item: str
    resident: str | None
    spans: Spans


@dataclass(slots=True)
class Tally:
    """What was awarded so far: by person, by person and item, to everybody, for how many
    errands, and how often each served whom."""

    _sums: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def add(self, errand: Errand, *, points: int, excess: int, sign: int = 1) -> None:
        """Count an award, in hundredths, or with `sign` -1 take it out again."""
        for span, first in errand.spans.items():
            mark = (span, first)
            self._sums["person", errand.volunteer, *mark] += sign * points
            self._sums["item", errand.volunteer, errand.item, *mark] += sign * points
            if points or excess:
                self._sums["times", errand.volunteer, *mark] += sign
                self._sums["item times", errand.volunteer, errand.item, *mark] += sign
            self._sums["issue", *mark] += sign * (points + excess)
            if errand.resident is not None:
                self._sums["met", errand.volunteer, errand.resident, *mark] += sign

    def add_bonus(self, spans: Spans, *, points: int, sign: int = 1) -> None:
        """Count a bonus against the whole issue, or take it out again."""
        for span, first in spans.items():
            self._sums["issue", span, first] += sign * points

    def history(
        self, errand: Errand, *, met_per: str | None, alike: Collection[str] = ()
    ) -> History:
        """Return the history of an errand: `met_per` is the span of the diminishing returns, None
        where they do not apply to this pair; `alike` are the items of its category."""
        marks = errand.spans.items()
        met = None
        if met_per is not None and errand.resident is not None:
            mark = (met_per, errand.spans[met_per])
            met = self._sums["met", errand.volunteer, errand.resident, *mark]
        return History(
            person={one[0]: self._sums["person", errand.volunteer, *one] for one in marks},
            item={one[0]: self._sums["item", errand.volunteer, errand.item, *one] for one in marks},
            category={
                one[0]: sum(self._sums["item", errand.volunteer, item, *one] for item in alike)
                for one in marks
            },
            issue={one[0]: self._sums["issue", *one] for one in marks},
            person_times={one[0]: self._sums["times", errand.volunteer, *one] for one in marks},
            item_times={
                one[0]: self._sums["item times", errand.volunteer, errand.item, *one]
                for one in marks
            },
            category_times={
                one[0]: sum(
                    self._sums["item times", errand.volunteer, item, *one] for item in alike
                )
                for one in marks
            },
            with_resident=met,
        )
