"""The rulebook's pure rules: scoring, stars and spending, each with its explanation."""

from moralbank.rulebook.rules.ladders import StarLevel, stars_for
from moralbank.rulebook.rules.lapsing import last_day
from moralbank.rulebook.rules.lines import Line
from moralbank.rulebook.rules.redeeming import RedemptionRefusal, redemption_refusal
from moralbank.rulebook.rules.scoring import (
    History,
    Score,
    UnknownItem,
    combined_stars,
    score,
)

__all__ = [
    "History",
    "Line",
    "RedemptionRefusal",
    "Score",
    "StarLevel",
    "UnknownItem",
    "combined_stars",
    "last_day",
    "redemption_refusal",
    "score",
    "stars_for",
]
