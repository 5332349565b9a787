"""What people look at before points count, or afterwards: flags, reviews, posted notices."""
