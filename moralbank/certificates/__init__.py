"""Certificates: what a volunteer takes along on paper, and how anybody sees that it is genuine."""
