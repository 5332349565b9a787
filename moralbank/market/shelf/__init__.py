"""A supermarket's shelf: goods, their prices, and a book of how they came and went."""
