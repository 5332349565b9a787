"""What several of the public's pages show alike: totals, notices in a list, people with stars."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from moralbank.core.quantities import points_text
from moralbank.core.wording import hours_text
from moralbank.honours.wording import rating_words, work_words
from moralbank.notices import figures, reading, star_lists
from moralbank.notices.rules import SMALL_GROUP, mark_of


def grouped(number: str) -> str:
    """Write points or hours with commas: "12345.5" → "12,345.5"."""
    whole, point, part = number.partition(".")
    return f"{int(whole):,}{point}{part}"


def called(name: str) -> str:
    """Return a name as a page has it: an alias, kept in Chinese, in the page's language."""
    mark = mark_of(name)
    return name if mark is None else _("志愿者 %(mark)s", mark=mark)


def totals(summary: figures.Summary) -> dict[str, str]:
    """Return totals as finished strings."""
    return {
        "volunteers": f"{summary.volunteers:,}",
        "hours": grouped(hours_text(summary.minutes)),
        "service_events": f"{summary.service_events:,}",
        "points_awarded": grouped(points_text(summary.points_awarded)),
        "points_redeemed": grouped(points_text(summary.points_redeemed)),
        "stations": f"{summary.stations:,}",
        "supermarkets": f"{summary.supermarkets:,}",
    }


def honoured(one: star_lists.PublicStars) -> dict[str, Any]:
    """Return somebody with stars as the macro `honour_list` shows them."""
    return {
        "display_name": called(one.display_name),
        "community": one.organization,
        "stars": one.stars,
    }


def why_so_many(stars: int) -> str:
    """Return what stands above the reasons of so many stars."""
    titles: dict[int, str] = {
        0: _("为什么没有星"),
        1: _("为什么是一星"),
        2: _("为什么是二星"),
        3: _("为什么是三星"),
        4: _("为什么是四星"),
        5: _("为什么是五星"),
    }
    return titles[stars]


def too_few() -> str:
    """Say why figures of fewer people than a group has are not told."""
    words: str = _("做事的人不到 %(n)s 位，细说会看得出是谁，所以不说细账。", n=SMALL_GROUP)
    return words


def explained(one: star_lists.PublicStars) -> dict[str, Any] | None:
    """Return why a station or a team has its stars as the macro `why` shows it; None for people,
    whose reasons are their own."""
    if one.why is None:
        return None
    note = None
    if one.why.measures is None:
        note = too_few()
        if not one.why.counted:
            note = _("这一次评定没有记下有几个人做事，所以不说细账。")
    done = one.why.measures
    return {
        "title": why_so_many(one.stars),
        "facts": [] if done is None else [*work_words(done), *rating_words(done)],
        "lines": one.why.lines,
        "note": note,
    }


def counted_words(figures: Mapping[str, Any]) -> list[str]:
    """Return why a station or a team has the stars of its line, as far as the line tells it;
    nothing of people, and of notices of before."""
    if "members" not in figures:
        return []
    if figures["members"] is None:
        return [too_few()]
    words = [_("共 %(n)d 人", n=figures["members"])]
    if "hours_each" in figures:
        words.append(_("每人 %(hours)s 小时", hours=figures["hours_each"]))
    if "mean" in figures:
        words.append(
            _("折算 %(mean)s 星（多半在 %(low)s 到 %(high)s 星之间）",
              mean=figures["mean"], low=figures["mean_from"], high=figures["mean_to"])
        )  # fmt: skip
    return words


def state(notice: reading.NoticeView) -> str:
    """Return where a notice stands: draft, corrected (another one holds instead), objection (one
    may still object) or closed."""
    if notice.status == "draft":
        return "draft"
    if notice.corrected:
        return "corrected"
    return "objection" if notice.takes_objections else "closed"


def entry(notice: reading.NoticeView) -> dict[str, Any]:
    """Return a notice as the macro `notice_entries` shows it."""
    return {
        "id": notice.id,
        "title": notice.title,
        "posted_on": notice.posted_on,
        "state": state(notice),
    }
