"""The rulebook's pure rules: scoring, stars and spending, each with its explanation."""

from moralbank.rulebook.rules.commending import Commended, commendations_for
from moralbank.rulebook.rules.conduct import (
    GOOD,
    Consequence,
    StandingNow,
    consequence,
    standing,
)
from moralbank.rulebook.rules.histories import History, with_issued
from moralbank.rulebook.rules.ladders import Measured, StarLevel, stars_for, without_mean
from moralbank.rulebook.rules.lapsing import last_day
from moralbank.rulebook.rules.lines import Line
from moralbank.rulebook.rules.pricing import due_price, price_refusal
from moralbank.rulebook.rules.quotas import Given, Tie, within_quotas
from moralbank.rulebook.rules.redeeming import Redeemed, RedemptionRefusal, redemption_refusal
from moralbank.rulebook.rules.satisfaction import NO_PRIOR, Prior
from moralbank.rulebook.rules.scoring import Score, UnknownItem, combined_stars, score
from moralbank.rulebook.rules.tallies import Errand, Spans, Tally
from moralbank.rulebook.rules.watching import (
    Doer,
    Elsewhere,
    Rated,
    Seen,
    ring_line,
    rings,
    seen_in,
    seen_in_stars,
)

__all__ = [
    "GOOD",
    "NO_PRIOR",
    "Commended",
    "Consequence",
    "Doer",
    "Elsewhere",
    "Errand",
    "Given",
    "History",
    "Line",
    "Measured",
    "Prior",
    "Rated",
    "Redeemed",
    "RedemptionRefusal",
    "Score",
    "Seen",
    "Spans",
    "StandingNow",
    "StarLevel",
    "Tally",
    "Tie",
    "UnknownItem",
    "combined_stars",
    "commendations_for",
    "consequence",
    "due_price",
    "last_day",
    "price_refusal",
    "redemption_refusal",
    "ring_line",
    "rings",
    "score",
    "seen_in",
    "seen_in_stars",
    "standing",
    "stars_for",
    "with_issued",
    "within_quotas",
    "without_mean",
]
