"""The desk's pages: the volunteer's own, and the staff's of accounts and of errands."""

from moralbank.desk.pages import (
    accounts,
    attendance,
    closing,
    errand,
    errands,
    following_up,
    me,
    my_errand,
    skills,
    taking_part,
)
from moralbank.desk.pages.room import room

__all__ = [
    "accounts",
    "attendance",
    "closing",
    "errand",
    "errands",
    "following_up",
    "me",
    "my_errand",
    "room",
    "skills",
    "taking_part",
]
