"""Readers of current traces, a file per instrument; `read.py` chooses among them by the file's heading."""
