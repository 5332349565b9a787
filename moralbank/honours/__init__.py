"""Star rounds: what a period's work is worth in stars, and the places that follow."""
