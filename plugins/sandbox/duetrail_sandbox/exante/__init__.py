"""The Exante face: what its API answers about the company."""
