"""Steps of a release that `make` runs. They are scripts, not tests, and need only the standard library."""
