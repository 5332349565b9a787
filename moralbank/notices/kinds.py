"""The kinds of notices in words: wherever a kind is named, it is from here."""

from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class KindWords:
    """What a kind is called: among others, and by itself; and in English."""

    short: str
    title: str
    english: str


def kind_words() -> dict[str, KindWords]:
    """Return what the kinds are called, in the order of `models.KINDS`."""
    return {
        "points": KindWords(_("积分"), _("积分公示"), "Points"),
        "redemptions": KindWords(_("兑换"), _("兑换公示"), "Redemptions"),
        "stars": KindWords(_("星级"), _("星级公示"), "Stars"),
        "stock_counts": KindWords(_("盘点"), _("盘点公示"), "Stock counts"),
        "rule_changes": KindWords(_("规则"), _("规则变更公示"), "Rule changes"),
    }


def heading(kind: str, subjects: str | None, *, place: str, period: str) -> str:
    """Return what stands at the head of a notice, of a place and a period in words. `subjects`:
    whose stars they are; None where that is not known yet."""
    said = {"place": place, "period": period}
    if kind == "stars" and subjects is not None:
        whose: dict[str, str] = {
            "volunteer": _("%(place)s %(period)s星级志愿者公示", **said),
            "station": _("%(place)s %(period)s星级代办站公示", **said),
            "team": _("%(place)s %(period)s星级团队公示", **said),
        }
        return whose[subjects]
    words: dict[str, str] = {
        "points": _("%(place)s %(period)s积分公示", **said),
        "redemptions": _("%(place)s %(period)s兑换公示", **said),
        "stars": _("%(place)s %(period)s星级公示", **said),
        "stock_counts": _("%(place)s %(period)s盘点公示", **said),
        "rule_changes": _("%(place)s %(period)s规则变更公示", **said),
    }
    return words[kind]
