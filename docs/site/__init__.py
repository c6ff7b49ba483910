"""Makes the pages of the documentation site: `make docs` runs it."""
