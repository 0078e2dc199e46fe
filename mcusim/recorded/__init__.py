"""A run as a file: everything that views need, so that nothing runs twice."""
