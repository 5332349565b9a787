"""What a star round says of a subject, in the reader's words."""

from collections.abc import Iterable

from flask_babel import gettext as _

from moralbank.core.quantities import points_text
from moralbank.core.wording import hours_text
from moralbank.honours.rules import Work
from moralbank.rulebook.rules import Line


def said(lines: Iterable[Line]) -> list[str]:
    """Return the lines of an explanation."""
    return [_(line.text, **line.values) for line in lines]


def work_words(work: Work) -> list[str]:
    """Return how long a subject was at work and how often: of a group, each member's errands."""
    times = _("%(n)d 件事", n=work.events)
    if work.members is not None:
        times = _("办事 %(n)d 人次", n=work.events)
    return [_("%(hours)s 小时", hours=hours_text(work.minutes)), times]


def point_words(work: Work) -> list[str]:
    """Return what that brought."""
    return [
        _("积分 %(points)s", points=points_text(work.points)),
        _("道德分 %(points)s", points=points_text(work.merit)),
    ]


def rating_words(work: Work) -> list[str]:
    """Return how residents rated it, as far as that is told, and how many people a group has."""
    words = [_("%(n)d 次评价", n=work.ratings)]
    if work.mean_rating_text is not None:
        words.append(_("平均 %(mean)s 星", mean=work.mean_rating_text))
    if work.satisfaction_text is not None and work.satisfaction_span is not None:
        low, high = work.satisfaction_span
        words.append(
            _("折算 %(mean)s 星（多半在 %(low)s 到 %(high)s 星之间）",
              mean=work.satisfaction_text, low=low, high=high)
        )  # fmt: skip
    if work.members is not None:
        words.append(_("共 %(n)d 人", n=work.members))
    return words
