"""What notices and the public figures take and show."""

from typing import Any

from marshmallow import Schema as PlainSchema
from marshmallow import fields, post_dump

from moralbank.core import periods
from moralbank.core.api import PageQuery
from moralbank.core.fields import Choice, Count, Flag, Identifier, Moment, Points, Schema, Text
from moralbank.events.models import KINDS as EVENT_KINDS
from moralbank.events.models import WAYS
from moralbank.honours.rounds import SUBJECTS
from moralbank.notices.models import KINDS

MAX_OBJECTION_DAYS = 30
_PERIOD = {"examples": ["2026Q3", "2026", "2026-07"]}
_STARS_PERIOD = {
    "examples": ["2026Q3", "2026", "2026-07", "lifetime-2026Q3"],
    "description": "A lifetime is one of stars alone; a period to come, of rule changes",
}


class NoticeIn(Schema):
    """A notice to draft."""

    kind = Choice(*KINDS, required=True)
    organization_id = Identifier(required=True)
    period = Text(most=periods.MAX_TEXT, required=True, metadata=_STARS_PERIOD)
    correction_of = Identifier(
        metadata={
            "description": "The posted notice, of the same kind, organization and period, that "
            "this one puts right"
        }
    )
    correction_reason = Text(
        most=500,
        metadata={"description": "Why; required with correction_of, and posted: name nobody"},
    )


class PostingIn(Schema):
    """For how many working days after today one may object; and who posts, with phone and address,
    where that is not the organization with its own."""

    objection_days = Count(least=0, most=MAX_OBJECTION_DAYS, required=True)
    authority = Text(most=100)
    phone = Text(most=40)
    address = Text(most=200)


class ObjectionIn(Schema):
    """An objection; name and contact stay with the staff."""

    line_no = Count()
    name = Text(most=40, required=True)
    contact = Text(most=100, required=True)
    reason = Text(most=1000, lines=True, required=True)


class ObjectionDecisionIn(Schema):
    """The decision on an objection; its reason is posted."""

    upheld = Flag(required=True)
    reason = Text(most=1000, lines=True, required=True)


class NoticeQuery(PageQuery):
    """Which notices."""

    kind = Choice(*KINDS)
    organization_id = Identifier()
    period = Text(most=periods.MAX_TEXT, metadata=_STARS_PERIOD)


class SummaryQuery(Schema):
    """Of which organization (and all below it) and which period; both optional."""

    organization_id = Identifier()
    period = Text(most=periods.MAX_TEXT, metadata=_PERIOD)


class PublicClosingQuery(Schema):
    """Of which quarter (this one when it is left out), which kind of request, and how they came
    in."""

    period = Text(most=periods.MAX_TEXT)
    kind = Choice(*EVENT_KINDS)
    came_by = Choice(*WAYS)


class FiguresQuery(PageQuery):
    """Of which organization (and all below it) and which period; both optional."""

    organization_id = Identifier()
    period = Text(most=periods.MAX_TEXT, metadata=_PERIOD)


class StarsQuery(FiguresQuery):
    """Which stars; the latest period with any unless one is named."""

    period = Text(most=periods.MAX_TEXT, metadata=_STARS_PERIOD)

    subject = Choice(*SUBJECTS)


class NoticeOut(PlainSchema):
    """A notice, without its lines."""

    id = fields.String(required=True)
    number = fields.Integer(required=True, allow_none=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    organization_id = fields.String(required=True)
    organization = fields.String(required=True)
    period = fields.String(required=True)
    status = fields.String(required=True)
    posted_on = fields.Date(required=True, allow_none=True)
    objection_days = fields.Integer(required=True, allow_none=True)
    objection_until = fields.Date(required=True, allow_none=True)
    weekends_only = fields.Boolean(
        required=True,
        metadata={"description": "No calendar of holidays was at hand: weekends alone counted"},
    )
    takes_objections = fields.Boolean(required=True)
    authority = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)
    correction_of = fields.String(metadata={"description": "The id of the notice that it corrects"})
    correction_reason = fields.String(
        metadata={"description": "Why; both are of corrections alone"}
    )

    @post_dump
    def without_corrections(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """Say nothing of corrections where there is none."""
        for name in ("correction_of", "correction_reason"):
            if data.get(name) is None:
                data.pop(name, None)
        return data


class LineGoodsOut(PlainSchema):
    """Goods of a redemption."""

    name = fields.String(required=True)
    quantity = fields.Integer(required=True)


class LineOut(PlainSchema):
    """A line; which figures it has depends on the notice's kind: those of volunteers, stations and
    teams have points."""

    line_no = fields.Integer(required=True)
    display_name = fields.String(required=True)
    points = Points(attribute="figures.points")
    minutes = fields.Integer(attribute="figures.minutes")
    service_events = fields.Integer(attribute="figures.service_events")
    occurred_on = fields.String(attribute="figures.occurred_on")
    supermarket = fields.String(attribute="figures.supermarket")
    goods = fields.List(fields.Nested(LineGoodsOut), attribute="figures.goods")
    stars = fields.Integer(attribute="figures.stars")
    rank = fields.Integer(attribute="figures.rank")
    size_from = fields.Integer(
        attribute="figures.size_from",
        metadata={"description": "The rank is among those with so many members or more"},
    )
    size_to = fields.Integer(
        attribute="figures.size_to",
        allow_none=True,
        metadata={"description": "And with so many at most; null: any number"},
    )
    members = fields.Integer(
        attribute="figures.members",
        allow_none=True,
        metadata={"description": "Of a group; null: so few did the work that no more is told"},
    )
    hours_each = fields.String(
        attribute="figures.hours_each",
        metadata={"description": "Hours of each member, as they were counted"},
    )
    mean = fields.String(
        attribute="figures.mean", metadata={"description": "Mean of the ratings as it was counted"}
    )
    mean_from = fields.String(
        attribute="figures.mean_from",
        metadata={"description": "It lies above this in most cases"},
    )
    mean_to = fields.String(attribute="figures.mean_to", metadata={"description": "And below this"})
    unit = fields.String(attribute="figures.unit")
    expected = fields.Integer(attribute="figures.expected", allow_none=True)
    counted = fields.Integer(attribute="figures.counted", allow_none=True)
    difference = fields.Integer(attribute="figures.difference")
    reason = fields.String(attribute="figures.reason", allow_none=True)
    effective_from = fields.String(attribute="figures.effective_from")
    version = fields.Integer(attribute="figures.version")
    before = fields.String(attribute="figures.before", allow_none=True)
    after = fields.String(attribute="figures.after", allow_none=True)


class OwnLineOut(PlainSchema):
    """A line that is about the volunteer who asks: under which name it stands now, and which alias
    it has whenever they do not agree to be named."""

    notice = fields.Nested(NoticeOut, required=True)
    line_no = fields.Integer(attribute="line.line_no", required=True)
    display_name = fields.String(attribute="line.display_name", required=True)
    alias = fields.String(required=True)


class DecidedObjectionOut(PlainSchema):
    """What is posted of an objection that was decided."""

    id = fields.String(required=True)
    line_no = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    reason = fields.String(
        attribute="decision", required=True, metadata={"description": "Why it was decided so"}
    )
    decided_on = fields.Date(required=True)


class WholeNoticeOut(NoticeOut):
    """A notice with its lines."""

    lines = fields.List(fields.Nested(LineOut), required=True)
    objections = fields.List(fields.Nested(DecidedObjectionOut), required=True)
    corrected_by = fields.String(
        attribute="corrected_by.id",
        metadata={"description": "The id of the notice that corrects this one, if there is one"},
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Take what is said of the notice itself from the notice, the rest from the whole."""
        whole = attr in ("lines", "objections", "corrected_by.id")
        return super().get_attribute(obj if whole else obj.notice, attr, default)


class DatedNoticeOut(PlainSchema):
    """A notice of a period's data, with the numbers of those that it corrects and that correct
    it."""

    number = fields.Integer(attribute="notice.number")
    id = fields.String(attribute="notice.id")
    title = fields.String(attribute="notice.title")
    organization = fields.String(attribute="notice.organization")
    authority = fields.String(attribute="notice.authority")
    posted_on = fields.Date(attribute="notice.posted_on")
    objection_until = fields.Date(attribute="notice.objection_until")
    digest = fields.String(attribute="notice.digest")
    corrects_number = fields.Integer()
    correction_reason = fields.String(attribute="notice.correction_reason")
    corrected_by_number = fields.Integer()


class DatasetOut(PlainSchema):
    """All posted notices of a kind and a period. Their lines come after them, under the columns'
    names."""

    kind = fields.String()
    period = fields.String()
    notices = fields.List(fields.Nested(DatedNoticeOut))


class ObjectionMadeOut(PlainSchema):
    """An objection that was taken."""

    id = fields.String(required=True)
    notice_id = fields.String(required=True)
    line_no = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    made_at = Moment(required=True)


class ObjectionOut(ObjectionMadeOut):
    """An objection as the staff see it."""

    name = fields.String(required=True)
    contact = fields.String(required=True)
    reason = fields.String(required=True)
    decision = fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)


class SummaryOut(PlainSchema):
    """The totals."""

    volunteers = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    service_events = fields.Integer(required=True)
    points_awarded = Points(required=True)
    points_redeemed = Points(required=True)
    stations = fields.Integer(required=True)
    supermarkets = fields.Integer(required=True)


class CommunityPointsOut(PlainSchema):
    """A community's work; without an id it is that of several small ones together."""

    organization_id = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    volunteers = fields.Integer(required=True)
    service_events = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    points = Points(required=True)


class SupermarketPointsOut(PlainSchema):
    """A supermarket's redemptions; without an id those of several together."""

    organization_id = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    volunteers = fields.Integer(required=True)
    redemptions = fields.Integer(required=True)
    points = Points(required=True)


class PoolPointsOut(PlainSchema):
    """What a donation pool was given; without an id what several were together."""

    organization_id = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    volunteers = fields.Integer(required=True)
    gifts = fields.Integer(required=True)
    points = Points(required=True)


class SpentOut(PlainSchema):
    """What was handed out to a household, without whom; without a pool neighbours had given it."""

    occurred_on = fields.Date(required=True)
    pool_id = fields.String(required=True, allow_none=True)
    pool = fields.String(required=True, allow_none=True)
    supermarket = fields.String(required=True)
    points = Points(required=True)
    goods = fields.List(fields.String(), required=True)


class PublicStarsOut(PlainSchema):
    """A subject's published stars; a person's community only where they agree to be named."""

    subject = fields.String(required=True)
    period = fields.String(required=True)
    organization = fields.String(required=True)
    display_name = fields.String(required=True)
    stars = fields.Integer(required=True)
    rank = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    points = Points(required=True)
