"""What a version of the rulebook says otherwise than the one before it, in the words of `words`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from flask_babel import gettext as _

from moralbank.rulebook import words
from moralbank.rulebook.documents import Rulebook, ServiceItem

_NUMBER = re.compile(r"\d+(?:[./]\d+)?")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is said otherwise: what it is about, and the words before and after. `before`
    is None for what is new, `after` for what is gone."""

    name: str
    before: str | None
    after: str | None


def changes(before: Rulebook, after: Rulebook) -> list[Change]:
    """Return what is said otherwise: of the items, of the parts, of the star ladders; empty where
    two rulebooks read alike."""
    found = [*_title(before, after), *_items(before, after)]
    old, new = _parts(before), _parts(after)
    for name in {**old, **new}:
        found += [Change(name, *pair) for pair in _sentences(old.get(name, ()), new.get(name, ()))]
    return [one for one in found if one.before != one.after]


def _title(before: Rulebook, after: Rulebook) -> Iterator[Change]:
    yield Change(_("规则书的名称"), before.title, after.title)
    yield Change(_("规则书的说明"), _in_a_line(before.note), _in_a_line(after.note))


def _items(before: Rulebook, after: Rulebook) -> Iterator[Change]:
    for code in {**before.items, **after.items}:
        old, new = before.items.get(code), after.items.get(code)
        there = new or old
        assert there is not None, "it is in one of them"
        yield Change(there.name, _worth(old), _worth(new))
        if old is None or new is None:
            continue
        for name, was, now in (
            (_("%(item)s：名称", item=new.name), old.name, new.name),
            (_("%(item)s：类别", item=new.name), _category(before, old), _category(after, new)),
            (_("%(item)s：说明", item=new.name), old.description, new.description),
        ):
            yield Change(name, _in_a_line(was), _in_a_line(now))


def _worth(item: ServiceItem | None) -> str | None:
    return None if item is None else words.worth(item)


def _in_a_line(text: str) -> str | None:
    return " ".join(text.split()) or None


def _category(book: Rulebook, item: ServiceItem) -> str:
    return book.categories[item.category].name


def _parts(book: Rulebook) -> dict[str, tuple[str, ...]]:
    """Return what a rulebook says but for its items: sentences under their headings; each level of
    a ladder is a heading of its own."""
    said = {part.title: part.lines for part in words.sections(book)}
    for ladder in words.ladders(book):
        for stars, needs in ladder.levels:
            said[_("%(n)d 星（%(who)s）", n=stars, who=ladder.title)] = (needs,)
        said[_("星级（%(who)s）", who=ladder.title)] = ladder.notes
    return said


def _sentences(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Pair the sentences that say the same with other numbers, and one that stands in another's
    place with that one."""
    matcher = SequenceMatcher(None, _without_numbers(old), _without_numbers(new), autojunk=False)
    for _tag, since, until, first, last in matcher.get_opcodes():
        yield from zip_longest(old[since:until], new[first:last])


def _without_numbers(sentences: Sequence[str]) -> list[str]:
    return [_NUMBER.sub("#", one) for one in sentences]
