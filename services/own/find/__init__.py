"""What a project is, found by reading it: nothing of it is imported, and nothing is installed yet."""
