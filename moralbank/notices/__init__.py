"""Public notices, objections to them, and every page and figure that the public may see."""
