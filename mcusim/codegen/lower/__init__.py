"""How each operator of a network becomes a call of a kernel in firmware_samples/common/nn."""
