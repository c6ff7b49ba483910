"""The journal: outcomes that outlive a process, in SQLite."""
