"""mcusim from Python: run, load, compare, evaluate."""
