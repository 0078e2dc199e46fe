"""A two-branch network that tells animals by their calls: generator and training."""
