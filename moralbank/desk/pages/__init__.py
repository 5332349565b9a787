"""The desk's pages: the volunteer's own, and the staff's of accounts and of errands."""

from moralbank.desk.pages import (
    accounts,
    asks,
    attendance,
    card_batches,
    closing,
    conduct,
    errand,
    errands,
    flags,
    following_up,
    me,
    my_errand,
    shops,
    skills,
    slips,
    taking_part,
    terminals,
)
from moralbank.desk.pages.room import room

__all__ = [
    "accounts",
    "asks",
    "attendance",
    "card_batches",
    "closing",
    "conduct",
    "errand",
    "errands",
    "flags",
    "following_up",
    "me",
    "my_errand",
    "room",
    "shops",
    "skills",
    "slips",
    "taking_part",
    "terminals",
]
