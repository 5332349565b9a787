"""The staff's pages of star rounds: computed, gone through, hung in a notice, made final."""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.api import Nothing
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.wording import moment_text, whole_day_text
from moralbank.desk.pages.forms import typed
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.desk.pages.spans import choices_of
from moralbank.desk.star_rounds import Stand, stand
from moralbank.honours import computing, rounds
from moralbank.honours.schemas import RoundIn
from moralbank.honours.wording import point_words, rating_words, work_words
from moralbank.notices import operations as notices
from moralbank.organizations.choices import Groups, only_one, places
from moralbank.organizations.models import Level
from moralbank.rulebook.operations import in_force

STATUSES = ("draft", "reviewed", "noticed", "published")
LEVELS: tuple[Level, ...] = ("street", "district", "community", "station")
"""Where stars are given: by street, mostly, so that streets come first."""


def status_words() -> dict[str, str]:
    """Return what each status of a round is called."""
    return {
        "draft": _("算好，等复核"),
        "reviewed": _("已复核，等公示"),
        "noticed": _("正在公示"),
        "published": _("已公布"),
    }


def subject_words() -> dict[str, str]:
    """Return whom a round is about."""
    return {"volunteer": _("志愿者"), "station": _("代办站"), "team": _("团队")}


def ladder_choices() -> Groups:
    """Return what can be computed by the rulebook in force: for whom, over which period. Each value
    is both, "volunteer.2026Q3"."""
    book = in_force(clock.today())
    asked = [(one.subject, one.period) for one in book.ladders]
    asked += [(one.subject, one.period) for one in book.commendations]
    kinds = {"quarter": _("每季度"), "year": _("每年"), "lifetime": _("从开户算起")}
    groups = []
    for subject, kind in dict.fromkeys(asked):
        heading = _("%(who)s（%(often)s）", who=subject_words()[subject], often=kinds[kind])
        choices = [(f"{subject}.{name}", f"{subject_words()[subject]} {title}")
                   for name, title in choices_of(kind)]  # type: ignore[arg-type]  # fmt: skip
        groups.append((heading, choices))
    return groups


def title_of(one: rounds.RoundView) -> str:
    """Return what a round is called: 长河街道 2026 年第 3 季度志愿者星级评定."""
    words: str = _("%(place)s %(period)s%(who)s星级评定", place=one.organization,
                   period=one.period_title, who=subject_words()[one.subject])  # fmt: skip
    return words


@room.page("/staff/star-rounds", action="stars.read")
def star_rounds(actor: Actor) -> Response:
    """List the rounds within reach, the newest first, and compute another."""
    return _list(actor)


def _list(actor: Actor, form: Form | None = None) -> Response:
    status = wanted_status()
    cursor = request.args.get("cursor")
    page = rounds.list_rounds(actor, status=status, cursor=cursor, limit=PAGE_SIZE)
    may_compute = actor.role in MAY["stars.compute"]
    where = places(actor, LEVELS) if may_compute else []
    what = ladder_choices() if may_compute else []
    shown = said(form)
    if form is None:
        over = [choices[1][0] for _heading, choices in what]
        shown["form"] = {
            "what": over[0] if over else "",
            "organization_id": _usual_place(where) or actor.organization_id,
        }
    return show(
        "star_rounds.html",
        form.status if form else 200,
        status=status or "",
        statuses=[("", _("全部")), *status_words().items()],
        rounds=[
            {
                "id": one.id,
                "title": title_of(one),
                "status": one.status,
                "word": status_words()[one.status],
                "computed_at": moment_text(one.computed_at),
            }
            for one in page.items
        ],
        may_compute=may_compute,
        what=what,
        places=where,
        **shown,
        **pages_of("star_rounds", page.next, cursor, status=status),
    )


def wanted_status() -> str | None:
    """Return the status that the address asks for; None: all."""
    wanted = request.args.get("status")
    return wanted if wanted in STATUSES else None


def _usual_place(where: Groups) -> str | None:
    """Return the only street or the only place there is."""
    return only_one(where[:1]) or only_one(where)


@room.page("/staff/star-rounds", action="stars.compute", method="POST")
def star_round_compute(actor: Actor) -> Any:
    """Compute a round."""
    subject, _dot, period = typed("what").partition(".")
    form = Form(RoundIn(), more={"subject": subject, "period": period} if subject else {})
    _at_what(form)

    def work(**values: Any) -> dict[str, str]:
        return {"round_id": computing.compute(actor, **values).id}

    made = form.submit(actor, work)
    if made is None:
        _at_what(form)
        return _list(actor, form)
    return go(_("已算好。请另一位同事复核。"), "star_round", **made)


def _at_what(form: Form) -> None:
    """Take the errors of whom and when to the one field that asks for both."""
    wrong = [form.errors.pop(name) for name in ("subject", "period") if name in form.errors]
    if wrong:
        form.errors["what"] = wrong[0]


@room.page("/staff/star-rounds/<round_id>", action="stars.read")
def star_round(actor: Actor, round_id: str) -> Response:
    """Show a round: how far it is, what comes next, everybody in it and why."""
    return _show(actor, round_id)


def _show(actor: Actor, round_id: str, form: Form | None = None) -> Response:
    now = stand(actor, round_id)
    cursor = request.args.get("cursor")
    page = rounds.results(actor, round_id, cursor=cursor, limit=PAGE_SIZE)
    people = now.round.subject == "volunteer" and actor.role in MAY["desk.use"]
    return show(
        "star_round.html",
        form.status if form else 200,
        round=now.round,
        title=title_of(now.round),
        word=status_words()[now.round.status],
        steps=_steps(now.round),
        step=now.step,
        blocked=_blocked(now),
        stand=now,
        counts=list(rounds.count_stars(actor, round_id).items()),
        results=[
            {
                "subject_id": one.subject_id,
                "name": one.name,
                "stars": one.stars,
                "rank": one.rank,
                "measures": [
                    *work_words(one.measures),
                    *point_words(one.measures),
                    *rating_words(one.measures),
                ],
                "commendations": [
                    _commended(given.name, given.times) for given in one.commendations
                ],
                "explanation": one.explanation,
            }
            for one in page.items
        ],  # fmt: skip
        opens_accounts=people,
        certifies=people and now.round.status == "published",
        **said(form),
        **pages_of("star_round", page.next, cursor, round_id=round_id),
    )


def _steps(one: rounds.RoundView) -> list[tuple[str, bool]]:
    """Return the steps of a round in order, and whether each is done."""
    words = [_("计算"), _("复核"), _("公示"), _("公布")]
    # A round may be published without a notice, as long as nobody has begun with one.
    taken = [True, one.reviewed_at is not None, one.notice_id is not None,
             one.status == "published"]  # fmt: skip
    return list(zip(words, taken, strict=True))


def _blocked(now: Stand) -> str:
    """Say what is in the way of the next step; "" for nothing."""
    if now.blocked is None:
        return ""
    until = now.hung.notice.objection_until if now.hung else None
    still = now.hung.open_objections if now.hung else 0
    words: dict[str, str] = {
        "own": _("这一次是您算的，要由另一位主管复核。"),
        "final": _("同一期间的评定结果已经公布，这一次不能再用。"),
        "other": _("同一地方、同一期间还有一次复核过的评定，公示会先挂那一次。"),
        "role": _("下一步由主管办理。"),
        "notice": _("公示到 %(day)s，期满才能公布。", day=whole_day_text(until)) if until else "",
        "objections": _("公示里还有 %(n)d 条异议没有办完，办完才能公布。", n=still),
        "due": _("公示期已满，请先到公示页面结束公示，再来公布。"),
        "upheld": _("公示中有异议成立，这一次不能公布。改正以后请重新计算一次。"),
    }
    return words[now.blocked]


def _commended(name: str, times: int) -> str:
    words: str = name
    if times > 1:
        words = _("%(name)s × %(n)d", name=name, n=times)
    return words


@room.page("/staff/star-rounds/<round_id>/review", action="stars.review", method="POST")
def star_round_review(actor: Actor, round_id: str) -> Any:
    """Say that somebody else has gone through a round."""
    return _take(actor, round_id, rounds.review, _("已复核，可以公示了。"))


@room.page("/staff/star-rounds/<round_id>/notice", action="notices.draft", method="POST")
def star_round_hang(actor: Actor, round_id: str) -> Any:
    """Draft the notice in which a round will hang."""
    one = rounds.get(actor, round_id)
    form = Form(Nothing())

    def work() -> dict[str, str]:
        drafted = notices.draft(
            actor, kind="stars", organization_id=one.organization_id, period=one.period
        )
        return {"notice_id": drafted.id}

    drafted = form.submit(actor, work)
    if drafted is None:
        return _show(actor, round_id, form)
    return go(_("草稿已起好，看过没有问题再张贴。"), "notice_one", **drafted)


@room.page("/staff/star-rounds/<round_id>/publication", action="stars.publish", method="POST")
def star_round_publish(actor: Actor, round_id: str) -> Any:
    """Make a round final."""
    return _take(actor, round_id, rounds.publish, _("已公布，居民现在看得到。"))


def _take(
    actor: Actor, round_id: str, step: Callable[[Actor, str], rounds.RoundView], words: str
) -> Any:
    """Take a step with a round, and say so; a refusal shows the round again."""
    form = Form(Nothing())

    def work() -> dict[str, str]:
        return {"round_id": step(actor, round_id).id}

    done = form.submit(actor, work)
    if done is None:
        return _show(actor, round_id, form)
    return go(words, "star_round", **done)
