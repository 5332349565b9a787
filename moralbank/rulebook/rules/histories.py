"""What was awarded before an errand: what its caps and its diminishing returns look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from moralbank.rulebook.documents.awarding import SPANS


@dataclass(frozen=True, slots=True)
class History:
    """What was awarded before, by the spans (`SPANS`) of the errand's day.

    Hundredths: to this volunteer (`person`), to this volunteer for this item (`item`) and for its
    category (`category`), to everybody (`issue`). How many errands brought this volunteer points:
    in all (`person_times`), of this item (`item_times`) and of its category (`category_times`). A
    span that is missing counts as nothing. `with_resident` is how many errands this volunteer did
    before for this resident in the span of the diminishing returns; None where they do not apply,
    because there is no one resident or the two are a registered pairing.
    """

    person: Mapping[str, int] = field(default_factory=dict)
    item: Mapping[str, int] = field(default_factory=dict)
    category: Mapping[str, int] = field(default_factory=dict)
    issue: Mapping[str, int] = field(default_factory=dict)
    person_times: Mapping[str, int] = field(default_factory=dict)
    item_times: Mapping[str, int] = field(default_factory=dict)
    category_times: Mapping[str, int] = field(default_factory=dict)
    with_resident: int | None = None


def with_issued(history: History, more: int) -> History:
    """Return a history in which everybody together was awarded `more` hundredths more."""
    if not more:
        return history
    issue = {span: history.issue.get(span, 0) + more for span in SPANS}
    return replace(history, issue=issue)
