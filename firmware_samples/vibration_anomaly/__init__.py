"""An autoencoder that notices a damaged bearing by the vibration of its machine: generator and training."""
