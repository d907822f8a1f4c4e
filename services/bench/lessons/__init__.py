"""What the lessons claim of their runs."""
