"""From a rating to points: score by the rulebook and what went before, post, and recount."""
