"""The rulebook's pure rules: scoring, stars and spending, each with its explanation."""

from moralbank.rulebook.rules.conduct import (
    GOOD,
    Consequence,
    StandingNow,
    consequence,
    standing,
)
from moralbank.rulebook.rules.ladders import StarLevel, stars_for
from moralbank.rulebook.rules.lines import Line
from moralbank.rulebook.rules.redeeming import RedemptionRefusal, redemption_refusal
from moralbank.rulebook.rules.scoring import (
    History,
    Score,
    UnknownItem,
    combined_stars,
    score,
    with_issued,
)

__all__ = [
    "GOOD",
    "Consequence",
    "History",
    "Line",
    "RedemptionRefusal",
    "Score",
    "StandingNow",
    "StarLevel",
    "UnknownItem",
    "combined_stars",
    "consequence",
    "redemption_refusal",
    "score",
    "standing",
    "stars_for",
    "with_issued",
]
