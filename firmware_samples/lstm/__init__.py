"""Sample `lstm`: how its network is trained; see README.md."""
