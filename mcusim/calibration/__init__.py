"""Fits power models and timing parameters to a user's own measurements."""
