"""The Credira face: what its v1 API answers about the company."""
