"""The Yeti face: a telephone carrier, and what its customer API answers about the calls."""
