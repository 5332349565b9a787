"""The public's page of the rulebook: what it says, and what an errand would be worth by it."""

import re
from typing import Any

from flask import make_response, render_template, request
from flask_babel import gettext as _
from marshmallow import ValidationError

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.bodies import field_errors
from moralbank.core.fields import Count, Schema, Text, from_text, narrow
from moralbank.core.pages import PageRoom
from moralbank.core.problems import not_found
from moralbank.core.quantities import points_text
from moralbank.rulebook import words
from moralbank.rulebook.documents import STARS, Rulebook
from moralbank.rulebook.operations import rulebook, version_in_force, versions
from moralbank.rulebook.rules import History, score

room = PageRoom("rulebook", __name__)

FIRST = {"minutes": "120", "quantity": "1", "stars": "5"}
"""What the calculator begins with: two hours, five stars."""
MOST = {"minutes": 24 * 60, "quantity": 9999}
"""The most that it reckons with."""


class WorthIn(Schema):
    """What somebody would have done, and how it was rated."""

    item = Text(most=80, required=True)
    minutes = Count(most=MOST["minutes"], required=True)
    quantity = Count(most=MOST["quantity"], load_default=1)
    stars = Count(least=min(STARS), most=max(STARS), required=True)


@room.page("/rules", action="public.read", same_for_all=True)
def rules(actor: Actor) -> Any:
    """Show the rulebook in force in words, with a calculator; another version where one is asked
    for. Refuses 404 for one that there is not."""
    known = versions(actor)
    now = version_in_force(clock.today())
    asked = request.args.get("version") or str(now)
    number = {str(one.version): one.version for one in known}.get(asked)
    if number is None:
        raise not_found(_("没有这一版规则。现在用的那一版在“规则”页。"))
    book = rulebook(number)
    typed = {name: request.args.get(name, "").strip() for name in ("item", *FIRST)}
    result, errors = _worth(book, typed) if typed["item"] else (None, {})
    page = render_template(
        "rulebook/rules.html",
        book=book,
        number=number,
        in_force=now,
        versions=known,
        groups=[
            (
                category.name,
                [
                    {"code": item.code, "name": item.name, "worth": words.worth(item),
                     "description": item.description}
                    for item in book.items.values()
                    if item.category == category.code
                ],
            )
            for category in book.categories.values()
        ],
        sections=words.sections(book),
        ladders=words.ladders(book),
        form=typed if typed["item"] else FIRST,
        errors=errors,
        result=result,
    )  # fmt: skip
    return make_response(page, 422 if errors else 200)


def _worth(book: Rulebook, typed: dict[str, str]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return what an errand would be worth, and why; or what is wrong with what was typed."""
    schema = WorthIn()
    try:
        asked = schema.load(from_text(schema, typed, typed=True))
    except ValidationError as error:
        return None, field_errors(error) | _too_much(typed)
    item = book.items.get(asked["item"])
    if item is None:
        return None, {"item": [_("没有这种服务项目。")]}
    made = score(
        book, item_code=item.code, minutes=asked["minutes"], quantity=asked["quantity"],
        stars=asked["stars"], history=History(),
    )  # fmt: skip
    return {
        "name": item.name,
        "points": points_text(made.points),
        "merit": points_text(made.merit),
        "lines": [_(line.text, **line.values) for line in made.lines],
    }, {}


def _too_much(typed: dict[str, str]) -> dict[str, list[str]]:
    """Say of each number that is too large what the most is."""
    words = {
        "minutes": _("分钟最多填 %(most)d。", most=MOST["minutes"]),
        "quantity": _("件数最多填 %(most)d。", most=MOST["quantity"]),
    }
    return {
        name: [said]
        for name, said in words.items()
        if re.fullmatch("[0-9]+", narrow(typed[name])) and int(typed[name]) > MOST[name]
    }
