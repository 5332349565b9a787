"""The rulebook's pure rules: scoring, stars and spending, each with its explanation."""

from moralbank.rulebook.rules.commending import Commended, commendations_for
from moralbank.rulebook.rules.ladders import Measured, StarLevel, stars_for
from moralbank.rulebook.rules.lines import Line
from moralbank.rulebook.rules.quotas import Given, Tie, within_quotas
from moralbank.rulebook.rules.redeeming import RedemptionRefusal, redemption_refusal
from moralbank.rulebook.rules.scoring import (
    History,
    Score,
    UnknownItem,
    combined_stars,
    score,
)

__all__ = [
    "Commended",
    "Given",
    "History",
    "Line",
    "Measured",
    "RedemptionRefusal",
    "Score",
    "StarLevel",
    "Tie",
    "UnknownItem",
    "combined_stars",
    "commendations_for",
    "redemption_refusal",
    "score",
    "stars_for",
    "within_quotas",
]
