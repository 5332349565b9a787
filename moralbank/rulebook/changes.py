"""What a version of the rulebook says otherwise than the one before it, in the words of `words`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from functools import partial
from itertools import zip_longest
from typing import Any

from flask_babel import gettext as _

from moralbank.rulebook import words
from moralbank.rulebook.documents import Rulebook, ServiceItem
from moralbank.rulebook.rules.lines import number_up

_NUMBER = re.compile(r"\d+(?:[./]\d+)?")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is said otherwise: what it is about, and the words before and after. `before`
    is None for what is new, `after` for what is gone."""

    name: str
    before: str | None
    after: str | None


def changes(before: Rulebook, after: Rulebook) -> list[Change]:
    """Return what is said otherwise: of the items, of the parts, of the star ladders; and what
    changed though no sentence tells of it, by its key. Empty where nothing that counts changed."""
    found = [*_title(before, after), *_categories(before, after), *_items(before, after)]
    old, new = _parts(before), _parts(after)
    for name in {**old, **new}:
        found += [Change(name, *pair) for pair in _sentences(old.get(name, ()), new.get(name, ()))]
    return [*(one for one in found if one.before != one.after), *_untold(before, after)]


def _title(before: Rulebook, after: Rulebook) -> Iterator[Change]:
    yield Change(_("规则书的名称"), before.title, after.title)
    yield Change(_("规则书的说明"), _in_a_line(before.note), _in_a_line(after.note))


def _categories(before: Rulebook, after: Rulebook) -> Iterator[Change]:
    for code, old in before.categories.items():
        new = after.categories.get(code, old)
        yield Change(_("类别的名称"), old.name, new.name)


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
            (_("%(item)s：类别", item=new.name), *_moved(before, old, after, new)),
            (_("%(item)s：说明", item=new.name), old.description, new.description),
        ):
            yield Change(name, _in_a_line(was), _in_a_line(now))


def _worth(item: ServiceItem | None) -> str | None:
    return None if item is None else words.worth(item)


def _in_a_line(text: str) -> str | None:
    return " ".join(text.split()) or None


def _moved(before: Rulebook, old: ServiceItem, after: Rulebook, new: ServiceItem) -> Sequence[str]:
    """Return the names of an item's categories, alike where it stayed in one."""
    if old.category == new.category:
        return "", ""
    return before.categories[old.category].name, after.categories[new.category].name


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


def _untold(before: Rulebook, after: Rulebook) -> Iterator[Change]:
    """Return what changed though nothing that the public reads says so: were it alone changed,
    every word would stay. It is named by its key, which the document has too."""
    told = _told(before)
    for one in _singles("", before, after, lambda book: book):
        if _told(one.book) == told:
            name = _("规则书：%(key)s", key=one.key.lstrip("."))
            yield Change(name, _value(one.before), _value(one.after))


def _told(book: Rulebook) -> tuple[Any, ...]:
    items = [
        (item.name, item.category, item.description, _worth(item)) for item in book.items.values()
    ]
    names = [category.name for category in book.categories.values()]
    return book.title, book.note, names, items, _parts(book)


@dataclass(frozen=True, slots=True)
class _Single:
    """One thing in which two rulebooks differ: its key, what it was and is, and the rulebook of
    before with it alone changed."""

    key: str
    before: Any
    after: Any
    book: Rulebook


Put = Callable[[Any], Rulebook]
"""Puts a part back into its rulebook."""


def _singles(key: str, old: Any, new: Any, put: Put) -> Iterator[_Single]:
    if old == new:
        return
    parts = _inside(old, new)
    if parts is None:
        yield _Single(key, old, new, put(new))
        return
    for name, (was, now) in parts.items():
        yield from _singles(f"{key}.{name}", was, now, partial(_put, old, name, put))


def _inside(old: Any, new: Any) -> dict[Any, tuple[Any, Any]] | None:
    """Return the parts of two things of one shape, side by side; None where they are compared
    whole."""
    if is_dataclass(old) and type(old) is type(new):
        return {one.name: (getattr(old, one.name), getattr(new, one.name)) for one in fields(old)}
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() == new.keys():
        return {key: (old[key], new[key]) for key in old}
    return None


def _put(whole: Any, name: Any, put: Put, value: Any) -> Rulebook:
    one = {name: value}
    return put({**whole, **one} if isinstance(whole, Mapping) else replace(whole, **one))


def _value(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value(one)}" for key, one in value.items()) or None
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(str(_value(one)) for one in value) or None
    if is_dataclass(value):
        return str(getattr(value, "name", value))
    return number_up(value) if isinstance(value, Fraction) else str(value)
