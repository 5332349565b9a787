"""The rulebook in words: what a document says, as somebody would say it to a neighbour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import gettext as _
from flask_babel import pgettext

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import Caps, Rulebook, ServiceItem
from moralbank.rulebook.documents.honours import Ladder, Level, Needs, Quota
from moralbank.rulebook.documents.spending import RedemptionLimit
from moralbank.rulebook.rules.lines import number_up


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the rulebook: its heading, and a sentence for each thing that it says."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LadderWords:
    """A star ladder: for whom and over what, what each level needs, and what else holds."""

    title: str
    levels: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


def worth(item: ServiceItem) -> str:
    """Return what an item is worth at the multiplier of one: 每小时 10 分."""
    points = points_text(item.points)
    words: str = {
        "hour": _("每小时 %(points)s 分", points=points),
        "count": _("每件 %(points)s 分", points=points),
        "event": _("每次 %(points)s 分", points=points),
    }[item.unit]
    for minutes, more in item.longer:
        words += _("，满 %(minutes)d 分钟 %(points)s 分", minutes=minutes, points=points_text(more))
    return words


def sections(book: Rulebook) -> list[Section]:
    """Return the parts of a rulebook that say something, but for its items and its ladders."""
    parts = [
        Section(_("打星和积分"), tuple(_rating(book))),
        Section(_("一个人最多得多少"), tuple(_caps(book))),
        Section(_("积分什么时候能用，什么时候过期"), tuple(_release(book))),
        Section(_("兑换"), tuple(_redemption(book))),
        Section(_("奖励和扣减"), tuple(_reasons(book))),
        Section(_("不再参加、过世"), tuple(_leaving(book))),
        Section(_("表彰"), tuple(_commendations(book))),
        Section(_("除名和黑名单"), tuple(_standing(book))),
        Section(_("怎么防作弊"), tuple(_checks(book))),
    ]
    return [part for part in parts if part.lines]


def _rating(book: Rulebook) -> Iterable[str]:
    rated = _("，").join(
        _("%(stars)d 星 × %(by)s", stars=stars, by=number_up(by))
        for stars, by in sorted(book.multipliers.items(), reverse=True)
    )
    yield _("办完事由居民打星，打了星才有积分：%(rated)s。", rated=rated)
    yield _(
        "没有特定居民的事（巡逻、清扫）由 %(n)d 位邻居打星，取中间的那个；双数时取偏低的。",
        n=book.neighbours_needed,
    )
    yield _("得多少积分，就得多少道德分。积分可以花，道德分只记不花。")
    if book.rounding.step != 1:
        yield _("积分算到 %(step)s 分。", step=points_text(book.rounding.step))
    if book.time is not None:
        yield _("时间按 %(step)d 分钟的倍数算。", step=book.time.step)
    if book.diminishing is not None:
        for after, multiplier in book.diminishing.steps:
            yield _(
                "%(per)s里为同一位居民服务，前面已有 %(after)d 次的，× %(by)s；登记结对的不减。",
                per=_spans()[book.diminishing.per], after=after, by=number_up(multiplier),
            )  # fmt: skip


def _spans() -> dict[str, str]:
    return {
        "day": _("一天"),
        "week": _("一周"),
        "month": _("一个月"),
        "quarter": _("一个季度"),
        "half_year": _("半年"),
        "year": _("一年"),
        "lifetime": _("一直以来"),
    }


def _caps(book: Rulebook) -> Iterable[str]:
    yield from _capped(book.caps, _("所有的事"))
    for category in book.categories.values():
        yield from _capped(category.caps, category.name)
    for item in book.items.values():
        yield from _capped(item.caps, item.name)
    for span, most in book.issue.items():
        words = _(
            "全行%(span)s最多发 %(points)s 分。", span=_spans()[span], points=points_text(most)
        )
        yield words
    capped = [book.caps, *(category.caps for category in book.categories.values())]
    capped += [item.caps for item in book.items.values()]
    if book.excess == "donation" and any(one.spans or one.event is not None for one in capped):
        yield _("超出上限的部分不能换东西，只能转赠。")


def _capped(caps: Caps, what: str) -> Iterable[str]:
    if caps.event is not None:
        points = points_text(caps.event)
        yield _("%(what)s，一次最多 %(points)s 分。", what=what, points=points)
    for span, most in caps.spans.items():
        yield _(
            "%(what)s，%(span)s最多 %(points)s 分。",
            what=what, span=_spans()[span], points=points_text(most),
        )  # fmt: skip
    for span, times in caps.times.items():
        words = _(
            "%(what)s，%(span)s最多 %(n)d 次有积分。", what=what, span=_spans()[span], n=times
        )
        yield words


def _release(book: Rulebook) -> Iterable[str]:
    release = book.release
    if release.at_once:
        yield _("居民打了星，积分马上能用。")
    if release.reviewers:
        yield _("要经 %(n)d 位工作人员看过才能用。", n=release.reviewers)
    if release.notice_working_days is not None:
        yield _("要公示 %(n)d 个工作日、没有异议才能用。", n=release.notice_working_days)
    months = book.expiry.months
    if book.expiry.rule == "never":
        yield _("积分不过期。")
    elif book.expiry.rule == "months":
        yield _("积分得到以后 %(n)d 个月过期。", n=months)
    elif months:
        yield _("积分到得到的那一年过后 %(n)d 个月过期。", n=months)
    else:
        yield _("积分到得到的那一年年底过期。")


def _redemption(book: Rulebook) -> Iterable[str]:
    said = book.redemption
    pin = points_text(said.pin_required_above)
    yield _("一次超过 %(points)s 分要按密码。", points=pin)
    if said.without_pin_per_day is not None:
        yield _("不按密码的，一天最多 %(n)d 次。", n=said.without_pin_per_day)
    for amount, words in (
        (said.min_points, _("一次至少兑换 %(points)s 分。")),
        (said.max_points, _("一次最多兑换 %(points)s 分。")),
        (said.min_balance, _("存满 %(points)s 分才能兑换。")),
    ):
        if amount is not None:
            yield words % {"points": points_text(amount)}
    yield from map(_limit, said.limits)
    if said.min_star:
        yield _("%(n)d 星以上才能兑换。", n=said.min_star)
    if said.min_tenure_days or said.min_tenure_months:
        yield _(
            "开户满 %(months)d 个月零 %(days)d 天才能兑换。",
            months=said.min_tenure_months, days=said.min_tenure_days,
        )  # fmt: skip
    if said.point_worth is not None:
        yield _("1 分顶 %(yuan)s 元的物品。", yuan=points_text(said.point_worth))


def _limit(limit: RedemptionLimit) -> str:
    span = _spans()[limit.per]
    if limit.points is None:
        words: str = _("%(span)s最多兑换 %(n)d 次。", span=span, n=limit.times)
    elif limit.times is None:
        points = points_text(limit.points)
        words = _("%(span)s最多兑换 %(points)s 分。", span=span, points=points)
    else:
        points = points_text(limit.points)
        words = _(
            "%(span)s最多兑换 %(n)d 次、%(points)s 分。", span=span, n=limit.times, points=points
        )
    return words


def _reasons(book: Rulebook) -> Iterable[str]:
    for reason in book.reasons.values():
        said = {
            "name": reason.name,
            "points": points_text(reason.points),
            "merit": points_text(reason.merit),
        }
        if reason.kind == "bonus":
            yield _("%(name)s：加积分 %(points)s，加道德分 %(merit)s。", **said)
        elif reason.zeroes_event:
            yield _("%(name)s：这件事的积分收回，另扣积分 %(points)s、道德分 %(merit)s。", **said)
        else:
            yield _("%(name)s：扣积分 %(points)s，扣道德分 %(merit)s。", **said)


def _leaving(book: Rulebook) -> Iterable[str]:
    rule = book.leaving
    if rule.points == "lapse":
        yield _("不再参加的，户头里剩下的积分作废。")
    if rule.heirs:
        yield _("过世的，剩下的积分可以转给%(who)s。", who=_("、").join(rule.heirs))
        if rule.days is not None:
            yield _("要在过世后 %(n)d 天内来办。", n=rule.days)
        yield _("由一位工作人员登记，另一位主管核实；时长和道德分不转。")


def _commendations(book: Rulebook) -> Iterable[str]:
    for one in book.commendations:
        words: str = _(
            "%(name)s（%(who)s）：%(needs)s。",
            name=one.name, who=_title(one.subject, one.period), needs=_needs(one.needs),
        )  # fmt: skip
        yield words


def _standing(book: Rulebook) -> Iterable[str]:
    stops = {
        "claims": pgettext("不能做的事", "认领"),
        "awards": pgettext("不能做的事", "得积分"),
        "redemptions": pgettext("不能做的事", "兑换"),
        "donations": pgettext("不能做的事", "转赠"),
    }
    standing = book.standing
    for one in standing.strike_off:
        yield _(
            "%(per)s有 %(n)d 次“%(reason)s”的，除名。",
            per=_spans()[one.per], n=one.times, reason=book.reasons[one.reason].name,
        )  # fmt: skip
    if standing.strike_off and standing.struck_off_stops:
        names = _("、").join(stops[one] for one in sorted(standing.struck_off_stops))
        yield _("除名的不能%(what)s。", what=names)
    if standing.merit_below is not None:
        yield _("道德分低于 %(merit)s 的，列入黑名单。", merit=points_text(standing.merit_below))
        if standing.blacklisted_stops:
            names = _("、").join(stops[one] for one in sorted(standing.blacklisted_stops))
            yield _("黑名单上的不能%(what)s。", what=names)


def _checks(book: Rulebook) -> Iterable[str]:
    sample = number_up(100 * book.checks.sample)
    yield _("每 100 次积分里随机抽 %(n)s 次，给居民打电话核实。", n=sample)
    yield _("时间重叠、互相打星、同一处集中打星等，系统会提出来，由没有参与的工作人员去问。")
    if book.checks.delays:
        yield _("有的要等问清楚了，积分才能用。")
    else:
        yield _("被问到不等于有错，积分照常能用。")


def ladders(book: Rulebook) -> list[LadderWords]:
    """Return the star ladders, in the document's order."""
    return [
        LadderWords(
            _title(ladder.subject, ladder.period),
            tuple((level.stars, _level(level)) for level in ladder.levels),
            tuple(_notes(book, ladder)),
        )
        for ladder in book.ladders
    ]


def _title(subject: str, period: str) -> str:
    who = {
        "volunteer": pgettext("多个", "志愿者"),
        "station": pgettext("多个", "代办站"),
        "team": pgettext("多个", "团队"),
    }[subject]
    when = {"quarter": _("按季度"), "year": _("按年"), "lifetime": _("累计")}[period]
    words: str = _("%(who)s，%(when)s", who=who, when=when)
    return words


def _level(level: Level) -> str:
    words = _needs(level.needs)
    if level.either:
        ways = _("；或者").join(_needs(one) for one in level.either)
        words = _("%(needs)s；还要有一样：%(ways)s", needs=words, ways=ways) if words else ways
    return words


def _needs(needs: Needs) -> str:
    said: Mapping[str, tuple[str, int]] = {
        "minutes": (_("服务 %(n)s 小时"), 60),
        "points": (_("积分 %(n)s"), 100),
        "merit": (_("道德分 %(n)s"), 100),
        "mean_rating": (_("平均评价 %(n)s 星"), 1),
        "ratings": (_("评价 %(n)s 次"), 1),
        "events": (_("服务 %(n)s 次"), 1),
        "tenure_days": (_("开户 %(n)s 天"), 1),
    }
    parts = []
    for name, need in needs.items():
        words, unit = said[name]
        parts.append(words % {"n": number_up(Fraction(need) / unit)})
    return str(_("，").join(parts))


def _notes(book: Rulebook, ladder: Ladder) -> Iterable[str]:
    if ladder.per_member:
        yield _("时长、积分、道德分和服务次数按每位成员平均；评价不分摊，是整个站、整个团队的。")
    if ladder.size_classes:
        sizes = _("、").join(map(str, ladder.size_classes))
        yield _("和人数相近的比，以 %(sizes)s 人为界。", sizes=sizes)
    if book.prior_ratings:
        yield _(
            "评价次数少的，平均评价向全区平均靠：全区平均算 %(n)d 次评价，一起平均。",
            n=book.prior_ratings,
        )
    yield from map(_quota, ladder.quotas)
    excludes = ladder.excludes
    names = [book.reasons[code].name for code in excludes.reasons if code in book.reasons]
    if names:
        yield _("这一期有“%(names)s”记录的不评。", names=_("、").join(sorted(names)))
    if excludes.struck_off and excludes.blacklisted:
        yield _("已除名或在黑名单上的不评。")
    elif excludes.struck_off:
        yield _("已除名的不评。")
    elif excludes.blacklisted:
        yield _("在黑名单上的不评。")


def _quota(quota: Quota) -> str:
    if quota.percent is None:
        words: str = _("%(stars)d 星及以上最多 %(n)d 个。", stars=quota.stars, n=quota.places or 0)
        return words
    percent = number_up(quota.percent)
    if quota.of == "listed":
        words = _("%(stars)d 星及以上最多占 %(n)s%%。", stars=quota.stars, n=percent)
    else:
        words = _("%(stars)d 星及以上最多占有服务的 %(n)s%%。", stars=quota.stars, n=percent)
    return words
