"""Sample `resnet8`: how its network is trained; see README.md."""
