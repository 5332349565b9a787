"""The desk's pages: the volunteer's own, and the staff's of accounts and of errands."""

from moralbank.desk.pages import accounts, conduct, errand, errands, flags, me, slips
from moralbank.desk.pages.room import room

__all__ = ["accounts", "conduct", "errand", "errands", "flags", "me", "room", "slips"]
