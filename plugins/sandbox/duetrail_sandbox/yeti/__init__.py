"""Yeti's customer API: a telephone carrier, and what it answers about the calls."""
