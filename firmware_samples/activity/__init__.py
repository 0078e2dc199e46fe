"""A convolutional network that tells activities by a smart watch's motion sensors: training and data."""
