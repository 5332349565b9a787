"""Households in hardship, and the goods that a pool or a gift brings them."""
