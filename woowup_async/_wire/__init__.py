"""Conversion between models and bytes: endpoints as data, encoding, and replies."""
