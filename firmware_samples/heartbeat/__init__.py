"""A convolutional network that hears irregular heartbeats in an electrocardiogram: generator and training."""
