"""What a poster's columns are, by the kind of its notice; widths are those on A4."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from moralbank.core.paper import width_of
from moralbank.core.quantities import points_text
from moralbank.core.wording import hours_text
from moralbank.notices.reading import ShownLine, WholeNotice
from moralbank.notices.tables import goods_text

MARGIN = 15 * mm
ROOM = A4[0] - 2 * MARGIN
FACT, SMALL, TEXT = 12.5, 9.5, 15.0
"""Sizes of type: of heads and facts, of the foot, of the lines."""
GAP = 3 * mm
IN_CLASS = 52 * mm
LINE_NO = 18 * mm
"""Room for five digits: a number that is broken is nobody's."""
WIDEST_WHO = 60 * mm
"""A longer name, such as a pool's, goes over several lines."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column on paper. `right`: figures, which stand under each other by their last digit and
    are never broken."""

    head: str
    width: float
    text: Callable[[ShownLine], str]
    right: bool = False


def columns_on_paper(whole: WholeNotice) -> list[Column]:
    """Return the columns of a notice on paper."""
    notice = whole.notice
    line_no = Column(_("行"), LINE_NO, lambda line: str(line.line_no))
    if notice.kind == "stock_counts":
        return _of_counts(line_no)
    if notice.kind == "rule_changes":
        return _of_rules(line_no)
    name = {"station": _("代办站"), "team": _("团队")}.get(notice.subjects or "", _("姓名"))
    points = Column(
        _("积分"), 24 * mm, lambda line: points_text(line.figures["points"]), right=True
    )
    hours = Column(
        _("小时"), 20 * mm, lambda line: hours_text(line.figures.get("minutes", 0)), right=True
    )
    if notice.kind == "points":
        events = Column(_("件数"), 20 * mm, _figure("service_events"), right=True)
        return [line_no, _named(name, [line_no, hours, events, points]), hours, events, points]
    if notice.kind == "redemptions":
        who = Column(name, WIDEST_WHO, _name)
        return _of_redemptions(whole, line_no, who, points)
    stars = Column(
        _("星级"), 17 * mm, lambda line: _("%(n)s 星", n=line.figures["stars"]), right=True
    )
    rank = Column(_("名次"), 15 * mm, _place, right=True)
    if notice.subjects != "volunteer":
        rank = Column(_("同等人数里的名次"), IN_CLASS, _place_in_class, right=True)
    beside = [line_no, stars, rank, hours, points]
    return [line_no, _named(name, beside), stars, rank, hours, points]


def _place(line: ShownLine) -> str:
    """Who has no star is the first of nothing."""
    return str(line.figures["rank"]) if line.figures["stars"] else "–"


def _place_in_class(line: ShownLine) -> str:
    """Write the place of a station or a team, and among whom it is; notices of before do not say
    among whom."""
    if not line.figures["stars"]:
        return "–"
    rank, least, most = (line.figures.get(name) for name in ("rank", "size_from", "size_to"))
    if least is None:
        return str(rank)
    words: str = _("%(least)s 到 %(most)s 人的第 %(rank)s 名", least=least, most=most, rank=rank)
    if most is None:
        words = _("%(least)s 人起的第 %(rank)s 名", least=least, rank=rank)
    elif not least:
        words = _("%(most)s 人以内的第 %(rank)s 名", most=most, rank=rank)
    return words


def _named(head: str, beside: Sequence[Column]) -> Column:
    return Column(head, ROOM - sum(one.width for one in beside), _name)


def _name(line: ShownLine) -> str:
    return line.display_name


def _of_redemptions(
    whole: WholeNotice, line_no: Column, who: Column, points: Column
) -> list[Column]:
    """What was bought takes the most room, so that all else takes no more than it needs; a name
    that is broken would read as two people. The year stands in the title."""
    day = Column(_("日期"), 33 * mm, lambda line: str(line.figures["occurred_on"])[5:])
    *before, last = (_fitted(one, whole.lines) for one in (line_no, day, who, points))
    rest = ROOM - sum(one.width for one in (*before, last))
    return [*before, Column(_("物品"), rest, _bought), last]


def _fitted(column: Column, lines: Sequence[ShownLine]) -> Column:
    """Return a column as wide as its widest text, but not wider than it is."""
    texts = {column.text(line) for line in lines}
    widest = max((width_of(text, TEXT) for text in texts), default=0)
    return replace(column, width=min(column.width, max(widest, width_of(column.head, FACT)) + GAP))


def _bought(line: ShownLine) -> str:
    goods = goods_text(line.figures.get("goods", []))
    shop = line.figures.get("supermarket")
    return _("%(goods)s（%(shop)s）", goods=goods, shop=shop) if shop else goods


def _of_counts(line_no: Column) -> list[Column]:
    day = Column(_("日期"), 33 * mm, _figure("occurred_on"))
    figures = [
        Column(_("账上"), 17 * mm, _figure("expected", none="–"), right=True),
        Column(_("数到"), 17 * mm, _figure("counted", none="–"), right=True),
        Column(_("差"), 15 * mm, lambda line: f"{line.figures['difference']:+d}", right=True),
    ]
    half = (ROOM - sum(one.width for one in (line_no, day, *figures))) / 2
    why = Column(_("原因"), half, _figure("reason"))
    return [line_no, day, Column(_("物品"), half, _counted), why, *figures]


def _counted(line: ShownLine) -> str:
    said = {"goods": line.display_name, "unit": line.figures["unit"]}
    words: str = _("%(goods)s（%(unit)s，%(shop)s）", shop=line.figures["supermarket"], **said)
    return words


def _of_rules(line_no: Column) -> list[Column]:
    since = Column(_("实施日期"), 33 * mm, _figure("effective_from"))
    what = Column(_("哪一条"), 36 * mm, lambda line: line.display_name)
    half = (ROOM - sum(one.width for one in (line_no, since, what))) / 2
    before = Column(_("原来"), half, lambda line: line.figures["before"] or _("没有"))
    after = Column(_("改成"), half, lambda line: line.figures["after"] or _("取消"))
    return [line_no, since, what, before, after]


def _figure(name: str, *, none: str = "") -> Callable[[ShownLine], str]:
    """Return what writes a figure, or `none` where there is none."""

    def write(line: ShownLine) -> str:
        value = line.figures.get(name)
        return none if value is None else str(value)

    return write
