"""The columns of what anybody may take away: what each is called, its unit, what it means.

The tables, the spreadsheets and the page that explains them are all made from these. The names are
those of the API's lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from flask_babel import pgettext

from moralbank.notices.reading import ShownLine

Sort = Literal["text", "points", "count", "minutes", "decimal", "date", "goods"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files, and what it is in Chinese and in English. `sort` is what stands
    in it: "points" and "decimal" are decimal texts, "goods" a list of names and quantities;
    "minutes" are hours where people read them."""

    name: str
    sort: Sort
    title: str
    unit: str
    meaning: str
    english: str
    english_unit: str
    english_meaning: str

    @property
    def head(self) -> str:
        """What stands above it in a table for people: 积分（分）."""
        unit = pgettext("表头", "小时") if self.sort == "minutes" else self.unit
        return f"{self.title}（{unit}）" if unit else self.title


def of_lines(kind: str, lines: Sequence[ShownLine] | None = None) -> list[Column]:
    """Return the columns of the lines of a notice of this kind; of those that not every such notice
    has (classes of size), where `lines` are given, what these have."""
    line_no = Column(
        "line_no", "count", _("行"), "", _("公示里的第几行；提异议时写它。"),
        "Line", "", "The line's number in its notice; objections name it.",
    )  # fmt: skip
    name = Column(
        "display_name", "text", _("姓名"), "",
        _("同意公开的人，姓名遮住一部分；不同意的是这份公示里的代号。代办站、团队、公益池是名称。"),
        "Name", "",
        "Masked, of people who agree to be named; of others an alias that is good in this notice "
        "alone. Stations, teams and pools by their names. Looked up when you ask.",
    )  # fmt: skip
    points = Column(
        "points", "points", _("积分"), _("分"), _("最多两位小数。"),
        "Points", "points", "A decimal number with at most two decimals.",
    )  # fmt: skip
    minutes = Column(
        "minutes", "minutes", _("服务时长"), _("分钟"),
        _("这一期里服务了多久。网页、海报和 Excel 里写成小时，最多两位小数，不进位。"),
        "Time", "minutes",
        "How long the service took in the period. Pages, posters and Excel have hours instead, "
        "with at most two decimals, rounded down.",
    )  # fmt: skip
    if kind == "points":
        events = Column(
            "service_events", "count", _("件数"), _("件"), _("这一期里办成了几件事。"),
            "Errands", "errands", "How many errands were done and rated in the period.",
        )  # fmt: skip
        return [line_no, name, points, minutes, events]
    if kind == "redemptions":
        return [
            line_no,
            Column(
                "occurred_on", "date", _("日期"), "", _("哪一天兑换的，当地日期。"),
                "Date", "", "The local day on which it was redeemed, as YYYY-MM-DD.",
            ),
            name,
            Column(
                "supermarket", "text", _("爱心超市"), "", _("在哪家爱心超市。"),
                "Supermarket", "", "Where it was redeemed.",
            ),
            Column(
                "goods", "goods", _("物品"), "",
                _("换了什么、几件。CSV 里写成“大米×2、肥皂×1”，JSON 里是列表。"),
                "Goods", "",
                "What for, and how many. In CSV one text, in JSON a list of name and quantity.",
            ),
            points,
        ]  # fmt: skip
    if kind == "stock_counts":
        return [line_no, *_of_counts()]
    if kind == "rule_changes":
        return [line_no, *_of_rules()]
    return [
        line_no,
        name,
        Column(
            "stars", "count", _("星级"), _("星"), _("0 至 5 星。"),
            "Stars", "stars", "From none to five.",
        ),
        Column(
            "rank", "count", _("名次"), _("名"),
            _("在这一次评定里的次序，并列的相同；代办站和团队是同一人数档里的。没有星的也排了次序。"),
            "Rank", "",
            "The place in its round; those who are level have the same. Stations and teams have it "
            "among those of their size, and those without a star have one too.",
        ),
        points,
        minutes,
        *_that_some_have(_of_groups(), lines),
    ]  # fmt: skip


def _that_some_have(columns: Sequence[Column], lines: Sequence[ShownLine] | None) -> list[Column]:
    return [
        one for one in columns if lines is None or any(one.name in line.figures for line in lines)
    ]


def _of_groups() -> list[Column]:
    return [
        Column(
            "size_from", "count", _("人数档从"), _("人"),
            _("代办站和团队只和人数相近的比：这一档从多少人起。志愿者没有，空着。"),
            "Size from", "members",
            "Stations and teams are ranked among those of their size: from so many members. Empty "
            "for volunteers.",
        ),
        Column(
            "size_to", "count", _("人数档到"), _("人"), _("这一档到多少人；空着的是不限。"),
            "Size to", "members", "To so many members; empty for any number.",
        ),
        Column(
            "members", "count", _("成员"), _("人"),
            _("代办站、团队有多少人。做事的人不到 5 位的，细说会看得出是谁，这一列往后都空着。"),
            "Members", "members",
            "How many people a station or team has. Where fewer than five did the work, this and "
            "what follows is left empty, as it would tell of single people.",
        ),
        Column(
            "hours_each", "decimal", _("每人时长"), _("小时"),
            _("评星用的：时长按成员平均，最多两位小数，不进位。"),
            "Hours each", "hours",
            "What the stars go by: hours shared out among the members, at most two decimals, "
            "rounded down.",
        ),
        Column(
            "mean", "decimal", _("折算评价"), _("星"),
            _("评星用的：评价次数少的，平均评价向全区平均靠。评价不到 5 次的空着。"),
            "Mean", "stars",
            "What the stars go by: the mean of the ratings, drawn towards the district's where "
            "there are few. Empty for fewer than five ratings.",
        ),
        Column(
            "mean_from", "decimal", _("评价多半从"), _("星"),
            _("折算评价多半在从几星到几星之间，二十次里有十九次。"),
            "Mean from", "stars", "In nineteen of twenty cases the mean lies above this.",
        ),
        Column(
            "mean_to", "decimal", _("评价多半到"), _("星"), _("同上，到几星。"),
            "Mean to", "stars", "And below this.",
        ),
    ]  # fmt: skip


def _of_counts() -> list[Column]:
    return [
        Column(
            "occurred_on", "date", _("日期"), "", _("差异入账的那一天，当地日期。"),
            "Date", "", "The local day on which the difference was posted, as YYYY-MM-DD.",
        ),
        Column(
            "supermarket", "text", _("爱心超市"), "", _("在哪家爱心超市数的。"),
            "Supermarket", "", "Where it was counted.",
        ),
        Column(
            "display_name", "text", _("物品"), "", _("数的是什么，张贴时的名称。"),
            "Goods", "", "What was counted, as it was called when the notice was posted.",
        ),
        Column(
            "unit", "text", _("单位"), "", _("账上、数到和差都按它算。"),
            "Unit", "", "What the three figures count: bags, bottles, pieces.",
        ),
        Column(
            "expected", "count", _("账上"), "", _("数的那一刻账上有多少；当时没有记的空着。"),
            "Expected", "", "What the book had at that moment; empty where that was not noted.",
        ),
        Column(
            "counted", "count", _("数到"), "", _("数到多少；只报了差的空着。"),
            "Counted", "", "How many there were; empty where only the difference was said.",
        ),
        Column(
            "difference", "count", _("差"), "", _("比账上多的是正数，少的是负数。"),
            "Difference", "", "Above nought where there were more than expected, else below it.",
        ),
        Column(
            "reason", "text", _("原因"), "", _("复核的人写的原因。"),
            "Reason", "", "Why, as whoever checked the count wrote it.",
        ),
    ]  # fmt: skip


def _of_rules() -> list[Column]:
    return [
        Column(
            "effective_from", "date", _("实施日期"), "", _("从哪一天起按新的算，当地日期。"),
            "In force from", "", "The local day from which it holds, as YYYY-MM-DD.",
        ),
        Column(
            "version", "count", _("版本"), "", _("规则书的第几版；全文在 /rules?version= 加它。"),
            "Version", "", "The rulebook's version; all of it is at /rules?version= and this.",
        ),
        Column(
            "display_name", "text", _("哪一条"), "", _("改的是哪个服务项目，或规则书的哪一部分。"),
            "Rule", "", "Which item of service it is about, or which part of the rulebook.",
        ),
        Column(
            "before", "text", _("原来"), "", _("前一版的话；空着的是新加的。"),
            "Before", "", "What the version before says; empty for what is new.",
        ),
        Column(
            "after", "text", _("改成"), "", _("这一版的话；空着的是取消的。"),
            "After", "", "What this version says; empty for what is gone.",
        ),
    ]  # fmt: skip


def of_notices() -> list[Column]:
    """Return the columns that say which notice a line of a whole period is from."""
    return [
        Column(
            "notice_number", "count", _("公示编号"), "", _("这一行出自第几号公示。"),
            "Notice", "", "The number of the notice that the line is from.",
        ),
        Column(
            "organization", "text", _("组织"), "",
            _("公示是哪个组织的。上级的公示包括下级的，不要相加。"),
            "Organization", "",
            "Whose notice it is. That of a district holds all below it: do not add them up.",
        ),
        Column(
            "posted_on", "date", _("张贴日期"), "", _("公示是哪一天张贴的，当地日期。"),
            "Posted on", "", "The local day on which the notice was posted, as YYYY-MM-DD.",
        ),
        Column(
            "corrects_number", "count", _("更正第几号"), "",
            _("这份公示更正了第几号公示；没有就空着。"),
            "Corrects", "", "The number of the notice that this one corrects; empty for none.",
        ),
        Column(
            "corrected_by_number", "count", _("被第几号更正"), "",
            _("这份公示已经由第几号公示更正；空着的是现在有效的。"),
            "Corrected by", "",
            "The number of the notice that corrects this one; where it is empty, the line stands.",
        ),
    ]  # fmt: skip
