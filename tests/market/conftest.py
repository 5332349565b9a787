"""The shared cast, for the supermarket's tests."""

from tests.cast import bank

__all__ = ["bank"]
