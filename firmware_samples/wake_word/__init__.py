"""A depthwise separable network that waits for one word: speech synthesis and training."""
