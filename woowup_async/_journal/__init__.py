"""The journal: a SQLite file that keeps outcomes after a process ends."""
