"""The one place that knows the version. Room: level 1, nouns."""

__version__ = "0.1.0"
