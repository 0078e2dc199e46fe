"""Sample `ds_cnn`: how its network is trained; see README.md."""
