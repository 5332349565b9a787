"""Keeping the bank running: backups, and what is due by itself."""
