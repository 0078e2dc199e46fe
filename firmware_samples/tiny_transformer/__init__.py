"""Sample `tiny_transformer`: how its network is trained; see README.md."""
