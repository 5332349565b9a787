"""The desk's lists as files, Excel and CSV: each has the rows and the filters that its page has.

One way for all: a list says what its columns hold and how its pages come. It asks the same query as
its page, so that nobody gets more of it in a file than on the screen.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial

from flask import Response, request, send_file
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pagination import Page
from moralbank.core.problems import not_found
from moralbank.core.quantities import points_text
from moralbank.core.tables import KINDS
from moralbank.desk.exporting import Listed, written
from moralbank.desk.operations import performers
from moralbank.desk.pages.accounts import volunteer_lines
from moralbank.desk.pages.errands import errand_lines
from moralbank.desk.pages.flags import kinds as flag_kinds
from moralbank.desk.pages.notices import status_words as notice_status_words
from moralbank.desk.pages.notices import wanted_status as wanted_notices
from moralbank.desk.pages.relief import payer_words
from moralbank.desk.pages.room import room
from moralbank.desk.pages.star_rounds import status_words as round_status_words
from moralbank.desk.pages.star_rounds import title_of
from moralbank.desk.pages.star_rounds import wanted_status as wanted_rounds
from moralbank.events import asks, callbacks, lists, slips
from moralbank.events.checking import flags
from moralbank.events.lists import EventLine
from moralbank.honours import rounds
from moralbank.honours.wording import point_words, rating_words, work_words
from moralbank.market import terminals
from moralbank.market.books import money
from moralbank.market.receipts import ReceiptLine
from moralbank.market.relief import gifts, handing_out, households
from moralbank.notices import objections, office
from moralbank.people import card_batches

FILTERS = frozenset({"q", "status", "callback"})
"""What a list may be asked for by its address."""


def exported(
    name: str, *, action: str, rule: str | None = None
) -> Callable[[Callable[..., Listed]], Callable[..., Listed]]:
    """Give a list of the desk's out as `/staff/NAME.xlsx` and `.csv`, or under another rule; the
    one that is decorated returns the Listed of `(actor, **ids)`."""

    def decorate(listed: Callable[..., Listed]) -> Callable[..., Listed]:
        def handler(actor: Actor, ending: str, **ids: str) -> Response:
            if ending not in KINDS:
                raise not_found()
            table = listed(actor, **ids)
            used = [one for one in FILTERS if request.args.get(one)]
            file = written(actor, name, table, ending=ending, by=used)
            return send_file(
                file, mimetype=KINDS[ending][0], as_attachment=True, etag=False,
                download_name=f"{table.title}-{clock.today().isoformat()}.{ending}",
            )  # fmt: skip

        handler.__name__, handler.__doc__ = listed.__name__, listed.__doc__
        room.page(rule or f"/staff/{name}.<ending>", action=action)(handler)
        return listed

    return decorate


def _points(hundredths: int) -> Decimal:
    return Decimal(points_text(hundredths))


def _yes(true: bool) -> str:
    words: str = _("是") if true else ""
    return words


def _joined(mark: str, words: Iterable[str]) -> str:
    return mark.join(words)


def _goods(lines: tuple[ReceiptLine, ...]) -> str:
    return _joined(_("、"), (line.words for line in lines))


@exported("volunteers", action="desk.use")
def volunteers_file(actor: Actor) -> Listed:
    """Give out the volunteers."""
    states = {"active": _("使用中"), "frozen": _("已冻结"), "closed": _("已销户")}
    return Listed(
        _("志愿者名单"),
        [
            (_("账号"), lambda one: one["account_no"]),
            (_("姓名"), lambda one: one["name"]),
            (_("电话"), lambda one: one["phone"]),
            (_("社区"), lambda one: one["community"]),
            (_("代办站"), lambda one: one["station"]),
            (_("可用积分"), lambda one: Decimal(one["available"])),
            (_("状态"), lambda one: states[one["status"]]),
        ],
        partial(volunteer_lines, actor),
    )


@exported("events", action="desk.use")
def events_file(actor: Actor) -> Listed:
    """Give out the errands."""
    return _errands(_("代办"), partial(errand_lines, actor))


@exported("awards", action="awards.review")
def awards_file(actor: Actor) -> Listed:
    """Give out the errands whose points wait."""

    def page(cursor: str | None, limit: int) -> Page[EventLine]:
        return lists.waiting_for_review(actor, cursor=cursor, limit=limit)

    return _errands(_("积分等入账"), page)


def errand_words() -> dict[str, str]:
    """Return what each state of an errand is called."""
    return {
        "open": _("待认领"), "claimed": _("待完成"), "completed": _("待评价"), "rated": _("已评价"),
        "awarded": _("已入账"), "cancelled": _("已取消"), "expired": _("逾期未评"),
        "disputed": _("有异议"), "upheld": _("异议成立"), "dismissed": _("异议不成立"),
    }  # fmt: skip


def _errands(title: str, lines: Callable[[str | None, int], Page[EventLine]]) -> Listed:
    words = errand_words()

    def page(cursor: str | None, limit: int) -> Page[tuple[EventLine, str | None]]:
        found = lines(cursor, limit)
        who = performers([one.id for one in found.items])
        return Page([(one, who.get(one.id)) for one in found.items], found.next)

    return Listed(
        title,
        [
            (_("事项"), lambda one: one[0].service_item_name),
            (_("社区"), lambda one: one[0].community),
            (_("代办站"), lambda one: one[0].station),
            (_("谁办"), lambda one: one[1]),
            (_("状态"), lambda one: words[one[0].status]),
            (_("登记时间"), lambda one: one[0].created_at),
            (_("要办的时间"), lambda one: one[0].needed_at),
            (_("办的时间"), lambda one: one[0].performed_at),
            (_("最迟"), lambda one: one[0].deadline),
            (_("已超期"), lambda one: _yes(one[0].overdue)),
            (_("还缺几人"), lambda one: one[0].still_wanted),
        ],
        page,
    )


@exported("asks", action="asks.decide")
def asks_file(actor: Actor) -> Listed:
    """Give out who asked on the public page."""
    return Listed(
        _("网上来求助的"),
        [
            (_("事项"), lambda one: one.item),
            (_("姓名"), lambda one: one.name),
            (_("社区"), lambda one: one.community),
            (_("微心愿"), lambda one: _yes(one.kind == "wish")),
            (_("什么时候来的"), lambda one: one.asked_at),
        ],
        lambda cursor, limit: asks.waiting(actor, cursor=cursor, limit=limit),
    )


@exported("callbacks", action="events.call_back")
def callbacks_file(actor: Actor) -> Listed:
    """Give out who is to be called."""

    def called(one: callbacks.CallbackLine) -> str:
        people = (
            " ".join(word for word in (who.name, who.relation, who.phone) if word)
            for who in one.callees
        )
        return _joined(_("；"), people)

    return Listed(
        _("要打电话回访"),
        [
            (_("事项"), lambda one: one.item),
            (_("社区"), lambda one: one.community),
            (_("办的时间"), lambda one: one.performed_at),
            (_("打给谁"), called),
            (_("打过几次"), lambda one: len(one.tries)),
            (_("已超期"), lambda one: _yes(one.overdue)),
        ],
        lambda cursor, limit: callbacks.to_call(actor, cursor=cursor, limit=limit),
    )


@exported("cards", action="cards.issue")
def cards_file(actor: Actor) -> Listed:
    """Give out the batches of cards."""
    return Listed(
        _("批量制卡"),
        [
            (_("社区"), lambda one: one.community),
            (_("制卡时间"), lambda one: one.made_at),
            (_("张数"), lambda one: one.count),
            (_("还有效"), lambda one: one.good),
            (_("重印"), lambda one: _yes(one.reprinted)),
        ],
        lambda cursor, limit: card_batches.list_batches(actor, cursor=cursor, limit=limit),
    )


@exported("slips", action="slips.print")
def slips_file(actor: Actor) -> Listed:
    """Give out the batches of slips."""
    return Listed(
        _("评价单"),
        [
            (_("社区"), lambda one: one.community),
            (_("印制时间"), lambda one: one.printed_at),
            (_("张数"), lambda one: one.count),
            (_("从几号"), lambda one: one.first_no),
            (_("到几号"), lambda one: one.last_no),
        ],
        lambda cursor, limit: slips.list_batches(actor, cursor=cursor, limit=limit),
    )


@exported("flags", action="flags.read")
def flags_file(actor: Actor) -> Listed:
    """Give out what somebody should look at."""
    words = flag_kinds()
    return Listed(
        _("待核实"),
        [
            (_("种类"), lambda one: words.get(one.kind, one.kind)),
            (_("事项"), lambda one: one.service_item_name),
            (_("社区"), lambda one: one.community),
            (_("谁"), lambda one: one.display_name),
            (_("看到了什么"), lambda one: " ".join(one.saw)),
            (_("积分等核实"), lambda one: _yes(one.delays)),
            (_("什么时候看到的"), lambda one: one.raised_at),
        ],
        lambda cursor, limit: flags.list_flags(actor, status="open", cursor=cursor, limit=limit),
    )


@exported("objections", action="objections.read")
def objections_file(actor: Actor) -> Listed:
    """Give out the objections that wait, without who made them."""
    return Listed(
        _("公示异议"),
        [
            (_("公示"), lambda one: one.notice.title),
            (_("第几行"), lambda one: one.line_no),
            (_("提出时间"), lambda one: one.made_at),
            (_("等了几天"), lambda one: one.days),
        ],
        lambda cursor, limit: objections.list_open(actor, cursor=cursor, limit=limit),
    )


@exported("notices", action="desk.use")
def notices_file(actor: Actor) -> Listed:
    """Give out the notices of a status."""
    status = wanted_notices(actor)
    title = _("公示（%(status)s）", status=notice_status_words()[status])
    if status == "draft":
        return Listed(
            title,
            [(_("题名"), lambda one: one.title), (_("组织"), lambda one: one.organization)],
            lambda cursor, limit: office.list_drafts(actor, cursor=cursor, limit=limit),
        )
    return Listed(
        title,
        [
            (_("编号"), lambda one: one.notice.number),
            (_("题名"), lambda one: one.notice.title),
            (_("组织"), lambda one: one.notice.organization),
            (_("张贴日期"), lambda one: one.notice.posted_on),
            (_("异议截止"), lambda one: one.notice.objection_until),
            (_("未办的异议"), lambda one: one.open_objections if one.ours else None),
        ],
        lambda cursor, limit: office.list_hung(actor, status=status, cursor=cursor, limit=limit),
    )


@exported("star-rounds", action="stars.read")
def star_rounds_file(actor: Actor) -> Listed:
    """Give out the star rounds."""
    words, status = round_status_words(), wanted_rounds()
    return Listed(
        _("星级评定"),
        [
            (_("评定"), title_of),
            (_("状态"), lambda one: words[one.status]),
            (_("计算时间"), lambda one: one.computed_at),
        ],
        lambda cursor, limit: rounds.list_rounds(actor, status=status, cursor=cursor, limit=limit),
    )


@exported("star-round", action="stars.read", rule="/staff/star-rounds/<round_id>.<ending>")
def star_round_file(actor: Actor, round_id: str) -> Listed:
    """Give out everybody in a star round."""

    def measures(one: rounds.ResultView) -> str:
        words = [*work_words(one.measures), *point_words(one.measures), *rating_words(one.measures)]
        return _joined(_("，"), words)

    return Listed(
        title_of(rounds.get(actor, round_id)),
        [
            (_("名次"), lambda one: one.rank if one.stars else None),
            (_("姓名"), lambda one: one.name),
            (_("星级"), lambda one: one.stars),
            (_("依据"), measures),
        ],
        lambda cursor, limit: rounds.results(actor, round_id, cursor=cursor, limit=limit),
    )


@exported("households", action="households.change")
def households_file(actor: Actor) -> Listed:
    """Give out the households in hardship."""
    return Listed(
        _("困难户"),
        [
            (_("代号"), lambda one: one.alias),
            (_("户主姓名"), lambda one: one.name),
            (_("社区"), lambda one: one.community),
            (_("门牌号"), lambda one: one.household_no),
            (_("住址"), lambda one: one.address),
            (_("电话"), lambda one: one.phone),
            (_("困难情况"), lambda one: one.note),
            (_("收到的积分"), lambda one: _points(one.points or 0)),
        ],
        lambda cursor, limit: households.list_households(
            actor, status="active", cursor=cursor, limit=limit
        ),
    )


@exported("reliefs", action="desk.use")
def reliefs_file(actor: Actor) -> Listed:
    """Give out the goods for households, what waits and what is done."""
    words = {
        "proposed": _("等批准"), "completed": _("已发放"), "voided": _("已撤销"),
        "rejected": _("已退回"),
    }  # fmt: skip
    return Listed(
        _("困难户发放"),
        [
            (_("单号"), lambda one: one.receipt_no),
            (_("代号"), lambda one: one.household),
            (_("状态"), lambda one: words[one.status]),
            (_("谁付"), payer_words),
            (_("爱心超市"), lambda one: one.supermarket),
            (_("物品"), lambda one: _goods(one.lines)),
            (_("积分"), lambda one: _points(one.points)),
            (_("时间"), lambda one: one.occurred_at or one.proposed_at),
            (_("备注"), lambda one: one.note),
            (_("原因"), lambda one: one.void_reason or one.reason),
        ],
        lambda cursor, limit: handing_out.list_reliefs(actor, cursor=cursor, limit=limit),
    )


@exported("gifts", action="desk.use")
def gifts_file(actor: Actor) -> Listed:
    """Give out what was given, never by whom."""
    words = {
        "waiting": _("等着送"), "proposed": _("等批准"), "completed": _("已发放"),
        "turned": _("已改为积分"),
    }  # fmt: skip
    return Listed(
        _("收到的捐赠"),
        [
            (_("给谁"), lambda one: one.pool or _("困难户 %(alias)s", alias=one.household)),
            (_("时间"), lambda one: one.donated_at),
            (_("积分"), lambda one: _points(one.points)),
            (_("物品"), lambda one: _goods(one.lines)),
            (_("爱心超市"), lambda one: one.supermarket),
            (_("状态"), lambda one: words.get(one.state or "")),
            (_("留言"), lambda one: one.message),
            (_("原因"), lambda one: one.reason),
        ],
        lambda cursor, limit: gifts.list_gifts(actor, cursor=cursor, limit=limit),
    )


@exported("shop-money", action="money.read", rule="/staff/shops/<shop_id>/money.<ending>")
def shop_money_file(actor: Actor, shop_id: str) -> Listed:
    """Give out the money that came to a supermarket."""
    words = {"donated": _("捐款"), "allotted": _("拨款")}
    return Listed(
        _("收到的钱"),
        [
            (_("日期"), lambda one: one.received_on),
            (_("种类"), lambda one: words[one.kind]),
            (_("金额（元）"), lambda one: _points(one.amount)),
            (_("谁给的"), lambda one: one.donor),
            (_("票据号"), lambda one: one.receipt_no),
            (_("备注"), lambda one: one.note),
        ],
        lambda cursor, limit: money.list_contributions(actor, shop_id, cursor=cursor, limit=limit),
    )


@exported("terminals", action="terminals.read", rule="/staff/shops/<shop_id>/terminals.<ending>")
def terminals_file(actor: Actor, shop_id: str) -> Listed:
    """Give out the terminals of a supermarket; of none its token."""
    return Listed(
        _("收银台"),
        [
            (_("名称"), lambda one: one.name),
            (_("设立时间"), lambda one: one.created_at),
            (_("在用"), lambda one: _yes(one.status == "active")),
        ],
        lambda cursor, limit: terminals.list_terminals(
            actor, supermarket_id=shop_id, cursor=cursor, limit=limit
        ),
    )
