"""The account's budget: a mirror of the server's window, and fair admission by it."""
