"""Sample `mobilenet_v2`: how its network is trained; see README.md."""
