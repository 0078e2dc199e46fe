"""A tree ensemble that grades a harvest's product by sensors, in C by emlearn: training and data."""
