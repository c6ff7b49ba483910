"""Drafts of mappings: what the columns of an unknown file probably mean, written as a TOML file to be read and changed.

Room: sources. `sample` reads the head of a file, `rules` decides, `trial` tries the draft on the same rows.
"""
