"""From a request to its reply: one exchange, the decision after it, and the life of a request."""
