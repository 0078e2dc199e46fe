"""What the samples share: int8 kernels, start-up code, and the integer reference of the kernels."""
