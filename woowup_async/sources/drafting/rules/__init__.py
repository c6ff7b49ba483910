"""How a sample of rows becomes a draft: words, contents, roles of columns, and the text of the mapping.

Room: sources. Pure.
"""
