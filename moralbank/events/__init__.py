"""Errands: requested, claimed, completed, rated by the resident, awarded."""
