"""Notices, objections and the public figures over HTTP."""

import json
from typing import Any

from flask import Response
from marshmallow import Schema

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.events.closing_schemas import ClosingOut
from moralbank.notices import (
    figures,
    objections,
    operations,
    own,
    reading,
    spending,
    star_lists,
)
from moralbank.notices.closing_rates import closing_rates
from moralbank.notices.freshness import fresh
from moralbank.notices.schemas import (
    CommunityPointsOut,
    FiguresQuery,
    NoticeIn,
    NoticeOut,
    NoticeQuery,
    ObjectionDecisionIn,
    ObjectionIn,
    ObjectionMadeOut,
    ObjectionOut,
    OwnLineOut,
    PoolPointsOut,
    PostingIn,
    PublicClosingQuery,
    PublicStarsOut,
    SpentOut,
    StarsQuery,
    SummaryOut,
    SummaryQuery,
    SupermarketPointsOut,
    WholeNoticeOut,
)

room = ApiRoom("notices", __name__, description="Notices, objections and what the public may see")


@room.endpoint(
    "POST", "/notices", action="notices.draft", body=NoticeIn, answer=NoticeOut, status=201
)
def draft_notice(actor: Actor, *, body: dict[str, Any]) -> reading.NoticeView:
    """Draft a notice."""
    return operations.draft(actor, **body)


@room.endpoint(
    "POST", "/notices/<notice_id>/posting", action="notices.post", body=PostingIn,
    answer=NoticeOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def post_notice(actor: Actor, *, notice_id: str, body: dict[str, Any]) -> reading.NoticeView:
    """Post a notice; its lines are frozen."""
    return operations.post(actor, notice_id, **body)


@room.endpoint(
    "GET", "/notices/mine", action="notices.own", query=PageQuery, answer=page_of(OwnLineOut)
)
def list_own_lines(actor: Actor, *, query: dict[str, Any]) -> Page[own.OwnLine]:
    """List where the volunteer who asks stands in posted notices, and under which alias."""
    return own.own_lines(actor, **query)


@room.endpoint(
    "GET", "/notices", action="notices.read", query=NoticeQuery, answer=page_of(NoticeOut)
)
def list_notices(actor: Actor, *, query: dict[str, Any]) -> Page[reading.NoticeView]:
    """List posted notices, newest first."""
    return reading.list_notices(actor, **query)


@room.endpoint("GET", "/notices/<notice_id>", action="notices.read", answer=WholeNoticeOut)
def get_notice(actor: Actor, *, notice_id: str) -> reading.WholeNotice | Response:
    """Show a notice with its lines; a posted one has an ETag, by which one asks again each time."""
    whole = reading.get(actor, notice_id)
    if whole.notice.status == "draft":
        return whole
    return _fresh(WholeNoticeOut(), whole, each_time=True)


@room.endpoint(
    "POST", "/notices/<notice_id>/objections", action="objections.make", body=ObjectionIn,
    answer=ObjectionMadeOut, status=201,
    refusals={409: ["wrong_state"], 429: ["too_many_requests"]},
)  # fmt: skip
def make_objection(
    actor: Actor, *, notice_id: str, body: dict[str, Any]
) -> objections.ObjectionView:
    """Object to a notice or to one line of it."""
    return objections.make(actor, notice_id, **body)


@room.endpoint(
    "GET", "/notices/<notice_id>/objections", action="objections.read", query=PageQuery,
    answer=page_of(ObjectionOut),
)  # fmt: skip
def list_objections(
    actor: Actor, *, notice_id: str, query: dict[str, Any]
) -> Page[objections.ObjectionView]:
    """List the objections to a notice, with who made them."""
    return objections.list_objections(actor, notice_id, **query)


@room.endpoint(
    "POST", "/notices/<notice_id>/objections/<objection_id>/decision",
    action="objections.decide", body=ObjectionDecisionIn, answer=ObjectionOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def decide_objection(
    actor: Actor, *, notice_id: str, objection_id: str, body: dict[str, Any]
) -> objections.ObjectionView:
    """Decide an objection, once."""
    return objections.decide(actor, notice_id, objection_id, **body)


_COMMUNITIES = page_of(CommunityPointsOut)
_SUPERMARKETS = page_of(SupermarketPointsOut)
_POOLS = page_of(PoolPointsOut)
_SPENT = page_of(SpentOut)
_STARS = page_of(PublicStarsOut)


def _fresh(schema: Schema, value: Any, *, each_time: bool = False) -> Response:
    """Return what is public and whoever asked may keep for a moment, and ask again by ETag."""
    text = json.dumps(schema.dump(value), ensure_ascii=False, separators=(",", ":"))
    return fresh(text + "\n", "application/json", each_time=each_time)


@room.endpoint(
    "GET", "/public/summary", action="public.read", query=SummaryQuery, answer=SummaryOut
)
def public_summary(actor: Actor, *, query: dict[str, Any]) -> Response:
    """Show the totals. What was done is of the period; accounts, stations and supermarkets are
    those there are now. Points redeemed are those of `/public/redemptions` and of
    `/public/spending` together, also of people too few to be told of there."""
    return _fresh(SummaryOut(), figures.summary(actor, **query))


@room.endpoint(
    "GET", "/public/points", action="public.read", query=FiguresQuery, answer=_COMMUNITIES
)
def public_points(actor: Actor, *, query: dict[str, Any]) -> Response:
    """Show the points awarded by community; those of too few people are one row, or left out where
    they are too few together."""
    return _fresh(_COMMUNITIES, figures.points_by_community(actor, **query))


@room.endpoint(
    "GET", "/public/redemptions", action="public.read", query=FiguresQuery,
    answer=_SUPERMARKETS,
)  # fmt: skip
def public_redemptions(actor: Actor, *, query: dict[str, Any]) -> Response:
    """Show the points redeemed by supermarket; those of too few people are one row, or left out
    where they are too few together. What was handed out to households in hardship is not of people
    who redeemed: it is in `/public/spending`, and counts in the summary."""
    return _fresh(_SUPERMARKETS, figures.redemptions_by_supermarket(actor, **query))


@room.endpoint("GET", "/public/gifts", action="public.read", query=FiguresQuery, answer=_POOLS)
def public_gifts(actor: Actor, *, query: dict[str, Any]) -> Response:
    """Show the points given to donation pools; those of too few givers are one row, or left out
    where they are too few together."""
    return _fresh(_POOLS, figures.gifts_by_pool(actor, **query))


@room.endpoint("GET", "/public/spending", action="public.read", query=FiguresQuery, answer=_SPENT)
def public_spending(actor: Actor, *, query: dict[str, Any]) -> Response:
    """Show what the pools, and neighbours' gifts, brought to households in hardship; never whom."""
    return _fresh(_SPENT, spending.spent(actor, **query))


@room.endpoint(
    "GET", "/public/closing", action="public.read", query=PublicClosingQuery, answer=ClosingOut
)
def public_closing(actor: Actor, *, query: dict[str, Any]) -> Response:
    """Show how many requests were closed, how soon and how content people were."""
    return _fresh(ClosingOut(), closing_rates(actor, **query))


@room.endpoint("GET", "/public/stars", action="public.read", query=StarsQuery, answer=_STARS)
def public_stars(actor: Actor, *, query: dict[str, Any]) -> Response:
    """Show the published stars of a period, of the latest one unless it is named."""
    return _fresh(_STARS, star_lists.stars(actor, **query))
