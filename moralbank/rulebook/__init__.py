"""The rulebook: points standard, caps, spending limits and stars, as documents and pure rules."""
