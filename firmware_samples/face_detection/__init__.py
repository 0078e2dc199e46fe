"""A small MobileNet-style network that tells faces from background: training and data."""
