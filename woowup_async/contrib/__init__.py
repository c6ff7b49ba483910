"""For frameworks: each module needs the extra of its name, and nothing else of this library needs them."""
