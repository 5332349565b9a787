"""A list of the desk's as a file: the same rows that its page shows, all of them, and on record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from moralbank.core import audit
from moralbank.core.actor import Actor
from moralbank.core.pagination import Page
from moralbank.core.tables import KINDS, Cell
from moralbank.core.transaction import operation

ROWS_AT_ONCE = 5_000
"""How many rows are asked of the database at a time."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list: the head of each column with what an item has there, and how to get its pages."""

    title: str
    columns: Sequence[tuple[str, Callable[[Any], Cell]]]
    page: Callable[[str | None, int], Page[Any]]
    """(cursor, how many) → these items."""

    def rows(self) -> Iterator[list[Cell]]:
        """Return every row of it, page by page."""
        cursor = None
        while True:
            page = self.page(cursor, ROWS_AT_ONCE)
            for item in page.items:
                yield [value(item) for _head, value in self.columns]
            cursor = page.next
            if cursor is None:
                return


def written(
    actor: Actor, name: str, listed: Listed, *, ending: str, by: Sequence[str]
) -> IO[bytes]:
    """Return a list as a file that is gone when it is closed; `by` are the names of its filters.

    It is whole, and on record, before any of it goes out: what breaks half way is no file at all.
    """
    file = TemporaryFile()  # noqa: SIM115 — whoever sends it closes it
    try:
        heads = [head for head, _value in listed.columns]
        rows = KINDS[ending][1](file, heads, listed.rows())
        note(actor, name, ending=ending, rows=rows, by=by)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


@operation("lists.export")
def note(actor: Actor, name: str, *, ending: str, rows: int, by: Sequence[str]) -> None:
    """Put on record who took which list, how long. What it was searched by may be a name or a phone
    and is not told."""
    audit.record(
        actor, "lists.export", subject_type="list", subject_id=name,
        ending=ending, rows=rows, filtered_by=sorted(by),
    )  # fmt: skip
