"""The love supermarket: goods, stock, terminals, redemptions, donations."""
