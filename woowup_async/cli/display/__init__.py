"""What a person sees: words, progress, summaries, and the page of a report."""
