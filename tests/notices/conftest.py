"""The shared cast on Saturday the 15th of August 2026, with a diary of errands."""

from tests.cast import bank
from tests.honours.conftest import diary, today

__all__ = ["bank", "diary", "today"]
