"""Sample `compression`: how its network is trained; see README.md."""
