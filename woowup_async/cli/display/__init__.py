"""What the commands print and write: text, progress, summaries and reports."""
