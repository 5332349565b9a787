"""The desk's pages: the volunteer's own, and the staff's of accounts and of errands."""

from moralbank.desk.pages import (
    accounts,
    attendance,
    conduct,
    errand,
    errands,
    flags,
    me,
    my_errand,
    skills,
    slips,
    taking_part,
)
from moralbank.desk.pages.room import room

__all__ = [
    "accounts",
    "attendance",
    "conduct",
    "errand",
    "errands",
    "flags",
    "me",
    "my_errand",
    "room",
    "skills",
    "slips",
    "taking_part",
]
