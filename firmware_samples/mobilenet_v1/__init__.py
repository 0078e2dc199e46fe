"""Sample `mobilenet_v1`: how its network is trained; see README.md."""
