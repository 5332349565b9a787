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
from moralbank.rulebook.rules.tallies import Errand, Spans, Tally

__all__ = [
    "GOOD",
    "Consequence",
    "Errand",
    "History",
    "Line",
    "RedemptionRefusal",
    "Score",
    "Spans",
    "StandingNow",
    "StarLevel",
    "Tally",
    "UnknownItem",
    "combined_stars",
    "consequence",
    "redemption_refusal",
    "score",
    "standing",
    "stars_for",
    "with_issued",
]
