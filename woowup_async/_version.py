"""The one place that knows the version. Room: nouns."""

__version__ = "0.2.0"
