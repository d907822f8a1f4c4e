"""The REST API of experiments and runs, and the process that keeps the records."""
