"""A run for other tools: profiles and a trace."""
