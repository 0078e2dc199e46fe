"""What the user connects to a running board: serial lines, sample feeds, watched pins."""
