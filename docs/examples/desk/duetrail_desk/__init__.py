"""Plugins that speak for no vendor; each module is one, and none knows another."""
