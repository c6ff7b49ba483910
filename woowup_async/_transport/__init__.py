"""Sends requests and receives replies: exchanges, the decision after each, and retries."""
