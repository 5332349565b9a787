"""People: volunteers and their cards, residents, staff, and how they sign in."""
