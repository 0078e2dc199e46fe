"""A residual network that tells sound scenes: generator and training."""
