"""A supermarket's three books: points redeemed, goods that went out, what came in."""
