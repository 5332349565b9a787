"""What a certificate says: read once, when it is issued, and frozen."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _

from moralbank.core import clock, periods
from moralbank.core.language import in_chinese
from moralbank.core.problems import Refusal, conflict, invalid_field
from moralbank.events.awarding.measures import Counted, by_item
from moralbank.honours.rounds import PERIOD_KINDS, starred_rounds
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import rulebook


def of_stars(volunteer_id: str, period: str | None) -> dict[str, Any]:
    """Return the stars that a published round gave a volunteer, with what it counted.

    Refuses 422 for a period that there is not, 409 `nothing_to_certify` for one without stars.
    """
    if period is None:
        raise invalid_field("period", _("必须填写。"))
    name = periods.read(period, kinds=PERIOD_KINDS).name
    found = next((one for one in starred_rounds(volunteer_id) if one.round.period == name), None)
    if found is None or found.round.published_at is None:
        raise _nothing(_("这一期没有公布过这位志愿者的星级。"))
    work = found.measures
    return {
        "period": name,
        "period_title": _chinese_title(name),
        "stars": found.stars,
        "round_id": found.round.id,
        "round_of": found.round.organization,
        "published_on": clock.local_date(found.round.published_at).isoformat(),
        "rulebook_version": found.round.rulebook_version,
        "minutes": work.minutes,
        "errands": work.events,
        "points": work.points,
        "merit": work.merit,
        "mean_rating": work.mean_rating_text,
    }


def of_service(volunteer_id: str, since: date | None, until: date | None) -> dict[str, Any]:
    """Return what a volunteer did from one local day to another, both inclusive, by category, out
    of the awards that stand. Without `since` it begins with the first errand, without `until` it
    ends today.

    Refuses 422 for days that are none of a span or have not come, 409 `nothing_to_certify`.
    """
    last = until or clock.today()
    if last > clock.today():
        raise invalid_field("until", _("这一天还没有到。"))
    if since is not None and since > last:
        raise invalid_field("since", _("起始日期不能晚于截止日期。"))
    counted = by_item(
        volunteer_id,
        since=None if since is None else clock.start_of(since),
        until=clock.end_of(last),
    )
    if not counted:
        raise _nothing(_("这段时间没有已入账的服务记录。"))
    first = since or clock.local_date(min(one.first_at for one in counted))
    return {
        "since": first.isoformat(),
        "until": last.isoformat(),
        "errands": sum(one.errands for one in counted),
        "minutes": sum(one.minutes for one in counted),
        "contents": by_category(counted, rulebook),
    }


def by_category(counted: Iterable[Counted], book: Any) -> list[dict[str, Any]]:
    """Return the work by category of the catalogue, the longest first; `book` gives a version's
    rulebook. What versions call differently has the latest one's name."""
    found: dict[str, dict[str, Any]] = {}
    for one in sorted(counted, key=lambda one: -one.rulebook_version):
        rules: Rulebook = book(one.rulebook_version)
        item = rules.items[one.service_item]
        line = found.setdefault(
            item.category,
            {
                "category": rules.categories[item.category].name,
                "items": {},
                "errands": 0,
                "minutes": 0,
            },
        )
        line["items"].setdefault(one.service_item, item.name)
        line["errands"] += one.errands
        line["minutes"] += one.minutes
    lines = sorted(found.items(), key=lambda pair: (-pair[1]["minutes"], pair[0]))
    return [{**line, "items": sorted(line["items"].values())} for _code, line in lines]


@in_chinese
def _chinese_title(period: str) -> str:
    return periods.parse(period).title


def _nothing(detail: str) -> Refusal:
    return conflict("nothing_to_certify", detail)
