"""Sample firmware: sources, the scripts that make them, and prebuilt ELFs."""
