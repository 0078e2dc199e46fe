"""Pages for a browser: one run, two runs side by side, and a fragment for notebooks; no network, no library."""
