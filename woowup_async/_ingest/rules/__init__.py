"""The rules of ingestion. They are pure: no module here awaits, reads a clock or does I/O."""
