"""Pictures: what is in them (one file per picture), and how they are drawn (canvas.py and what it uses)."""
