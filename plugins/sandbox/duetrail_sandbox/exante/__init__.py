"""Exante's API: what it answers about the company."""
