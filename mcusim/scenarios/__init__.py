"""What people do with a measurement: battery life, sweeps over boards and settings."""
