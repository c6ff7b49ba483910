"""Compares the library with the vendor's five pages: each sample, field, key, value and code.

Run it with `python -m tests.official`. `documented.py` has the operations of the pages, and `calls.py` a typed call of
each. `measures.py` counts what the library exposes, validates and keeps. The samples are in `tests/samples/pages.json`,
each with its page and line.
"""
