"""Where settled records go: the report, and the dead letters."""
