"""The vendor's five pages against the library: each sample, field, key, value and code. `python -m tests.official`.

`documented.py` has what the pages document, `calls.py` one typed call of each operation, `measures.py` what of it is
exposed, validated and kept. The samples are in `tests/samples/pages.json`, each with the page and line it is from.
"""
