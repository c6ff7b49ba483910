"""The limiter with the documented server in virtual time: its share of the budget, and its refusals."""
