"""What changed between two runs, as text, Markdown, JSON and collapsed stacks."""
