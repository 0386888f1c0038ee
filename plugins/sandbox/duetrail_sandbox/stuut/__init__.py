"""Stuut's API, v1: what it answers about the company."""
