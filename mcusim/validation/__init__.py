"""Published measurements against modelled ones: reads a corpus of points, runs it, sums up the errors."""
