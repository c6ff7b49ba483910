"""The account limiter against the documented server, in virtual time: how much of the budget, and how many refusals."""
