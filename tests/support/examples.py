"""How many examples a property has that is slower or faster than most."""

from hypothesis import settings

#: Examples of most properties in `make test-long`. The other profiles have fewer.
MANY = 100


def some(number: int) -> int:
    """Return the examples of a property in this profile, if it has `number` of them in `make test-long`."""
    return max(5, number * settings().max_examples // MANY)
