"""mcusim: latency, peak RAM and energy of unmodified Cortex-M firmware, without the board."""

__version__ = "0.1.0"
__all__ = ["__version__"]
