"""Sample `autoencoder`: how its network is trained; see README.md."""
