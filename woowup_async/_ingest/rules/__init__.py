"""The rules of ingestion: values in, values out. No module here waits, reads a clock or does I/O."""
