"""The shared cast."""

from tests.cast import bank

__all__ = ["bank"]
