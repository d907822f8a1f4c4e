"""A run from its claim to its end: the process that measures, and the recorder that hands in what it finds."""
