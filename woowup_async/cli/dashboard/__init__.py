"""`woowup dashboard`: a live page of journals, served on this machine."""
