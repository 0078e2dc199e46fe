"""The pytest plugin: run firmware in a test, and fail when it got slower, bigger or hungrier."""
